"""Changes of goals: what they are given and what they answer."""

import strawberry

import loaders.goals
from models.goals import GoalStatus
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.goals import Goal


@arguments
class GoalAddInput:
    """A goal to set."""

    client_id: strawberry.ID = strawberry.field(description="Whose goal it is.")
    title: str = strawberry.field(description="What is to be reached: 500 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class GoalUpdateInput:
    """Changes of a goal; what is left out stays."""

    id: strawberry.ID = strawberry.field(description="The goal.")
    title: str | None = strawberry.field(default=None, description="What is to be reached: 500 characters.")
    status: GoalStatus | None = strawberry.field(default=None, description="Where it stands.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class GoalPayload:
    """What a change of a goal answers."""

    goal: Goal | None = edge(loaders.goals.by_id, "goal_id", "The goal; at a conflict, as it is now.")
    user_errors: list[UserError] = user_errors()
