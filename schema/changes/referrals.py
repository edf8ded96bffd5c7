"""Changes of referrals: what they are given and what they answer."""

import strawberry

import loaders.referrals
from models.referrals import ReferralStatus
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.referrals import Referral


@arguments
class ReferralSubmitInput:
    """A referral to make."""

    client_id: strawberry.ID = strawberry.field(description="Who is referred.")
    program_id: strawberry.ID = strawberry.field(description="Where to.")
    comments: str | None = strawberry.field(default=None, description="What the program should know: 4,000 characters.")
    consent: bool = strawberry.field(description="Whether the client has agreed. A live referral needs it.")
    live: bool | None = strawberry.field(default=True, description="False: log it for the record only.")
    goal_id: strawberry.ID | None = strawberry.field(default=None, description="A goal of the client to file it under.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ReferralSetStatusInput:
    """A status to set."""

    id: strawberry.ID = strawberry.field(description="The referral.")
    status: ReferralStatus = strawberry.field(description="Any status but NOT_UPDATED.")
    replaced_by_id: strawberry.ID | None = strawberry.field(
        default=None, description="With REFERRED_ELSEWHERE: the referral of the same client that replaced it."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ReferralSetGoalInput:
    """A goal to file a referral under."""

    id: strawberry.ID = strawberry.field(description="The referral.")
    goal_id: strawberry.ID | None = strawberry.field(description="A goal of its client; null takes it off its goal.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class ReferralPayload:
    """What a change of a referral answers."""

    referral: Referral | None = edge(
        loaders.referrals.by_id, "referral_id", "The referral; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()
