"""Records that may be about the same person as a client's: the warning when one is created.

The same are an e-mail address or phone number that is the same when normalised, or a name that is close together with
the same postal code or birth date. All records of the network are looked at: of those whose details the viewer may not
see it is said only how many there are.
"""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from models.base import Id
from models.clients import Client
from models.database import Reads, Statement
from models.search import phone_key
from policies import clients as policy
from policies.actors import ONE, UUID, Actor

CLOSE = 0.45
"""From which similarity on two whole names may be one that is spelled in two ways."""
MOST = 20

_new = aliased(Client)
_closeness = func.similarity(Client.name_key, _new.name_key)


def _postal_key(value: Any) -> ColumnElement[str]:
    return func.nullif(func.upper(func.regexp_replace(value, "[^0-9A-Za-z]", "", "g", type_=Text())), "")


def _alike() -> ColumnElement[bool]:
    close = and_(Client.name_key.op("%", is_comparison=True)(_new.name_key), _closeness >= CLOSE)
    at_home = or_(
        _postal_key(Client.postal_code) == _postal_key(_new.postal_code), Client.birth_date == _new.birth_date
    )
    return or_(
        func.lower(Client.email) == func.lower(_new.email),
        phone_key(Client.phone) == phone_key(_new.phone),
        and_(close, at_home),
    )


_shown = and_(policy.visible(ONE), policy.details_visible(ONE))
_ALIKE = Statement(
    select(Client.id, func.coalesce(_shown, False).label("shown"))
    .select_from(_new)
    .join(Client, and_(Client.id != _new.id, Client.deleted_at.is_(None), _alike()))
    .where(_new.id == bindparam("id", type_=UUID))
    .order_by(func.coalesce(_shown, False).desc(), _closeness.desc(), Client.id)
)


class Duplicates(NamedTuple):
    """Who may be the same person: the ids of those that are shown, the closest first, and how many more there are."""

    ids: list[Id]
    others: int


async def of_client(reads: Reads, actor: Actor, id: Id) -> Duplicates:
    """The records that may be about the same person as this one."""
    rows = await reads.rows(_ALIKE, id=id, **actor.parameters())
    shown = [row["id"] for row in rows if row["shown"]]
    return Duplicates(shown[:MOST], len(rows) - len(shown[:MOST]))
