"""Back to the queue: by a coordinator at once, or by itself when the time to answer is over (SC11, SC12)."""

from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Reads, Statement, Transaction
from models.mentoring import AssignmentEnding, MailKind, MentoringAssignment, MentoringStatus
from policies import mentoring as policy
from policies.actors import Actor
from workflows import clock, text
from workflows.mentoring.change import change, current_assignment, end_assignment, lock, lock_unasked, require_step
from workflows.mentoring.mails import tell_coordinators
from workflows.refusals import expect_version, require

_OVERDUE = Statement(
    select(MentoringAssignment.request_id)
    .where(
        MentoringAssignment.accepted_at.is_(None),
        MentoringAssignment.ended_at.is_(None),
        MentoringAssignment.deadline <= bindparam("now"),
    )
    .order_by(MentoringAssignment.deadline, MentoringAssignment.id)
    .limit(bindparam("limit"))
)
_AT_ONCE = 500
_IN_QUEUE: dict[str, Any] = {
    "status": MentoringStatus.PENDING_REASSIGNMENT,
    "mentor_id": None,
    "mentor_chapter_id": None,
}


async def put_back(
    transaction: Transaction,
    actor: Actor,
    id: str,
    *,
    tell_all: bool = False,
    reason: str | None = None,
    expected_version: int | None = None,
) -> Id:
    """Take the request back from a mentor who has not answered; with `tell_all` all coordinators are e-mailed."""
    request = await lock(transaction, actor, id, "id")
    require(policy.put_back(actor, request), "id")
    expect_version(request["version"], expected_version, request["id"])
    require_step(request, "put back", "There is no mentor who has yet to answer.")
    why = text.optional(reason, text.COMMENT, "reason")
    await end_assignment(transaction, actor, request, AssignmentEnding.PUT_BACK, why)
    await change(transaction, actor, request, "mentoring_request.put_back", **_IN_QUEUE)
    if tell_all:
        await tell_coordinators(transaction, request["chapter_id"], request["id"], MailKind.PUT_BACK)
    return str(request["id"])


async def overdue(reads: Reads) -> list[Id]:
    """The requests whose mentor has not answered in time, the longest waiting first."""
    return [row["request_id"] for row in await reads.rows(_OVERDUE, now=clock.now(), limit=_AT_ONCE)]


async def time_out(transaction: Transaction, request_id: Id) -> bool:
    """Put the request back, if its mentor's time is over; whether it was so. Nobody else does it meanwhile."""
    request = await lock_unasked(transaction, request_id)
    assignment = await current_assignment(transaction, request)
    if assignment is None or assignment["accepted_at"] is not None or assignment["deadline"] > clock.now():
        return False
    await end_assignment(transaction, None, request, AssignmentEnding.TIMED_OUT)
    await change(transaction, None, request, "mentoring_request.timed_out", **_IN_QUEUE)
    return True
