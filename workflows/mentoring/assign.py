"""Assigning a request to a mentor: one at a time, and a new clock each time (SC8, SC9, SC11)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, func, select

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.mentoring import AssignmentEnding, MailKind, MentoringAssignment, MentoringStatus
from models.mentors import Mentor
from policies import mentoring as policy
from policies import mentors as mentor_policy
from policies.actors import ONE, UUID, Actor
from workflows import chapters, clock, mentors, text
from workflows.mentoring.change import change, current_assignment, end_assignment, lock, require_step
from workflows.mentoring.lifecycle import LIFECYCLE
from workflows.mentoring.mails import tell
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

WEEK = timedelta(days=7)

_SERVES = mentor_policy.serves().label("serves")
_MENTOR = Statement(
    select(Mentor.id, _SERVES).where(Mentor.id == bindparam("id", type_=UUID), mentor_policy.visible(ONE))
)
_ASKED_FOR = Statement(
    select(Mentor.id, _SERVES).where(
        Mentor.user_id == bindparam("user_id", type_=UUID), Mentor.chapter_id == bindparam("chapter_id", type_=UUID)
    )
)
_NEW_THIS_WEEK = Statement(
    select(func.count()).where(
        MentoringAssignment.mentor_id == bindparam("mentor_id", type_=UUID),
        MentoringAssignment.assigned_at > bindparam("since"),
    )
)


async def assign(
    transaction: Transaction,
    actor: Actor,
    id: str,
    mentor_id: str,
    *,
    override_reason: str | None = None,
    expected_version: int | None = None,
) -> Id:
    """Give the request to a mentor, who has the chapter's number of business days to answer."""
    request = await lock(transaction, actor, id, "id")
    require(policy.assign(actor, request), "id")
    expect_version(request["version"], expected_version, request["id"])
    found = await transaction.row(_MENTOR, id=text.known_id(mentor_id, "mentor", "mentorId"), **actor.parameters())
    if found is None:
        raise not_found("mentor", "mentorId")
    if not found["serves"]:
        raise RefusedError(Refusal.INVALID, "They are no mentor any more.", "mentorId")
    reason = text.optional(override_reason, text.COMMENT, "overrideReason")
    current = await current_assignment(transaction, request)
    concerned = {found["id"]} if current is None else {found["id"], current["mentor_id"]}
    # Both in one order, so that two who swap their mentors wait for each other.
    locked = {one: await mentors.lock_unasked(transaction, one) for one in sorted(concerned)}
    mentor = locked[found["id"]]
    if mentor["user_id"] == request["mentor_id"]:
        raise RefusedError(Refusal.CONFLICT, "It is assigned to them already.", "mentorId", current=request["id"])
    if mentor["paused"]:
        raise RefusedError(Refusal.INVALID, "They take no new requests at present.", "mentorId")
    if not await is_at_limit(transaction, mentor):
        reason = None
    elif reason is None:
        message = "They have as many new requests this week as they take; say why they should have one more."
        raise RefusedError(Refusal.INVALID, message, "overrideReason")
    else:
        require(policy.override_limit(actor, request), "overrideReason")
    await _give(transaction, actor, request, mentor, override_reason=reason)
    return str(request["id"])


async def assign_directly(transaction: Transaction, actor: Actor | None, request: Row, user_id: str) -> None:
    """Give a new request to the mentor of its chapter whom the client asked for."""
    known = text.known_id(user_id, "mentor who takes new requests", "mentorUserId")
    found = await transaction.row(_ASKED_FOR, user_id=known, chapter_id=request["chapter_id"])
    if found is None or not found["serves"]:
        raise not_found("mentor who takes new requests", "mentorUserId")
    mentor = await mentors.lock_unasked(transaction, found["id"])
    if mentor["paused"] or await is_at_limit(transaction, mentor):
        raise not_found("mentor who takes new requests", "mentorUserId")
    await _give(transaction, actor, request, mentor, direct=True)


async def is_at_limit(transaction: Transaction, mentor: Row) -> bool:
    """Whether the mentor had as many new requests in the last seven days as they, or else their chapter, allow."""
    limit: int | None = mentor["weekly_limit"]
    if limit is None:
        limit = (await chapters.find(transaction, mentor["chapter_id"]))["weekly_limit"]
    if limit is None:
        return False
    new: int = await transaction.value(_NEW_THIS_WEEK, mentor_id=mentor["id"], since=clock.now() - WEEK)
    return new >= limit


async def _give(
    transaction: Transaction,
    actor: Actor | None,
    request: Row,
    mentor: Row,
    *,
    direct: bool = False,
    override_reason: str | None = None,
) -> None:
    again = LIFECYCLE.allows("reassign", request["status"])
    if again:
        await end_assignment(transaction, actor, request, AssignmentEnding.REASSIGNED)
    else:
        require_step(request, "assign", "It cannot be assigned now.")
    now = clock.now()
    chapter = await chapters.find(transaction, request["chapter_id"])
    values: dict[str, Any] = {
        "id": new_id(),
        "request_id": request["id"],
        "mentor_id": mentor["id"],
        "user_id": mentor["user_id"],
        "assigned_by_id": None if direct or actor is None else actor.id,
        "direct": direct,
        "assigned_at": now,
        "deadline": chapters.deadline(chapter, now),
        "override_reason": override_reason,
    }
    await transaction.insert(MentoringAssignment, **values)
    await mentors.load_changed(transaction, actor, mentor["id"])
    await change(
        transaction,
        actor,
        request,
        "mentoring_request.reassigned" if again else "mentoring_request.assigned",
        status=MentoringStatus.ASSIGNED_PENDING,
        # The clock of the status starts anew with each mentor.
        status_since=now,
        mentor_id=mentor["user_id"],
        mentor_chapter_id=mentor["chapter_id"],
    )
    await tell(transaction, mentor["user_id"], request["id"], MailKind.ASSIGNED)
