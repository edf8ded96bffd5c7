"""Recording that mentor and client have met: the request leaves the queue view (SC2, SC21)."""

from datetime import datetime

from models.base import Id, new_id
from models.database import Transaction
from models.mentoring import MentoringSession, MentoringStatus
from policies import mentoring as policy
from policies.actors import Actor
from workflows import clock
from workflows.mentoring.change import change, lock
from workflows.refusals import Refusal, RefusedError, expect_version, require


async def record_session(
    transaction: Transaction,
    actor: Actor,
    id: str,
    *,
    held_at: datetime | None = None,
    expected_version: int | None = None,
) -> dict[str, Id]:
    """Record a session, held now or at an earlier time. Answers `session_id` and `request_id`."""
    request = await lock(transaction, actor, id, "id")
    require(policy.record_session(actor, request), "id")
    expect_version(request["version"], expected_version, request["id"])
    if request["status"] != MentoringStatus.ASSIGNED:
        raise RefusedError(Refusal.INVALID, "There is no mentor who has accepted it.", "id")
    now = clock.now()
    if held_at is not None and (held_at.tzinfo is None or held_at > now):
        raise RefusedError(Refusal.INVALID, "It must lie in the past, and name its time zone.", "heldAt")
    held = held_at or now
    session_id = new_id()
    await transaction.insert(
        MentoringSession,
        id=session_id,
        request_id=request["id"],
        mentor_id=request["mentor_id"],
        recorded_by_id=actor.id,
        held_at=held,
        recorded_at=now,
    )
    first = held if request["session_at"] is None else min(held, request["session_at"])
    await change(transaction, actor, request, "mentoring_request.session_recorded", session_at=first)
    return {"session_id": session_id, "request_id": request["id"]}
