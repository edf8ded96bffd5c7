"""Global search (EL12): everything that the viewer may see, by name, forgiving of spelling, and by e-mail or phone.

One statement a kind. Names are found by the trigrams of their words, so a letter that is wrong or missing is forgiven;
e-mail addresses, phone and case numbers have to be whole, and are found by those only who may see them.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, Text, and_, bindparam, case, func, literal, or_, select

from models.clients import Client
from models.database import Reads, Row, Statement
from models.partners import CaseManager
from models.people import User
from models.programs import Program
from models.referrals import Referral
from models.search import name_key, phone_key, search_key
from policies import clients, organizations, partners, people, records, referrals
from policies.actors import ONE, Actor

SHORTEST = 2
"""Characters that are worth looking for."""
_EXACT = 2.0
"""The rank of what was asked for by its e-mail address or number; names have at most 1."""
_FEWEST_DIGITS = 6

_text = bindparam("text", type_=Text())
_needle = search_key(_text)
_phone = bindparam("phone", type_=Text())


class SearchKind(StrEnum):
    """What can be found."""

    CLIENT = "Client"
    PERSON = "User"
    CASE_MANAGER = "CaseManager"
    PROGRAM = "Program"
    REFERRAL = "Referral"


def _named(name: ColumnElement[Any]) -> ColumnElement[bool]:
    return name.op("%>", is_comparison=True)(_needle)


def _closeness(name: ColumnElement[Any]) -> ColumnElement[Any]:
    """How much of what was asked for is in the name, and then, how much of the name was asked for."""
    return (func.word_similarity(_needle, name) * 3 + func.similarity(_needle, name)) / 4


def _found(
    table: Any, name: ColumnElement[Any], visible: ColumnElement[bool], exactly: Sequence[ColumnElement[bool]] = ()
) -> Select[Any]:
    """The rows by their name, or by one of the values that have to be whole."""
    if not exactly:
        return _ranked(table, _closeness(name), and_(_named(name), visible))
    rank = case((or_(*exactly), literal(_EXACT)), else_=_closeness(name))
    return _ranked(table, rank, and_(or_(_named(name), *exactly), visible))


def _ranked(table: Any, rank: ColumnElement[Any], where: ColumnElement[bool]) -> Select[Any]:
    ranked = func.round(rank * 1000).cast(Float()).label("rank")
    return (
        select(table.id, ranked)
        .where(where)
        .order_by(ranked.desc(), table.id.desc())
        .limit(bindparam("limit"))
    )  # fmt: skip


def _of_clients() -> Select[Any]:
    """Referrals by their client's name, the newest first where clients are equally close."""
    name = name_key(Client)
    query = _ranked(Referral, _closeness(name), and_(_named(name), Client.deleted_at.is_(None), referrals.visible(ONE)))
    return query.join(Client, Client.id == Referral.client_id)


_STATEMENTS = {
    SearchKind.CLIENT: Statement(
        _found(
            Client,
            name_key(Client),
            clients.visible(ONE),
            (
                and_(func.lower(Client.email) == func.lower(_text), clients.details_visible(ONE)),
                and_(phone_key(Client.phone) == _phone, clients.details_visible(ONE)),
                and_(func.lower(Client.case_number) == func.lower(_text), records.visible(ONE)),
            ),
        )
    ),
    SearchKind.PERSON: Statement(
        _found(
            User,
            name_key(User),
            people.visible(ONE),
            (func.lower(User.email) == func.lower(_text), phone_key(User.phone) == _phone),
        )
    ),
    SearchKind.CASE_MANAGER: Statement(
        _found(
            CaseManager,
            name_key(CaseManager),
            partners.visible(ONE),
            (func.lower(CaseManager.email) == func.lower(_text), phone_key(CaseManager.phone) == _phone),
        )
    ),
    SearchKind.PROGRAM: Statement(_found(Program, search_key(Program.name), organizations.program_listed(ONE))),
    SearchKind.REFERRAL: Statement(_of_clients()),
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
