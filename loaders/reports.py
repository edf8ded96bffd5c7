"""Reports: counts over what the viewer may see, closed and inactive clients included (EL10)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, Select, Text, and_, any_, bindparam, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.clients import Client, ClientNavigator, ClientType, RecordKind
from models.database import Database, Reads, Row, Statement
from models.people import User
from models.programs import Program
from models.referrals import CATEGORIES, Category, Referral
from policies import people, records, referrals
from policies.actors import ONE, Actor

_since = bindparam("since", type_=Date())
_until = bindparam("until", type_=Date())
_day = cast(func.timezone("UTC", Referral.created_at), Date())
_made = and_(or_(_since.is_(None), _day >= _since), or_(_until.is_(None), _day <= _until))
_category = case(
    *((Referral.status == status.value, literal(category.value)) for status, category in CATEGORIES.items())
)
_ended = [status.value for status, category in CATEGORIES.items() if category in (Category.HELPED, Category.NOT_HELPED)]


class Report(StrEnum):
    """What can be reported."""

    CASELOAD = "caseload"
    REFERRALS = "referrals"
    OUTCOMES = "outcomes"


def _caseload() -> Select[Any]:
    """How many clients each navigator has; a client of two counts for both, one of nobody for nobody."""
    name = case((User.id.is_not(None), people.name(ONE)))
    return (
        select(
            User.id.label("navigator_id"),
            name.label("navigator"),
            Client.status.label("status"),
            ClientType.id.label("type_id"),
            ClientType.name.label("type"),
            func.count().label("clients"),
        )
        .select_from(Client)
        .outerjoin(ClientType, ClientType.id == Client.type_id)
        .outerjoin(ClientNavigator, ClientNavigator.client_id == Client.id)
        .outerjoin(User, User.id == ClientNavigator.user_id)
        .where(records.visible(ONE), Client.kind == RecordKind.CLIENT.value)
        .group_by(User.id, Client.status, ClientType.id)
        .order_by(User.last_name.nulls_last(), User.first_name, User.id, Client.status, ClientType.name, ClientType.id)
    )


def _referrals() -> Select[Any]:
    month = func.to_char(func.timezone("UTC", Referral.created_at), "YYYY-MM", type_=Text())
    return (
        select(
            month.label("month"),
            Program.id.label("program_id"),
            Program.name.label("program"),
            _category.label("category"),
            func.count().label("referrals"),
        )
        .join(Program, Program.id == Referral.program_id)
        .where(referrals.visible(ONE), _made)
        .group_by(Program.id, "month", "category")
        .order_by("month", Program.name, Program.id, "category")
    )


def _outcomes() -> Select[Any]:
    """What came of those that are closed."""
    return (
        select(
            Program.id.label("program_id"),
            Program.name.label("program"),
            Referral.status.label("status"),
            _category.label("category"),
            func.count().label("referrals"),
        )
        .join(Program, Program.id == Referral.program_id)
        .where(referrals.visible(ONE), _made, Referral.status == any_(literal(_ended, ARRAY(Text()))))
        .group_by(Program.id, Referral.status)
        .order_by(Program.name, Program.id, Referral.status)
    )


@dataclass(frozen=True)
class Table:
    """A report's statement, and the columns that a spreadsheet shows."""

    statement: Statement
    columns: tuple[str, ...]


TABLES = {
    Report.CASELOAD: Table(Statement(_caseload()), ("navigator", "status", "type", "clients")),
    Report.REFERRALS: Table(Statement(_referrals()), ("month", "program", "category", "referrals")),
    Report.OUTCOMES: Table(Statement(_outcomes()), ("program", "status", "category", "referrals")),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Referrals made in these days, in UTC; without an end on a side that is None."""

    since: date | None = None
    until: date | None = None


async def rows(reads: Reads, actor: Actor, report: Report, period: Period) -> list[Row]:
    """The rows of a report."""
    return await reads.rows(TABLES[report].statement, **_given(actor, period))


async def stream(database: Database, actor: Actor, report: Report, period: Period) -> AsyncIterator[Row]:
    """The rows of a report, as they come from the database, few at a time."""
    statement = TABLES[report].statement
    arguments = statement.arguments(_given(actor, period))
    async with database.transaction() as transaction:
        async for row in transaction.connection.cursor(statement.sql, *arguments, prefetch=200):
            yield row


def _given(actor: Actor, period: Period) -> dict[str, Any]:
    return {"since": period.since, "until": period.until, **actor.parameters()}
