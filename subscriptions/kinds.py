"""The kinds of record on the feed. A noun comes onto it by an entry here and a message type in schema/feed.py."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, cast, func, literal, null, or_, select

from models.clients import Client
from models.engagements import Engagement
from models.events import Event
from models.mentoring import MentoringRequest
from models.mentors import Mentor
from models.notifications import Notification
from models.partners import CaseManager
from models.progressions import Progression
from models.referrals import Referral
from policies import (
    clients,
    engagements,
    mentoring,
    mentors,
    notes,
    notifications,
    partners,
    progressions,
    records,
    referrals,
)  # fmt: skip
from policies.actors import UUID, Who

POSITION: ColumnElement[int] = bindparam("position")
"""A place in the log; `Kind.then` says what a record was there."""


def _nothing() -> ColumnElement[Any]:
    return cast(null(), UUID)


@dataclass(frozen=True)
class Kind:
    """A kind of record: who sees it, who sees it differently, and which filters find it."""

    message: str
    """The type of the messages that tell of a change."""
    table: Any
    visible: Callable[[Who], ColumnElement[bool]]
    involved: Callable[[Who], ColumnElement[bool]]
    """Whether what a viewer sees may differ from what a colleague with equal rights sees."""
    insiders: ColumnElement[Any] | None = None
    """Of whom, besides those who belong nowhere, that is true; where it is not said, each viewer's rights are read."""
    own: frozenset[str] = frozenset()
    """The GraphQL types of which that tells, too: wherever one leads to another, it stays with the record."""
    details: Callable[[Who], ColumnElement[bool]] = lambda _: literal(True)
    """Whether a viewer is told of `policies.events.OF_DETAILS`."""
    narrowed: Callable[[Who, Who], ColumnElement[bool]] | None = None
    """Where less may be left of it to see: whether former rights show more of what present ones show, too."""
    client_id: Any = field(default_factory=_nothing)
    program_id: Any = field(default_factory=_nothing)
    then: Callable[[], dict[str, ColumnElement[Any]]] = dict
    """The columns that change and that its sight depends on, other than by the viewer's rights: as of `POSITION`."""


def _less(
    visible: Callable[[Who], ColumnElement[bool]], *parts: Callable[[Who], ColumnElement[bool]]
) -> Callable[[Who, Who], ColumnElement[bool]]:
    """What is visible still, but for one of these parts of it."""

    def narrowed(former: Who, present: Who) -> ColumnElement[bool]:
        gone = (and_(part(former), ~func.coalesce(part(present), literal(False))) for part in parts)
        return and_(visible(present), or_(*gone))

    return narrowed


def was(record_id: Any, name: str, read: Callable[[ColumnElement[Any]], ColumnElement[Any]]) -> ColumnElement[Any]:
    """What the first event after the position says that a value was before it; null where it has not changed since."""
    return (
        select(read(Event.before[name]))
        .where(
            Event.record_id == record_id,
            Event.before.has_key(name),
            or_(Event.position.is_(None), Event.position > POSITION),
        )
        .order_by(Event.id)
        .limit(1)
        .scalar_subquery()
    )


def as_boolean(value: Any) -> ColumnElement[Any]:
    """A value in an event, as what it is."""
    return value.as_boolean()  # type: ignore[no-any-return]


def _consent() -> dict[str, ColumnElement[Any]]:
    consented = was(Referral.id, "consent", as_boolean)
    consents = func.coalesce(consented, Referral.consent_ended_at.is_(None))
    return {"consent_ended_at": case((consents, null()), else_=Referral.updated_at)}


def _deletion() -> dict[str, ColumnElement[Any]]:
    deleted = func.coalesce(was(Client.id, "deleted", as_boolean), Client.deleted_at.is_not(None))
    return {"deleted_at": case((deleted, Client.created_at), else_=null())}


def _company() -> dict[str, ColumnElement[Any]]:
    company_id = was(CaseManager.id, "company_id", lambda value: cast(value.astext, UUID))
    return {"company_id": func.coalesce(company_id, CaseManager.company_id)}


def _clearing() -> dict[str, ColumnElement[Any]]:
    cleared = func.coalesce(was(Notification.id, "cleared", as_boolean), Notification.cleared_at.is_not(None))
    return {"cleared_at": case((cleared, Notification.created_at), else_=null())}


_NOBODY = literal("00000000-0000-0000-0000-000000000000", UUID)


def _as_id(value: Any) -> ColumnElement[Any]:
    return func.coalesce(cast(value.astext, UUID), _NOBODY)


def _hands() -> dict[str, ColumnElement[Any]]:
    """In whose queue a request was, and whose it was."""
    return {
        name: func.nullif(
            func.coalesce(was(MentoringRequest.id, name, _as_id), getattr(MentoringRequest, name)), _NOBODY
        )
        for name in ("chapter_id", "mentor_id", "mentor_chapter_id")
    }


_OF_CLIENT = frozenset({"Referral", "Client", "ClientRecord", "Goal", "Note"})

KINDS = {
    "referral": Kind(
        "ReferralChanged",
        Referral,
        referrals.visible,
        lambda who: referrals.involved(who, Referral.client_id),
        referrals.insiders(Referral.client_id),
        own=_OF_CLIENT,
        narrowed=notes.lost,
        client_id=Referral.client_id,
        program_id=Referral.program_id,
        then=_consent,
    ),
    "client": Kind(
        "ClientChanged",
        Client,
        clients.visible,
        lambda who: referrals.involved(who, Client.id),
        referrals.insiders(Client.id),
        own=_OF_CLIENT,
        details=clients.details_visible,
        narrowed=_less(clients.visible, clients.details_visible, records.visible),
        client_id=Client.id,
        then=_deletion,
    ),
    "case_manager": Kind(
        "CaseManagerChanged",
        CaseManager,
        partners.visible,
        partners.involved,
        partners.insiders(),
        own=frozenset({"CaseManager", "BusinessUnit"}),
        narrowed=_less(partners.visible, partners.details_visible),
        then=_company,
    ),
    "notification": Kind(
        "NotificationChanged",
        Notification,
        notifications.visible,
        # It is for one person, or leads to a referral that may be private.
        lambda _: literal(True),
        client_id=Notification.client_id,
        then=_clearing,
    ),
    "engagement": Kind(
        "EngagementChanged",
        Engagement,
        engagements.visible,
        lambda _: literal(True),
        narrowed=_less(engagements.visible, engagements.inside),
        client_id=Engagement.client_id,
        program_id=Engagement.program_id,
    ),
    "progression": Kind(
        "ProgressionChanged",
        Progression,
        progressions.visible,
        lambda _: literal(True),
        client_id=Progression.client_id,
        program_id=Progression.program_id,
    ),
    "mentoring_request": Kind(
        "MentoringRequestChanged",
        MentoringRequest,
        mentoring.visible,
        mentoring.involved,
        own=_OF_CLIENT.union({"MentoringRequest", "MentoringAssignment", "Mentor"}),
        details=mentoring.staff,
        narrowed=_less(mentoring.visible, mentoring.coordinates),
        client_id=MentoringRequest.client_id,
        then=_hands,
    ),
    "mentor": Kind("MentorChanged", Mentor, mentors.visible, mentors.involved, own=frozenset({"Mentor"})),
}
"""By the `kind` of their events."""
