"""Changes of chapters: what they are given and what they answer."""

import strawberry

import loaders.chapters
from schema.chapters import Chapter
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key


@arguments
class IntakeSettingsSimulateInput:
    """Settings to try."""

    chapter_id: strawberry.ID = strawberry.field(description="The chapter.")
    answer_days: int = strawberry.field(description="How many business days a mentor has to answer: 1 to 60.")
    stagnation_days: int | None = strawberry.field(
        default=None, description="After how many days without movement a request is stagnant: 1 to 365; null: never."
    )
    weekly_limit: int | None = strawberry.field(
        default=None,
        description="How many new requests a week a mentor gets who has set no limit: 1 to 100; null: any number.",
    )


@arguments
class IntakeSettingsUpdateInput(IntakeSettingsSimulateInput):
    """Settings to have from now on."""

    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class ChapterPayload:
    """What a change of a chapter answers."""

    chapter: Chapter | None = edge(loaders.chapters.by_id, "chapter_id", "The chapter; at a conflict, as it is now.")
    user_errors: list[UserError] = user_errors()
