"""Changes of engagements: what they are given and what they answer."""

import strawberry

import loaders.engagements
from schema.engagements import Engagement
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key


@arguments
class EngagementStartInput:
    """A client to take into the first phase of a program."""

    client_id: strawberry.ID = strawberry.field(description="A client of the program's organization.")
    program_id: strawberry.ID = strawberry.field(description="A program with phases.")
    campus_id: strawberry.ID = strawberry.field(description="A site of the program.")
    case_manager_id: strawberry.ID | None = strawberry.field(
        default=None, description="A member whose role lets them carry a caseload."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class EngagementEndInput:
    """An engagement to end."""

    id: strawberry.ID = strawberry.field(description="The engagement.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class EngagementAssignCaseManagerInput:
    """Who is to be case manager, instead of whoever is."""

    id: strawberry.ID = strawberry.field(description="The engagement.")
    case_manager_id: strawberry.ID = strawberry.field(
        description="A member whose role lets them carry a caseload. An automatic assignment is void then."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class EngagementRemoveCaseManagerInput:
    """Whose case manager is taken off."""

    id: strawberry.ID = strawberry.field(description="The engagement. An automatic assignment is void then.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class EngagementRecordOutcomeInput:
    """How far a client has come in an outcome area."""

    engagement_id: strawberry.ID = strawberry.field(description="The engagement.")
    area: str = strawberry.field(description="The outcome area: 200 characters.")
    percent: int = strawberry.field(description="0 to 100.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class EngagementPayload:
    """What a change of an engagement answers."""

    engagement: Engagement | None = edge(
        loaders.engagements.by_id, "engagement_id", "The engagement; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()
