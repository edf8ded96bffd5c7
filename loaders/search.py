"""Global search (EL12): everything that the viewer may see, by name, forgiving of spelling, and by e-mail or phone.

One statement a kind. A name is found by all words of what is asked for; e-mail addresses, phone and case numbers have
to be whole, and are found by those only who may see them.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Float,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)  # fmt: skip

from models.clients import Client
from models.database import Reads, Row, Statement
from models.partners import CaseManager
from models.people import User
from models.programs import Program
from models.referrals import Referral
from models.search import Manner, has_words, phone_key, search_key
from policies import clients, organizations, partners, people, records, referrals
from policies.actors import ONE, Actor

SHORTEST = 2
"""Characters that are worth looking for."""
FEW = 2000
"""Up to so many are looked through one by one."""
RANKED = 100
"""How many are ranked of those that are found in the same manner: of a name that more people have, any of them."""
_EXACT = 2.0
"""The rank of what was asked for by its e-mail address or number; names have at most 1."""
_FEWEST_DIGITS = 6

_text = bindparam("text", type_=Text())
_phone = bindparam("phone", type_=Text())
_limit = bindparam("limit", type_=Integer())
_MOST: ColumnElement[int] = literal_column(str(RANKED))


class SearchKind(StrEnum):
    """What can be found."""

    CLIENT = "Client"
    PERSON = "User"
    CASE_MANAGER = "CaseManager"
    PROGRAM = "Program"
    REFERRAL = "Referral"


def _closeness(name: ColumnElement[Any]) -> ColumnElement[Any]:
    """How much of what was asked for is in the name, and then, how much of the name was asked for."""
    needle = search_key(_text)
    return (func.word_similarity(needle, name) * 3 + func.similarity(needle, name)) / 4


def _found(
    query: Select[Any],
    named: Any,
    visible: ColumnElement[bool],
    *,
    exactly: Sequence[ColumnElement[bool]] = (),
    reach: CompoundSelect[Any] | Select[Any] | None = None,
) -> Statement:
    """Of the query's rows those that are visible, by a value that has to be whole, or by the name; the closest first.

    Who can `reach` few is told all of them whose names are close. For others the names are gone through in one manner
    after the other, until there are enough: so neither are all of a common name judged, nor all that somebody sees.
    """
    query = query.where(visible)
    parts: list[CTE] = []
    sees_many: ColumnElement[bool] = true()
    if exactly:
        parts.append(query.add_columns(null().cast(Text).label("name")).where(or_(*exactly)).cte("exact"))
    if reach is not None:
        few = reach.cte("few")
        sight = select((func.count() > FEW).label("many")).select_from(few).cte("sight")
        sees_many = select(sight.c.many).scalar_subquery()
        among_few = query.selected_columns[0].in_(select(few.c[0]))
        part = query.add_columns(named.name_key.label("name")).where(among_few, has_words(named, _text, Manner.SLIPS))
        parts.append(part.where(~sees_many).cte("of_few"))
    for manner in Manner:
        found = [select(func.count()).select_from(before).scalar_subquery() for before in parts]
        too_few = sum(found, literal(0)) < _limit
        names = select(named.id, named.name_key.label("name")).where(has_words(named, _text, manner)).subquery()
        # With its own limit it is asked for each name; PostgreSQL would else gather all that somebody sees.
        judged = query.where(named.id == names.c.id).limit(_MOST).lateral()
        part = select(judged.c.id, names.c.name).join_from(names, judged, true()).where(sees_many, too_few)
        parts.append(part.limit(_MOST).cte(manner.value))
    hits = union_all(*(select(part.c.id, part.c.name) for part in parts)).subquery()
    closeness = func.round(func.coalesce(_closeness(hits.c.name), literal(_EXACT)) * 1000).cast(Float())
    rank = func.max(closeness).label("rank")
    return Statement(select(hits.c.id, rank).group_by(hits.c.id).order_by(rank.desc(), hits.c.id.desc()).limit(_limit))


_STATEMENTS = {
    SearchKind.CLIENT: _found(
        select(Client.id),
        Client,
        clients.visible(ONE),
        reach=clients.reach(ONE, FEW),
        exactly=(
            and_(func.lower(Client.email) == func.lower(_text), clients.details_visible(ONE)),
            and_(phone_key(Client.phone) == _phone, clients.details_visible(ONE)),
            and_(func.lower(Client.case_number) == func.lower(_text), records.visible(ONE)),
        ),
    ),
    SearchKind.PERSON: _found(
        select(User.id),
        User,
        people.visible(ONE),
        exactly=(func.lower(User.email) == func.lower(_text), phone_key(User.phone) == _phone),
    ),
    SearchKind.CASE_MANAGER: _found(
        select(CaseManager.id),
        CaseManager,
        partners.visible(ONE),
        exactly=(func.lower(CaseManager.email) == func.lower(_text), phone_key(CaseManager.phone) == _phone),
    ),
    SearchKind.PROGRAM: _found(select(Program.id), Program, organizations.program_listed(ONE)),
    SearchKind.REFERRAL: _found(
        select(Referral.id).join(Client, Client.id == Referral.client_id),
        Client,
        and_(Client.deleted_at.is_(None), referrals.visible(ONE)),
        reach=select(Referral.id).where(referrals.visible(ONE)).limit(literal_column(str(FEW + 1))),
    ),
}


async def search(reads: Reads, actor: Actor, text: str, kinds: Sequence[SearchKind], limit: int) -> list[Row]:
    """The `kind`, `id` and `rank` of what is closest to the text, the closest first; one statement a kind."""
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        return []
    digits = "".join(character for character in text if character in "0123456789")
    phone = digits[-9:] if len(digits) >= _FEWEST_DIGITS else None
    given = {"text": text, "phone": phone, "limit": limit, **actor.parameters()}
    found: list[Any] = []
    for kind in kinds:
        rows = await reads.rows(_STATEMENTS[kind], **given)
        found += [{"kind": kind, "id": row["id"], "rank": row["rank"] / 1000} for row in rows]
    order = list(SearchKind)
    found.sort(key=lambda hit: (-hit["rank"], order.index(hit["kind"])))
    return found[:limit]
