"""Reports: counts over what the viewer may see, to be read here or downloaded as CSV."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import strawberry

import loaders.people
import loaders.programs
import loaders.records
import loaders.reports
from loaders.reports import Period, Report
from models.clients import RecordStatus
from models.database import Row
from models.referrals import ReferralStatus
from schema.context import Info
from schema.fields import described, edge, resolved
from schema.people import Actor
from schema.programs import Program
from schema.records import ClientType
from workflows.referrals.lifecycle import Category

ARGUMENTS: Mapping[str, tuple[Any, str]] = {
    "since": (date | None, "Referrals made on this day or later, in UTC."),
    "until": (date | None, "Referrals made on this day or earlier, in UTC."),
}


@described
class CaseloadRow:
    """How many clients of a status and a type a navigator has. A client of two navigators counts for both."""

    navigator: Actor | None = edge(loaders.people.named, "navigator_id", "Who; null: the clients without any.")
    status: RecordStatus = strawberry.field(description="The status of their records.")
    type: ClientType | None = edge(loaders.records.type_by_id, "type_id", "The type of the clients; null: none.")
    clients: int = strawberry.field(description="How many.")


@described
class ReferralsRow:
    """How many referrals of a category were made to a program in a month."""

    month: str = strawberry.field(description="The month in which they were made, as 2026-03, in UTC.")
    program: Program | None = edge(loaders.programs.by_id, "program_id", "The program.")
    category: Category = strawberry.field(description="What their status amounts to now.")
    referrals: int = strawberry.field(description="How many.")


@described
class OutcomesRow:
    """How many of a program's referrals ended in a status."""

    program: Program | None = edge(loaders.programs.by_id, "program_id", "The program.")
    status: ReferralStatus = strawberry.field(description="What came of them.")
    category: Category = strawberry.field(description="Whether that helped.")
    referrals: int = strawberry.field(description="How many.")


def _report(report: Report) -> Any:
    async def resolve(root: Mapping[str, Any], info: Info) -> list[Row]:
        context = info.context
        return await loaders.reports.rows(context.services.database, context.actor, report, root["period"])

    return resolve


@described
class Reports:
    """Counts over what the viewer may see. Each is at `/reports/<name>.csv`, too, with `since` and `until`."""

    caseload: list[CaseloadRow] = resolved(
        _report(Report.CASELOAD),
        "Clients by navigator, status and type, closed and inactive ones included, as far as the viewer keeps them.",
    )
    referrals: list[ReferralsRow] = resolved(
        _report(Report.REFERRALS), "Referrals by month, program and category, the earliest month first."
    )
    outcomes: list[OutcomesRow] = resolved(
        _report(Report.OUTCOMES), "What came of the referrals that are closed, by program and status."
    )


def reports(root: Mapping[str, Any], info: Info, **given: Any) -> dict[str, Any]:
    """The source of `Reports`."""
    return {"period": Period(given.get("since") or None, given.get("until") or None)}
