"""Sending a request for a mentor in: as a client, for a client, or from the public form."""

from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id, new_id
from models.clients import Client
from models.database import Row, Statement, Transaction
from models.mentoring import MailKind, MatchedBy, MentoringRequest, MentoringStatus, RequestSource
from policies.actors import UUID, Actor
from workflows import chapters, clock, text
from workflows.mentoring.assign import assign_directly
from workflows.mentoring.change import KIND, TRACKED, lock_unasked, topics
from workflows.mentoring.mails import tell_coordinators
from workflows.mentoring.match import match
from workflows.record import record
from workflows.refusals import Refusal, RefusedError

_OWN_RECORD = Statement(
    select(Client.id)
    .where(Client.user_id == bindparam("user_id", type_=UUID), Client.deleted_at.is_(None))
    .order_by(Client.organization_id != bindparam("chapter_id", type_=UUID), Client.id)
    .limit(1)
)


async def submit(
    transaction: Transaction,
    actor: Actor | None,
    *,
    chapter_id: str,
    first_name: str,
    last_name: str,
    help: str,
    email: str | None = None,
    phone: str | None = None,
    postal_code: str | None = None,
    mentor_user_id: str | None = None,
) -> Id:
    """Ask for a mentor. `actor` None is the public.

    It goes to the chapter's queue by itself, or to the national one where the chapter is not live; a client may ask
    for a mentor of the chapter by name, who then has as long to answer as one who is assigned.
    """
    chapter = await chapters.queue_for(
        transaction, await chapters.find(transaction, chapter_id, "chapterId"), "chapterId"
    )
    source = _source(actor, chapter)
    given: dict[str, Any] = {
        "first_name": text.required(first_name, text.NAME, "firstName"),
        "last_name": text.required(last_name, text.NAME, "lastName"),
        "email": text.email(email, "email"),
        "phone": text.optional(phone, text.NAME, "phone"),
        "postal_code": text.optional(postal_code, 20, "postalCode"),
    }
    if given["email"] is None and given["phone"] is None:
        raise RefusedError(Refusal.BLANK, "There must be an e-mail address or a phone number.", "email")
    client_id, matched_by = await match(transaction, chapter["id"], given)
    if source is RequestSource.CLIENT and actor is not None:
        client_id = await transaction.value(_OWN_RECORD, user_id=actor.id, chapter_id=chapter["id"])
        matched_by = MatchedBy.ACCOUNT
    elif mentor_user_id is not None:
        raise RefusedError(Refusal.INVALID, "Only a client asks for a mentor by name.", "mentorUserId")

    now = clock.now()
    request: dict[str, Any] = {
        "id": new_id(),
        "chapter_id": chapter["id"],
        "source": source,
        "submitted_by_id": None if actor is None else actor.id,
        "client_id": client_id,
        "matched_by": matched_by,
        **given,
        "help": text.required(help, text.COMMENT, "help"),
        "status": MentoringStatus.UNASSIGNED,
        "status_since": now,
        "moved_at": now,
        "created_at": now,
        "updated_at": now,
    }
    await transaction.insert(MentoringRequest, **request)
    known = {"mentor_id": None, "mentor_chapter_id": None, **request}
    await record(
        transaction,
        actor,
        "mentoring_request.submitted",
        subject_id=request["id"],
        version=1,
        kind=KIND,
        record_id=request["id"],
        after={name: known[name] for name in TRACKED},
        topics=topics(known),
    )
    if mentor_user_id is None:
        await tell_coordinators(transaction, chapter["id"], request["id"], MailKind.RECEIVED)
    else:
        await assign_directly(transaction, actor, await lock_unasked(transaction, request["id"]), mentor_user_id)
    return str(request["id"])


def _source(actor: Actor | None, chapter: Row) -> RequestSource:
    if actor is None:
        return RequestSource.PUBLIC
    if chapter["id"] in actor.intakes:
        return RequestSource.COORDINATOR
    if actor.clients:
        return RequestSource.CLIENT
    message = "Clients ask for themselves, and those who coordinate the chapter's intake for others."
    raise RefusedError(Refusal.FORBIDDEN, message, "chapterId")
