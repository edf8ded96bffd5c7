"""Sending a request to another chapter, with its notes and its history (SC16)."""

from models.base import Id, new_id
from models.database import Transaction
from models.mentoring import AssignmentEnding, MailKind, MentoringStatus, MentoringTransfer
from policies import mentoring as policy
from policies.actors import Actor
from workflows import chapters, clock, text
from workflows.mentoring.change import change, end_assignment, lock
from workflows.mentoring.mails import tell_coordinators
from workflows.refusals import Refusal, RefusedError, expect_version, require


async def transfer(
    transaction: Transaction,
    actor: Actor,
    id: str,
    *,
    chapter_id: str,
    reason: str,
    expected_version: int | None = None,
) -> Id:
    """Send the request to a chapter, or to the national queue where that chapter is not live."""
    request = await lock(transaction, actor, id, "id")
    require(policy.transfer(actor, request), "id")
    expect_version(request["version"], expected_version, request["id"])
    named = await chapters.find(transaction, chapter_id, "chapterId")
    why = text.required(reason, text.COMMENT, "reason")
    target = await chapters.queue_for(transaction, named, "chapterId")
    if target["id"] == request["chapter_id"]:
        raise RefusedError(Refusal.INVALID, "It is in that chapter's queue already.", "chapterId")
    if request["session_at"] is not None:
        raise RefusedError(Refusal.INVALID, "There was a session: it has left the queue.", "id")
    await end_assignment(transaction, actor, request, AssignmentEnding.TRANSFERRED)
    await transaction.insert(
        MentoringTransfer,
        id=new_id(),
        request_id=request["id"],
        from_chapter_id=request["chapter_id"],
        named_chapter_id=named["id"],
        to_chapter_id=target["id"],
        by_id=actor.id,
        reason=why,
        at=clock.now(),
    )
    await change(
        transaction,
        actor,
        request,
        "mentoring_request.transferred",
        chapter_id=target["id"],
        status=MentoringStatus.UNASSIGNED,
        mentor_id=None,
        mentor_chapter_id=None,
    )
    await tell_coordinators(transaction, target["id"], request["id"], MailKind.TRANSFERRED)
    return str(request["id"])
