"""Whether a request's client is new or known: by e-mail address, or phone, or name and postal code (SC7)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, literal, null, or_, select, union_all

from models.base import Id
from models.clients import Client
from models.database import Reads, Statement
from models.mentoring import MatchedBy, MentoringRequest
from policies.actors import UUID

_PHONE_DIGITS = 10
"""So many last digits of a phone number are compared: some people write the country's code, some do not."""
_FEWEST_DIGITS = 7

Table = type[Client] | type[MentoringRequest]


class _Given:
    """What the request says, under the names of the columns."""

    email, phone, postal_code, first_name, last_name = (
        bindparam(name, type_=Text()) for name in ("email", "phone", "postal_code", "first_name", "last_name")
    )


def _email(of: Any) -> ColumnElement[Any]:
    return func.lower(func.btrim(of.email))


def _phone(of: Any) -> ColumnElement[Any]:
    digits = func.right(func.regexp_replace(of.phone, "[^0-9]", "", "g"), _PHONE_DIGITS)
    return case((func.length(digits) >= _FEWEST_DIGITS, digits))


def _name(of: Any) -> ColumnElement[Any]:
    postal_code = func.nullif(func.regexp_replace(of.postal_code, "[^A-Za-z0-9]", "", "g"), "")
    name = func.concat(func.btrim(of.first_name), "\n", func.btrim(of.last_name), "\n", postal_code)
    return case((postal_code.is_not(None), func.lower(name)))


_KEYS = {MatchedBy.EMAIL: _email, MatchedBy.PHONE: _phone, MatchedBy.NAME: _name}
"""What is compared, the surest first; null matches nothing."""


def _matches(table: Table, client_id: Any, *where: ColumnElement[bool]) -> Select[Any]:
    same = {by: key(table) == key(_Given) for by, key in _KEYS.items()}
    by = case(*((condition, literal(by.value)) for by, condition in same.items()))
    rank = case(*((condition, rank) for rank, condition in enumerate(same.values())))
    return select(client_id.label("client_id"), by.label("by"), rank.label("rank")).where(or_(*same.values()), *where)


_found = union_all(
    _matches(
        Client,
        Client.id,
        Client.organization_id == bindparam("chapter_id", type_=UUID),
        Client.deleted_at.is_(None),
    ),
    _matches(
        MentoringRequest,
        # It was asked with the same address, which does not make it the same account.
        cast(null(), UUID),
        MentoringRequest.chapter_id == bindparam("chapter_id", type_=UUID),
    ),
).subquery()
_MATCH = Statement(
    select(_found.c.client_id, _found.c.by)
    .order_by(_found.c.client_id.is_(None), _found.c.rank, _found.c.client_id)
    .limit(1)
)


async def match(reads: Reads, chapter_id: Id, given: Mapping[str, Any]) -> tuple[Id | None, MatchedBy | None]:
    """The client's record, if the chapter keeps one, and by what they are known, there or from an earlier request."""
    names = ("email", "phone", "postal_code", "first_name", "last_name")
    row = await reads.row(_MATCH, chapter_id=chapter_id, **{name: given[name] for name in names})
    return (None, None) if row is None else (row["client_id"], MatchedBy(row["by"]))
