"""The mentor answers: accepts, declines, or hands back what they accepted (SC10, SC13)."""

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement, Transaction
from models.mentoring import AssignmentEnding, MentoringAssignment, MentoringStatus
from policies import mentoring as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.mentoring.change import change, end_assignment, lock_unasked, require_step
from workflows.refusals import Refusal, RefusedError, not_found, require

_ASSIGNMENT = Statement(
    select(MentoringAssignment).where(
        MentoringAssignment.id == bindparam("id", type_=UUID), policy.assignment_visible(ONE)
    )
)


async def accept(transaction: Transaction, actor: Actor, assignment_id: str) -> dict[str, Id]:
    """Take the request on. Answers `assignment_id` and `request_id`."""
    assignment, request = await _theirs(transaction, actor, assignment_id)
    require(policy.answer(actor, request), "id")
    require_step(request, "accept", "You have accepted it already.")
    await transaction.update(MentoringAssignment, assignment["id"], accepted_at=clock.now())
    await change(transaction, actor, request, "mentoring_request.accepted", status=MentoringStatus.ASSIGNED)
    return {"assignment_id": assignment["id"], "request_id": request["id"]}


async def decline(
    transaction: Transaction, actor: Actor, assignment_id: str, *, reason: str | None = None
) -> dict[str, Id]:
    """Not take it on: it goes back to the queue. Answers `assignment_id` and `request_id`."""
    assignment, request = await _theirs(transaction, actor, assignment_id)
    require(policy.answer(actor, request), "id")
    require_step(request, "decline", "You have accepted it; hand it back instead.")
    await _give_up(transaction, actor, request, "mentoring_request.declined", AssignmentEnding.DECLINED, reason)
    return {"assignment_id": assignment["id"], "request_id": request["id"]}


async def hand_back(
    transaction: Transaction, actor: Actor, assignment_id: str, *, reason: str | None = None
) -> dict[str, Id]:
    """Give an accepted request back to the queue. Answers `assignment_id` and `request_id`."""
    assignment, request = await _theirs(transaction, actor, assignment_id)
    require(policy.hand_back(actor, request), "id")
    require_step(request, "hand back", "You have not accepted it; decline it instead.")
    await _give_up(transaction, actor, request, "mentoring_request.handed_back", AssignmentEnding.HANDED_BACK, reason)
    return {"assignment_id": assignment["id"], "request_id": request["id"]}


async def _give_up(
    transaction: Transaction, actor: Actor, request: Row, action: str, ending: AssignmentEnding, reason: str | None
) -> None:
    await end_assignment(transaction, actor, request, ending, text.optional(reason, text.COMMENT, "reason"))
    await change(
        transaction,
        actor,
        request,
        action,
        status=MentoringStatus.PENDING_REASSIGNMENT,
        mentor_id=None,
        mentor_chapter_id=None,
    )


async def _theirs(transaction: Transaction, actor: Actor, assignment_id: str) -> tuple[Row, Row]:
    """The assignment and its request, locked; refused once it is no longer theirs, or the time to answer is over."""
    known = text.known_id(assignment_id, "assignment", "id")
    found = await transaction.row(_ASSIGNMENT, id=known, **actor.parameters())
    if found is None:
        raise not_found("assignment", "id")
    request = await lock_unasked(transaction, found["request_id"])
    # It may have ended while we waited for the request.
    assignment = await transaction.row(_ASSIGNMENT, id=known, **actor.parameters())
    if assignment is None:
        raise not_found("assignment", "id")
    if assignment["user_id"] == actor.id:
        is_late = assignment["accepted_at"] is None and assignment["deadline"] <= clock.now()
        if assignment["ended_at"] is not None or is_late:
            raise RefusedError(Refusal.CONFLICT, "It is no longer yours.", "id", current=assignment["id"])
    return assignment, request
