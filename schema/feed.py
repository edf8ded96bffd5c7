"""What the feed says."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Union

import strawberry

import loaders.clients
import loaders.mentoring
import loaders.mentors
import loaders.people
import loaders.referrals
from models.mentoring import MentoringStatus
from models.referrals import ReferralStatus
from schema.clients import Client
from schema.fields import arguments, described, edge
from schema.mentoring import MentoringRequest
from schema.mentors import Mentor
from schema.people import Actor
from schema.referrals import Referral
from schema.scalars import FeedCursor

_CURSOR = "Go on after this message with `feed(after:)`."


@strawberry.enum(description="What a message is about.")
class FeedKind(StrEnum):
    """The kinds of message that carry a change."""

    REFERRAL = "referral"
    CLIENT = "client"
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

    kinds: list[FeedKind] | None = strawberry.field(default=None, description="Of these kinds.")
    referral_id: strawberry.ID | None = strawberry.field(default=None, description="Of this referral.")
    client_id: strawberry.ID | None = strawberry.field(default=None, description="Of this client.")
    mentoring_request_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of this request for a mentor."
    )
    program_id: strawberry.ID | None = strawberry.field(default=None, description="Of this program's referrals.")


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
        "client.navigator_assigned, client.navigator_unassigned, client.account_linked, goal.added or goal.updated."
    )
    actor: Actor | None = edge(loaders.people.named, "actor_id", "Who did it; null: the system.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    client: Client = edge(
        loaders.clients.by_id, "record_id", "The client as they are when this is sent; apply by version."
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
