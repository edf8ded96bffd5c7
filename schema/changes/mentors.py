"""Changes of mentors: what they are given and what they answer."""

from datetime import datetime

import strawberry

import loaders.mentors
from models.mentors import MentorKind
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.mentors import Mentor


@arguments
class MentorEnrolInput:
    """A member of a chapter who mentors from now on, or, where `active` is false, no longer."""

    chapter_id: strawberry.ID = strawberry.field(description="The chapter.")
    user_id: strawberry.ID = strawberry.field(description="A member of it.")
    kind: MentorKind = strawberry.field(description="As what they help.")
    languages: list[str] = strawberry.field(description="The languages they speak.")
    expertise: list[str] = strawberry.field(description="What they know about.")
    active: bool | None = strawberry.field(default=True, description="False: they mentor no longer.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentorPauseInput:
    """A time in which one takes no new requests."""

    id: strawberry.ID = strawberry.field(description="One's record as a mentor.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when; null: from now on.")
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; null: until further notice.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentorResumeInput:
    """That one takes new requests again."""

    id: strawberry.ID = strawberry.field(description="One's record as a mentor.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentorSetLimitInput:
    """How many new requests a week one takes."""

    id: strawberry.ID = strawberry.field(description="One's record as a mentor.")
    weekly_limit: int | None = strawberry.field(description="1 to 100; null: as many as the chapter says.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class MentorPayload:
    """What a change of a mentor answers."""

    mentor: Mentor | None = edge(loaders.mentors.by_id, "mentor_id", "The mentor; at a conflict, as they are now.")
    user_errors: list[UserError] = user_errors()
