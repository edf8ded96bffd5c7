"""Assigning a case manager by itself: the eligible one with the lightest caseload (AM9)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select

from models.base import Id
from models.database import Reads, Row, Statement, Transaction
from models.engagements import Engagement, EngagementStatus
from models.organizations import Organization
from models.people import User
from models.phases import AutomaticAssignment
from policies import engagements as policy
from policies.actors import UUID
from workflows import clock
from workflows.engagements.assign import hand_over
from workflows.engagements.change import change
from workflows.engagements.lock import lock

_DELAY = Statement(
    select(AutomaticAssignment.delay_seconds).where(
        AutomaticAssignment.phase_id == bindparam("phase_id", type_=UUID),
        AutomaticAssignment.campus_id == bindparam("campus_id", type_=UUID),
    )
)
_load = (
    select(func.count())
    .where(Engagement.case_manager_id == User.id, Engagement.status == EngagementStatus.ACTIVE.value)
    .correlate(User)
    .scalar_subquery()
)
_CANDIDATES = Statement(
    select(User.id, _load.label("clients"))
    .where(
        policy.carries_caseload(bindparam("organization_id", type_=UUID)),
        policy.works_at(bindparam("organization_id", type_=UUID), bindparam("campus_id", type_=UUID)),
        User.id.is_distinct_from(bindparam("former_id", type_=UUID)),
    )
    .order_by(_load, User.id)
)
_TAKE_TURNS = Statement(
    select(Organization.id).where(Organization.id == bindparam("id", type_=UUID)).with_for_update(key_share=True)
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is to be case manager, why, and who else was eligible; `chosen` is None where nobody was."""

    chosen: Id | None
    reason: str
    candidates: list[dict[str, Any]]


async def delay(reads: Reads, phase_id: Id, campus_id: Id) -> int | None:
    """After how many seconds whoever enters the phase at the campus is given a new case manager; None: they are not."""
    seconds: int | None = await reads.value(_DELAY, phase_id=phase_id, campus_id=campus_id)
    return seconds


async def choose(reads: Reads, organization_id: Id, campus_id: Id, former_id: Id | None) -> Choice:
    """The eligible one with the fewest clients; of several, the one whose account is the oldest."""
    rows = await reads.rows(_CANDIDATES, organization_id=organization_id, campus_id=campus_id, former_id=former_id)
    candidates = [{"case_manager_id": row["id"], "clients": row["clients"]} for row in rows]
    if not candidates:
        return Choice(None, "Nobody else who may carry a caseload works at this campus.", [])
    least = candidates[0]["clients"]
    tied = sum(candidate["clients"] == least for candidate in candidates)
    reason = f"The lightest caseload of {len(candidates)} at the campus: {least} active."
    if tied > 1:
        reason += f" {tied} have as many; of these, the one whose account is the oldest."
    return Choice(candidates[0]["case_manager_id"], reason, candidates)


async def assign_automatically(transaction: Transaction, engagement_id: Id) -> None:
    """Assign a new case manager, or alert the leader; nothing where that is done or void by now."""
    engagement = await lock(transaction, None, engagement_id)
    if engagement["assignment_due_at"] is None:
        return
    # Two at once would both see the same caseloads.
    await transaction.rows(_TAKE_TURNS, id=engagement["organization_id"])
    choice = await _choose_for(transaction, engagement)
    if choice.chosen is None:
        await change(
            transaction,
            None,
            engagement,
            "engagement.nobody_eligible",
            {"assignment_due_at": None, "alerted_at": clock.now()},
            after={"leader_id": engagement["leader_id"]},
            internal=True,
        )
    else:
        await hand_over(transaction, None, engagement, choice.chosen, choice.reason, choice.candidates)


async def _choose_for(reads: Reads, engagement: Row) -> Choice:
    return await choose(reads, engagement["organization_id"], engagement["campus_id"], engagement["case_manager_id"])
