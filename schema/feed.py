"""What the feed says."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Union

import strawberry

import loaders.clients
import loaders.engagements
import loaders.mentoring
import loaders.mentors
import loaders.notifications
import loaders.partners
import loaders.people
import loaders.progressions
import loaders.referrals
from models.mentoring import MentoringStatus
from models.referrals import ReferralStatus
from schema.clients import Client
from schema.engagements import Engagement
from schema.fields import arguments, described, edge
from schema.mentoring import MentoringRequest
from schema.mentors import Mentor
from schema.notifications import Notification
from schema.partners import CaseManager
from schema.people import Actor
from schema.progressions import Progression
from schema.referrals import Referral
from schema.scalars import FeedCursor

_CURSOR = "Go on after this message with `feed(after:)`."


@strawberry.enum(description="What a message is about.")
class FeedKind(StrEnum):
    """The kinds of message that carry a change."""

    REFERRAL = "referral"
    CLIENT = "client"
    CASE_MANAGER = "case_manager"
    NOTIFICATION = "notification"
    ENGAGEMENT = "engagement"
    PROGRESSION = "progression"
    MENTORING_REQUEST = "mentoring_request"
    MENTOR = "mentor"


@strawberry.enum(description="Why a client has to start again.")
class ResyncReason(StrEnum):
    """The reasons."""

    TOO_OLD = "too_old"
    EPOCH = "epoch"
    ACCESS_GAINED = "access_gained"
    ACCESS_NARROWED = "access_narrowed"


@arguments
class FeedFilter:
    """Which changes; all conditions together."""

    kinds: list[FeedKind] | None = strawberry.field(
        default=None, description="Of these kinds; of all but notifications where nothing is said."
    )
    referral_id: strawberry.ID | None = strawberry.field(default=None, description="Of this referral.")
    client_id: strawberry.ID | None = strawberry.field(default=None, description="Of this client.")
    mentoring_request_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this request for a mentor."
    )
    program_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this program: its referrals, engagements and submissions."
    )


@described
class ReferralChanged:
    """Something happened to a referral that the viewer may see."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(description="What happened, as in the referral's history.")
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    from_status: ReferralStatus | None = strawberry.field(description="The status before, where it was set.")
    to_status: ReferralStatus | None = strawberry.field(description="The status that was set.")
    referral: Referral = edge(
        loaders.referrals.by_id, "record_id", "The referral as it is when this is sent; apply by version."
    )


@described
class ClientChanged:
    """Something happened to a client's record or goals."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(
        description="What happened: client.created, client.updated, client.consent_given, client.consent_withdrawn, "
        "client.image_changed, client.navigator_assigned, client.navigator_unassigned, client.account_linked, "
        "client.deleted, client.restored, goal.added or goal.updated. To members of the organization that keeps the "
        "record: "
        "client.status_set, client.kind_set, client.type_set, client.case_number_set, client.warning_added, "
        "client.warning_removed, client.group_added, client.group_removed, client.enrolled, client.invited, "
        "client.invitation_resent, client.invitation_revoked or client.portal_status_set."
    )
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    client: Client = edge(
        loaders.clients.by_id, "record_id", "The client as they are when this is sent; apply by version."
    )


@described
class CaseManagerChanged:
    """Something happened to a partner's case manager whom the viewer may see."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(
        description="What happened: case_manager.created, case_manager.updated, case_manager.verified, "
        "case_manager.promotions_set, case_manager.recruitment_set, case_manager.bso_assigned, case_manager.moved, "
        "case_manager.login_enabled, case_manager.deactivated or case_manager.reactivated."
    )
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    case_manager: CaseManager = edge(
        loaders.partners.by_id, "record_id", "The case manager as they are when this is sent; apply by version."
    )


@described
class NotificationChanged:
    """The viewer, or the queue of an organization of theirs, has a new notification."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(description="What happened: notification.made. One that is cleared has AccessEnded.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    notification: Notification = edge(loaders.notifications.by_id, "record_id", "The notification.")


@described
class EngagementChanged:
    """Something happened to where a client stands in a program."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(
        description="What happened: engagement.started, engagement.ended, engagement.persona_changed, "
        "engagement.case_manager_assigned, engagement.case_manager_removed, engagement.nobody_eligible or "
        "engagement.outcome_recorded; the last two only to those inside the organization."
    )
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    engagement: Engagement = edge(
        loaders.engagements.by_id, "record_id", "The engagement as it is when this is sent; apply by version."
    )


@described
class ProgressionChanged:
    """Something happened to a submission."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(description="What happened, as in the submission's history.")
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    progression: Progression = edge(
        loaders.progressions.by_id, "record_id", "The submission as it is when this is sent; apply by version."
    )


@described
class MentoringRequestChanged:
    """Something happened to a request for a mentor that the viewer may see, or somebody has it open."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(description="What happened, as in the request's history.")
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system, or the public form.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    from_status: MentoringStatus | None = strawberry.field(description="The status before, where it changed.")
    to_status: MentoringStatus | None = strawberry.field(description="The status after, where it changed.")
    request: MentoringRequest = edge(
        loaders.mentoring.by_id, "record_id", "The request as it is when this is sent; apply by version."
    )


@described
class MentorChanged:
    """A mentor's availability changed, or what they carry."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    event_id: strawberry.ID = strawberry.field(description="The event's own id: the same in every retelling.")
    action: str = strawberry.field(
        description="What happened: mentor.enrolled, mentor.paused, mentor.pause_planned, mentor.resumed, "
        "mentor.limit_set or mentor.load_changed."
    )
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    mentor: Mentor = edge(
        loaders.mentors.by_id, "record_id", "The mentor as they are when this is sent; apply by version."
    )


@described
class AccessEnded:
    """The viewer may no longer see this record: the last that is said of it."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)
    id: strawberry.ID = strawberry.field(description="The id of the record.")


@described
class FeedCheckpoint:
    """Nothing for the viewer up to here. Comes at least every 15 seconds, so it is the heartbeat, too."""

    cursor: FeedCursor = strawberry.field(description=_CURSOR)


@described
class ResyncRequired:
    """The feed cannot go on from the client's cursor: ask for `viewer { feedHead }` and the snapshot again."""

    reason: ResyncReason = strawberry.field(description="Why.")


FeedMessage = Annotated[
    Union[  # noqa: UP007
        ReferralChanged,
        ClientChanged,
        CaseManagerChanged,
        NotificationChanged,
        EngagementChanged,
        ProgressionChanged,
        MentoringRequestChanged,
        MentorChanged,
        AccessEnded,
        FeedCheckpoint,
        ResyncRequired,
    ],
    strawberry.union("FeedMessage", description="What the feed says."),
]

Message = dict[str, Any]
"""The source of a `FeedMessage`: its fields, and its type as `typename`."""
