"""E-mails: posted in the transaction that causes them, sent by a job, and given up where they cannot be delivered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from models.base import Id, new_id
from models.clients import Client
from models.database import Reads, Row, Statement, Transaction
from models.invitations import Invitation
from models.letters import Letter, LetterKind
from models.notifications import Notification, NotificationKind
from models.organizations import Organization
from models.people import User
from policies import invitations as invitation_policy
from policies import notifications as notification_policy
from policies import organizations as organization_policy
from policies.actors import ONE, UUID, Actor
from policies.actors import actor as read_actor
from workflows import clock, text
from workflows.later import later
from workflows.refusals import Refusal, RefusedError, not_found

DIGEST_EVERY = timedelta(days=1)
JOB = "letter_mail"

_BY_ID = Letter.id == bindparam("id", type_=UUID)
_OPEN_DIGEST = Statement(
    select(Letter.id)
    .where(
        Letter.kind == LetterKind.DIGEST.value,
        Letter.subject_id == bindparam("user_id", type_=UUID),
        Letter.closed_at.is_(None),
    )
    # Whoever closes it waits until what is being added is there.
    .with_for_update(read=True)
)
_BEGIN_DIGEST = Statement(
    insert(Letter)
    .values({name: bindparam(name) for name in ("id", "kind", "subject_id", "organization_id", "created_at")})
    .on_conflict_do_nothing()
    .returning(Letter.id)
)
_LOCK = Statement(
    select(Letter.id, Letter.kind, Letter.subject_id, Letter.closed_at)
    .where(_BY_ID, Letter.done_at.is_(None), Letter.failed_at.is_(None))
    .with_for_update()
)
_LOCK_FAILED = Statement(select(Letter).where(_BY_ID).with_for_update())
# Another name than the policy's, whose predicates are about the same client.
_client = aliased(Client, name="client")
_CLIENT_NAME = func.concat(_client.first_name, literal(" "), func.left(_client.last_name, 1), literal("."))
_INVITATION = Statement(
    select(
        Invitation.address,
        Invitation.expires_at,
        Invitation.client_id.is_not(None).label("to_portal"),
        Organization.name.label("organization_name"),
    )
    .join(Organization, Organization.id == Invitation.organization_id)
    .where(
        Invitation.id == bindparam("id", type_=UUID),
        invitation_policy.is_open(),
        Invitation.expires_at > bindparam("now"),
    )
)
_RECIPIENT = Statement(
    select(User.id, User.email)
    .join(Notification, Notification.user_id == User.id)
    .where(Notification.letter_id == bindparam("letter_id", type_=UUID))
    .limit(1)
)
_LINES = Statement(
    select(Notification.kind, _CLIENT_NAME.label("client_name"), Notification.created_at)
    .join(_client, _client.id == Notification.client_id)
    .where(
        Notification.letter_id == bindparam("letter_id", type_=UUID),
        Notification.cleared_at.is_(None),
        notification_policy.still_seen(ONE),
    )
    .order_by(Notification.created_at, Notification.id)
)
_GATHER = Statement(
    update(Notification)
    .where(
        Notification.user_id == bindparam("user_id", type_=UUID),
        Notification.email == "daily",
        Notification.letter_id.is_(None),
    )
    .values(letter_id=bindparam("new_letter_id", type_=UUID))
)


@dataclass(frozen=True, slots=True)
class InvitationLetter:
    """What an invitation says."""

    address: str
    invitation_id: Id
    organization_name: str
    to_portal: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """What a person is told of one notification: no more than who it is about, and what kind of thing happened."""

    kind: NotificationKind
    client_name: str


@dataclass(frozen=True, slots=True)
class NotificationLetter:
    """What an e-mail about one notification, or the digest of a day, says."""

    address: str
    lines: list[Line]
    is_digest: bool


async def post(transaction: Transaction, kind: LetterKind, subject_id: Id, organization_id: Id) -> Id:
    """Have an e-mail sent, once this transaction is committed."""
    id = new_id()
    await transaction.insert(
        Letter, id=id, kind=kind, subject_id=subject_id, organization_id=organization_id, created_at=clock.now()
    )
    await later(transaction, JOB, {"letter_id": id}, once=f"{JOB}:{id}")
    return id


async def post_digest(transaction: Transaction, user_id: Id, organization_id: Id) -> None:
    """Have what the person wants to be told daily sent, a day after the first of it."""
    if await transaction.value(_OPEN_DIGEST, user_id=user_id) is not None:
        return
    values = {"subject_id": user_id, "organization_id": organization_id, "created_at": clock.now()}
    id = await transaction.value(_BEGIN_DIGEST, id=new_id(), kind=LetterKind.DIGEST.value, **values)
    if id is not None:
        await later(transaction, JOB, {"letter_id": id}, after=DIGEST_EVERY, once=f"{JOB}:{id}")


async def close(transaction: Transaction, letter_id: Id) -> None:
    """Gather what belongs into the letter, where it is a digest; nothing is added to it later."""
    letter = await transaction.row(_LOCK, id=letter_id)
    if letter is not None and letter["kind"] == LetterKind.DIGEST and letter["closed_at"] is None:
        await transaction.rows(_GATHER, user_id=letter["subject_id"], new_letter_id=letter_id)
        await transaction.update(Letter, letter_id, closed_at=clock.now())


async def take(transaction: Transaction, letter_id: Id) -> InvitationLetter | NotificationLetter | None:
    """What to mail now, locked until the transaction ends.

    None where it is mailed, or given up, or where there is nothing any more that its reader may be told.
    """
    letter = await transaction.row(_LOCK, id=letter_id)
    if letter is None:
        return None
    if letter["kind"] == LetterKind.INVITATION:
        return await _invitation(transaction, letter["subject_id"])
    return await _notifications(transaction, letter)


async def done(transaction: Transaction, letter_id: Id) -> None:
    """Note that it was sent, or is of no more use."""
    await transaction.update(Letter, letter_id, done_at=clock.now())


async def give_up(transaction: Transaction, letter_id: Id, reason: str) -> None:
    """Note that it cannot be delivered: an administrator has to look (dead letters)."""
    if await transaction.row(_LOCK, id=letter_id) is not None:
        await transaction.update(Letter, letter_id, failed_at=clock.now(), reason=reason[: text.LINE])


async def retry(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Try a dead letter again."""
    letter = await transaction.row(_LOCK_FAILED, id=text.known_id(id, "letter", "id"))
    if letter is None or not organization_policy.manage(actor, letter["organization_id"]).allowed:
        raise not_found("letter", "id")
    if letter["failed_at"] is None:
        raise RefusedError(Refusal.CONFLICT, "It is on its way already.", "id")
    await transaction.update(Letter, letter["id"], failed_at=None, reason=None)
    await later(transaction, JOB, {"letter_id": letter["id"]}, once=f"{JOB}:{letter['id']}")
    return str(letter["id"])


async def _invitation(reads: Reads, id: Id) -> InvitationLetter | None:
    row = await reads.row(_INVITATION, id=id, now=clock.now())
    if row is None:
        return None
    return InvitationLetter(row["address"], id, row["organization_name"], row["to_portal"], row["expires_at"])


async def _notifications(reads: Reads, letter: Row) -> NotificationLetter | None:
    recipient = await reads.row(_RECIPIENT, letter_id=letter["id"])
    actor = None if recipient is None else await read_actor(reads, recipient["id"])
    if recipient is None or actor is None:
        return None
    rows: list[Any] = await reads.rows(_LINES, letter_id=letter["id"], **actor.parameters())
    if not rows:
        return None
    lines = [Line(NotificationKind(row["kind"]), row["client_name"]) for row in rows]
    return NotificationLetter(recipient["email"], lines, letter["kind"] == LetterKind.DIGEST)
