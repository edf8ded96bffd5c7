"""Notifications: what a client's navigators are told, and how each of them wants to be told (EL7, EL11, EL15)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from models.base import Id, new_id
from models.clients import Client, ClientNavigator, ContactPreference, RecordStatus
from models.database import Reads, Row, Statement, Transaction
from models.letters import LetterKind
from models.notifications import EmailTiming, Notification, NotificationKind, NotificationPreference
from models.organizations import Organization
from models.people import Membership, User
from policies import notifications as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, letters, text
from workflows.record import record_many
from workflows.refusals import not_found

IN_APP_BY_DEFAULT = True
EMAIL_BY_DEFAULT = EmailTiming.NEVER
"""Nobody gets e-mails that they have not asked for."""

_navigators = (
    select(ClientNavigator.client_id, ClientNavigator.user_id)
    .join(User, and_(User.id == ClientNavigator.user_id, User.banned_at.is_(None)))
    .join(Client, Client.id == ClientNavigator.client_id)
    .join(
        Membership,
        and_(
            Membership.user_id == User.id,
            Membership.organization_id == Client.organization_id,
            Membership.ended_at.is_(None),
        ),
    )
    .where(ClientNavigator.client_id == bindparam("client_id", type_=UUID))
    .subquery("navigators")
)
_RECIPIENTS = Statement(
    select(
        Client.organization_id,
        _navigators.c.user_id,
        func.coalesce(NotificationPreference.in_app, IN_APP_BY_DEFAULT).label("in_app"),
        func.coalesce(NotificationPreference.email, EMAIL_BY_DEFAULT.value).label("email"),
    )
    .join(Organization, Organization.id == Client.organization_id)
    .outerjoin(_navigators, _navigators.c.client_id == Client.id)
    .outerjoin(
        NotificationPreference,
        and_(
            NotificationPreference.user_id == _navigators.c.user_id,
            NotificationPreference.kind == bindparam("kind"),
        ),
    )
    .where(
        Client.id == bindparam("client_id", type_=UUID),
        Client.deleted_at.is_(None),
        Client.contact_preference != ContactPreference.NONE.value,
        or_(Client.status == RecordStatus.ACTIVE.value, ~Organization.silences_closed),
    )
    .order_by(_navigators.c.user_id)
)


def _clear(*which: ColumnElement[bool]) -> Statement:
    cleared = (
        select(Notification.id)
        .where(Notification.cleared_at.is_(None), *which)
        .order_by(Notification.id)
        .with_for_update(key_share=True)
        .cte("cleared")
    )
    return Statement(
        update(Notification)
        .where(Notification.id == cleared.c.id)
        .values(cleared_at=bindparam("now"))
        .returning(Notification.id, Notification.user_id, Notification.organization_id)
    )


_CLEAR_ONE = _clear(Notification.id == bindparam("id", type_=UUID), policy.visible(ONE))
_CLEAR_OWN = _clear(policy.own(ONE))
_CLEAR_OF_CLIENT = _clear(Notification.client_id == bindparam("client_id", type_=UUID))
_CLEAR_OF_REFERRAL = _clear(Notification.referral_id == bindparam("referral_id", type_=UUID))
_COLUMNS = ("user_id", "kind", "in_app", "email")
_PREFER = Statement(
    insert(NotificationPreference)
    .values({name: bindparam(name) for name in _COLUMNS})
    .on_conflict_do_update(
        index_elements=["user_id", "kind"], set_={"in_app": bindparam("in_app"), "email": bindparam("email")}
    )
)
_PREFERENCES = Statement(
    select(NotificationPreference.kind, NotificationPreference.in_app, NotificationPreference.email).where(
        NotificationPreference.user_id == bindparam("user_id", type_=UUID)
    )
)


async def notify(
    transaction: Transaction,
    actor: Actor | None,
    kind: NotificationKind,
    client_id: Id,
    *,
    referral_id: Id | None = None,
    only: Id | None = None,
) -> None:
    """Tell the client's navigators, but not whoever did it; with none assigned, the organization's queue.

    `only` is the one navigator whom it concerns. What a navigator may not see is shown to them nowhere: that is decided
    when it is read, or mailed.
    """
    actor_id = None if actor is None else actor.id
    recipients = [
        row
        for row in await transaction.rows(_RECIPIENTS, client_id=client_id, kind=kind.value)
        if (row["user_id"] != actor_id or row["user_id"] is None)
        and only in (None, row["user_id"])
        and (row["in_app"] or row["email"] != EmailTiming.NEVER)
    ]
    if not recipients:
        return
    now = clock.now()
    rows = [
        {
            "id": new_id(),
            "organization_id": row["organization_id"],
            "user_id": row["user_id"],
            "kind": kind.value,
            "client_id": client_id,
            "referral_id": referral_id,
            "actor_id": actor_id,
            "in_app": row["in_app"],
            "email": row["email"] if row["user_id"] is not None else EmailTiming.NEVER.value,
            "created_at": now,
        }
        for row in recipients
    ]
    await transaction.insert_many(Notification, rows)
    await _record(transaction, actor, "notification.made", 1, [row for row in rows if row["in_app"]])
    for row in rows:
        await _mail(transaction, row)


async def _mail(transaction: Transaction, notification: dict[str, Any]) -> None:
    organization_id = notification["organization_id"]
    match notification["email"]:
        case EmailTiming.AT_ONCE.value:
            letter_id = await letters.post(transaction, LetterKind.NOTIFICATION, notification["id"], organization_id)
            await transaction.update(Notification, notification["id"], letter_id=letter_id)
        case EmailTiming.DAILY.value:
            await letters.post_digest(transaction, notification["user_id"], organization_id)


async def clear(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Take one of one's own notifications, or one of the queue, off the list."""
    known = text.known_id(id, "notification", "id")
    rows = await transaction.rows(_CLEAR_ONE, id=known, now=clock.now(), **actor.parameters())
    if not rows:
        raise not_found("notification", "id")
    await _record(transaction, actor, "notification.cleared", 2, rows)
    return known


