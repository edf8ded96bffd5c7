"""E-mail about mentoring requests: to those who work on them, and what they write to the client."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import any_, bindparam, func, literal, select

from models.base import Id, new_id
from models.chapters import Chapter
from models.clients import Client, ContactPreference
from models.database import Reads, Row, Statement, Transaction
from models.mentoring import MailKind, MentoringMail, MentoringRequest
from models.organizations import Organization
from models.people import Membership, MembershipRole, Permission, Role, User
from policies import mentoring as policy
from policies.actors import UUID, Actor, each, everyone
from workflows import clock, text
from workflows.later import later
from workflows.mentoring.change import change, lock
from workflows.refusals import Refusal, RefusedError, require

_COORDINATORS = Statement(
    select(User.id)
    .distinct()
    .join(Membership, Membership.user_id == User.id)
    .join(MembershipRole, MembershipRole.membership_id == Membership.id)
    .join(Role, Role.id == MembershipRole.role_id)
    .where(
        Membership.organization_id == bindparam("chapter_id", type_=UUID),
        Membership.ended_at.is_(None),
        User.banned_at.is_(None),
        literal(Permission.COORDINATE_INTAKE.value) == any_(Role.permissions),
    )
    .order_by(User.id)
)
_MAIL = MentoringMail.id == bindparam("id", type_=UUID)
_PREFERENCE = Statement(select(Client.contact_preference).where(Client.id == bindparam("id", type_=UUID)))
_rights = everyone(User.id == select(MentoringMail.user_id).where(_MAIL).scalar_subquery())
_client_name = func.concat(MentoringRequest.first_name, " ", func.left(MentoringRequest.last_name, 1), ".")
_NOTICE = Statement(
    select(
        MentoringMail.kind,
        User.email.label("address"),
        func.concat(MentoringRequest.first_name, " ", func.left(MentoringRequest.last_name, 1), ".").label(
            "client_name"
        ),
        Organization.name.label("chapter_name"),
        Chapter.stagnation_days,
        MentoringRequest.id.label("request_id"),
    )
    .select_from(MentoringMail)
    .join(User, User.id == MentoringMail.user_id)
    .join(_rights, _rights.c.id == User.id)
    .join(MentoringRequest, MentoringRequest.id == MentoringMail.request_id)
    .join(Chapter, Chapter.id == MentoringRequest.chapter_id)
    .join(Organization, Organization.id == Chapter.id)
    .where(_MAIL, MentoringMail.sent_at.is_(None), _rights.c.banned.is_(False), policy.staff(each(_rights)))
)
_LETTER = Statement(
    select(MentoringMail.address, MentoringMail.subject, MentoringMail.body).where(
        _MAIL, MentoringMail.kind == MailKind.TO_CLIENT.value, MentoringMail.sent_at.is_(None)
    )
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What an e-mail tells somebody who works on a request, and to which address it goes."""

    kind: MailKind
    address: str
    client_name: str
    chapter_name: str
    stagnation_days: int | None
    request_id: Id


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody wrote to the client."""

    address: str
    subject: str
    body: str


async def tell_coordinators(transaction: Transaction, chapter_id: Id, request_id: Id, kind: MailKind) -> None:
    """Have all who coordinate the chapter's intake told by e-mail."""
    for person in await transaction.rows(_COORDINATORS, chapter_id=chapter_id):
        await tell(transaction, person["id"], request_id, kind)


async def tell(transaction: Transaction, user_id: Id, request_id: Id, kind: MailKind) -> None:
    """Have a person told by e-mail."""
    await _queue(transaction, request_id, kind, user_id=user_id)


async def write(transaction: Transaction, actor: Actor, id: str, *, subject: str, body: str) -> dict[str, Id]:
    """Write to the client; the e-mail is kept with the request (SC15). Answers `mail_id` and `request_id`."""
    request = await lock(transaction, actor, id, "id")
    require(policy.mail_client(actor, request), "id")
    if request["email"] is None:
        raise RefusedError(Refusal.INVALID, "The request names no e-mail address.", "id")
    if await transaction.value(_PREFERENCE, id=request["client_id"]) == ContactPreference.NONE:
        raise RefusedError(Refusal.INVALID, "The client asked not to be reached out to.", "id")
    mail_id = await _queue(
        transaction,
        request["id"],
        MailKind.TO_CLIENT,
        address=request["email"],
        subject=text.required(subject, text.NAME, "subject"),
        body=text.required(body, text.NOTE, "body"),
        sender_id=actor.id,
    )
    await change(transaction, actor, request, "mentoring_request.mail_written", staff=True)
    return {"mail_id": mail_id, "request_id": request["id"]}


async def _queue(transaction: Transaction, request_id: Id, kind: MailKind, **values: Id | str | None) -> Id:
    id = new_id()
    await transaction.insert(MentoringMail, id=id, request_id=request_id, kind=kind, created_at=clock.now(), **values)
    await later(transaction, "mentoring_mail", {"mail_id": id}, once=f"mentoring_mail:{id}")
    return id


async def unsent(reads: Reads, mail_id: Id) -> Notice | Letter | None:
    """What to mail now; None where it is mailed, or its recipient does not work on the request any more."""
    letter = await reads.row(_LETTER, id=mail_id)
    if letter is not None:
        return Letter(**_fields(letter))
    notice = await reads.row(_NOTICE, id=mail_id)
    return None if notice is None else Notice(**_fields(notice) | {"kind": MailKind(notice["kind"])})


def _fields(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118 - a row is not a mapping


async def mark_sent(transaction: Transaction, mail_id: Id) -> None:
    """Note that the e-mail went out, so that it does not go out again."""
    await transaction.update(MentoringMail, mail_id, sent_at=clock.now())
