"""Changes of delegations: what they are given and what they answer."""

from datetime import datetime

import strawberry

import loaders.delegations
from schema.delegations import Delegation
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, idempotency_key


@arguments
class DelegationNameInput:
    """Who decides in one's place, and when."""

    organization_id: strawberry.ID = strawberry.field(description="In which of the viewer's organizations.")
    delegate_id: strawberry.ID = strawberry.field(description="A member who may open its client records.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when; now, where nothing is said.")
    ends_at: datetime = strawberry.field(description="Until when.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class DelegationEndInput:
    """A delegation to end."""

    id: strawberry.ID = strawberry.field(description="The delegation.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class DelegationPayload:
    """What a change of a delegation answers."""

    delegation: Delegation | None = edge(
        loaders.delegations.by_id, "delegation_id", "The delegation; at a conflict, the one that is in the way."
    )
    user_errors: list[UserError] = user_errors()
