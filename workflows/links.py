"""Links in e-mails that set the status of one referral, once (FH19).

A link belongs to one person and acts as them: it shows and does nothing that they may not see and do at that moment.
Here it is known by its id. Whoever hands it out signs that, and whoever takes it in verifies.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import insert

from models.base import Id, new_id
from models.clients import Client, ContactPreference
from models.database import Reads, Row, Statement, Transaction
from models.people import Membership, Placement, User
from models.programs import Program
from models.referrals import Referral, ReferralStatus, StatusLink
from policies import referrals as policy
from policies.actors import ONE, UUID, Actor, each, everyone
from policies.actors import actor as read_actor
from workflows import clock, text
from workflows.later import later
from workflows.referrals.lifecycle import OPEN_POLICY
from workflows.referrals.set_status import set_status
from workflows.refusals import Refusal, RefusedError, not_found

LIFETIME = timedelta(days=14)

_REFERRAL = Referral.id == bindparam("referral_id", type_=UUID)
_LINK = StatusLink.id == bindparam("id", type_=UUID)
_CLIENT_NAME = func.concat(Client.first_name, literal(" "), func.left(Client.last_name, 1), literal("."))


def _notified(*people: ColumnElement[bool]) -> Select[tuple[Id]]:
    """Who is told of the referral: those of its claimers who see it, and the client if they want e-mail (FH20)."""
    claims = exists().where(
        _REFERRAL,
        Placement.program_id == Referral.program_id,
        Placement.ended_at.is_(None),
        Membership.id == Placement.membership_id,
        Membership.ended_at.is_(None),
        Membership.user_id == User.id,
    )
    is_the_client = exists().where(
        _REFERRAL,
        Client.id == Referral.client_id,
        Client.user_id == User.id,
        Client.contact_preference == ContactPreference.EMAIL.value,
    )
    rights = everyone(and_(or_(claims, is_the_client), *people))
    return (
        select(rights.c.id)
        .select_from(Referral)
        .join(Client, Client.id == Referral.client_id)
        .join(rights, true())
        .where(
            _REFERRAL,
            policy.reaches_program(),
            policy.visible(each(rights)),
            rights.c.banned.is_(False),
            Client.deleted_at.is_(None),
            Client.contact_preference != ContactPreference.NONE.value,
        )
        .order_by(rights.c.id)
    )


_NOTIFIED = Statement(_notified())
_IS_NOTIFIED = Statement(_notified(User.id == bindparam("user_id", type_=UUID)))
_COLUMNS = ("id", "referral_id", "user_id", "created_at", "expires_at")
_ISSUE = Statement(
    insert(StatusLink)
    .values({name: bindparam(name) for name in _COLUMNS})
    .on_conflict_do_nothing()
    .returning(StatusLink.id)
)
_LETTER = Statement(
    select(
        StatusLink.referral_id,
        StatusLink.user_id,
        StatusLink.expires_at,
        User.email.label("address"),
        _CLIENT_NAME.label("client_name"),
        Program.name.label("program_name"),
    )
    .join(User, User.id == StatusLink.user_id)
    .join(Referral, Referral.id == StatusLink.referral_id)
    .join(Client, Client.id == Referral.client_id)
    .join(Program, Program.id == Referral.program_id)
    .where(
        _LINK, StatusLink.mailed_at.is_(None), StatusLink.used_at.is_(None), StatusLink.expires_at > bindparam("now")
    )
)
_LOCK = Statement(select(StatusLink.id).where(_LINK).with_for_update())
_PERSON = Statement(select(StatusLink.user_id).where(_LINK))
_OPEN = Statement(
    select(
        StatusLink.id,
        StatusLink.referral_id,
        StatusLink.expires_at,
        StatusLink.used_at,
        Referral.status,
        Referral.version,
        _CLIENT_NAME.label("client_name"),
        Program.name.label("program_name"),
    )
    .join(Referral, Referral.id == StatusLink.referral_id)
    .join(Client, Client.id == Referral.client_id)
    .join(Program, Program.id == Referral.program_id)
    .where(_LINK, Client.deleted_at.is_(None), policy.visible(ONE))
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the e-mail with a link says, and to which address it goes."""

    address: str
    client_name: str
    program_name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link shows to whoever opens it."""

    client_name: str
    program_name: str
    status: ReferralStatus
    version: int
    used: bool
    expired: bool

    @property
    def open_statuses(self) -> list[ReferralStatus]:
        """The statuses that can be set from here."""
        return OPEN_POLICY.open(self.status)


async def issue(transaction: Transaction, referral_id: Id) -> list[Id]:
    """Give each person who is told of the referral a link of their own, and queue its e-mail; nobody gets a second."""
    now = clock.now()
    issued: list[Id] = []
    for person in await transaction.rows(_NOTIFIED, referral_id=referral_id):
        values = dict(zip(_COLUMNS, (new_id(), referral_id, person["id"], now, now + LIFETIME), strict=True))
        id = await transaction.value(_ISSUE, **values)
        if id is not None:
            await later(transaction, "status_link_mail", {"link_id": id}, once=f"status_link_mail:{id}")
            issued.append(id)
    return issued


async def letter(reads: Reads, link_id: Id) -> Letter | None:
    """What to mail now; None where it is mailed, of no more use, or its person is not to be told any more."""
    row = await reads.row(_LETTER, id=link_id, now=clock.now())
    if row is None or not await reads.value(_IS_NOTIFIED, referral_id=row["referral_id"], user_id=row["user_id"]):
        return None
    return Letter(row["address"], row["client_name"], row["program_name"], row["expires_at"])


async def mark_mailed(transaction: Transaction, link_id: Id) -> None:
    """Note that the e-mail went out, so that it does not go out again."""
    await transaction.update(StatusLink, link_id, mailed_at=clock.now())


async def find(reads: Reads, link_id: str) -> Opened | None:
    """What the link shows; None where there is none, or its person is banned or no longer sees the referral."""
    found = await _open(reads, link_id)
    return None if found is None else _shown(found[1])


async def use(
    transaction: Transaction, link_id: str, status: ReferralStatus, *, expected_version: int | None = None
) -> Id:
    """Set the status as the link's person and use the link up, both or neither; answers the referral's id."""
    # Of two at once, the second waits here and then finds the link used.
    await transaction.rows(_LOCK, id=text.known_id(link_id, "link"))
    found = await _open(transaction, link_id)
    if found is None:
        raise not_found("link")
    actor, link = found
    opened = _shown(link)
    if opened.expired:
        raise RefusedError(Refusal.FORBIDDEN, "This link has expired.", current=link["referral_id"])
    if opened.used:
        raise RefusedError(Refusal.CONFLICT, "This link has been used already.", current=link["referral_id"])
    referral_id = await set_status(transaction, actor, link["referral_id"], status, expected_version=expected_version)
    await transaction.update(StatusLink, link["id"], used_at=clock.now())
    return referral_id


async def _open(reads: Reads, link_id: str) -> tuple[Actor, Row] | None:
    id = text.as_id(link_id)
    user_id = None if id is None else await reads.value(_PERSON, id=id)
    actor = None if user_id is None else await read_actor(reads, user_id)
    row = None if actor is None else await reads.row(_OPEN, id=id, **actor.parameters())
    return None if actor is None or row is None else (actor, row)


def _shown(link: Row) -> Opened:
    return Opened(
        client_name=link["client_name"],
        program_name=link["program_name"],
        status=ReferralStatus(link["status"]),
        version=link["version"],
        used=link["used_at"] is not None,
        expired=link["expires_at"] <= clock.now(),
    )
