"""Changes of notifications: what they are given and what they answer."""

import strawberry

from models.notifications import EmailTiming, NotificationKind
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, idempotency_key
from schema.notifications import NotificationPreference


@arguments
class NotificationClearInput:
    """A notification to take off the list."""

    id: strawberry.ID = strawberry.field(description="One's own, or one of the queue.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class NotificationClearAllInput:
    """All of one's own notifications, to take off the list."""

    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class NotificationPreferenceSetInput:
    """How to be told of one kind of thing from now on."""

    kind: NotificationKind = strawberry.field(description="Of what.")
    in_app: bool = strawberry.field(description="Whether in `notifications` and in the feed.")
    email: EmailTiming = strawberry.field(description="Whether by e-mail, and when.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class NotificationsPayload:
    """What clearing notifications answers."""

    cleared: int | None = strawberry.field(description="How many were taken off the list.")
    user_errors: list[UserError] = user_errors()


@described
class NotificationPreferencePayload:
    """What choosing how to be notified answers."""

    preference: NotificationPreference | None = strawberry.field(description="What holds from now on.")
    user_errors: list[UserError] = user_errors()