async def clear_all(transaction: Transaction, actor: Actor) -> int:
    """Take all of one's own notifications off the list; answers how many there were."""
    rows = await transaction.rows(_CLEAR_OWN, now=clock.now(), **actor.parameters())
    await _record(transaction, actor, "notification.cleared", 2, rows)
    return len(rows)


async def clear_of_client(transaction: Transaction, actor: Actor, client_id: Id) -> None:
    """Take what anybody was told of this client off all lists, and out of what is still to be mailed."""
    rows = await transaction.rows(_CLEAR_OF_CLIENT, client_id=client_id, now=clock.now())
    await _record(transaction, actor, "notification.cleared", 2, rows)


async def clear_of_referral(transaction: Transaction, actor: Actor, referral_id: Id) -> None:
    """The same for a referral whose consent has ended: some of those who were told no longer see it."""
    rows = await transaction.rows(_CLEAR_OF_REFERRAL, referral_id=referral_id, now=clock.now())
    await _record(transaction, actor, "notification.cleared", 2, rows)


async def prefer(
    transaction: Transaction, actor: Actor, kind: NotificationKind, *, in_app: bool, email: EmailTiming
) -> None:
    """Choose how one wants to be told of this kind of thing from now on."""
    await transaction.rows(_PREFER, user_id=actor.id, kind=kind.value, in_app=in_app, email=email.value)


async def preferences(reads: Reads, user_id: Id) -> list[dict[str, Any]]:
    """How the person wants to be told of each kind of thing."""
    chosen = {row["kind"]: row for row in await reads.rows(_PREFERENCES, user_id=user_id)}
    default = {"in_app": IN_APP_BY_DEFAULT, "email": EMAIL_BY_DEFAULT.value}
    return [{**(chosen.get(kind.value) or default), "kind": kind.value} for kind in NotificationKind]


async def _record(
    transaction: Transaction,
    actor: Actor | None,
    action: str,
    version: int,
    notifications: Sequence[Row | dict[str, Any]],
) -> None:
    is_end = action == "notification.cleared"
    events = []
    for notification in notifications:
        topic = f"user:{notification['user_id']}"
        if notification["user_id"] is None:
            topic = f"clients-of:{notification['organization_id']}"
        events.append(
            {
                "subject_id": notification["id"],
                "version": version,
                "kind": "notification",
                "record_id": notification["id"],
                "topics": [topic],
                "ended_topics": [topic] if is_end else [],
                "before": {"cleared": False} if is_end else None,
                "after": {"cleared": True} if is_end else None,
            }
        )
    await record_many(transaction, actor, action, events)
