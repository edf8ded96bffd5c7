"""Changes of people: what they are given and what they answer."""

import strawberry

import loaders.people
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, idempotency_key
from schema.people import Membership, User


@arguments
class MembershipEndInput:
    """A membership to end."""

    id: strawberry.ID = strawberry.field(description="The membership.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MembershipSetLeaderInput:
    """To whom a member submits what has to be approved."""

    id: strawberry.ID = strawberry.field(description="The membership.")
    leader_id: strawberry.ID | None = strawberry.field(description="A member of the organization; null: nobody.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class PlacementStartInput:
    """Where a member is to work: one of site, program and group."""

    membership_id: strawberry.ID = strawberry.field(description="The member.")
    site_id: strawberry.ID | None = strawberry.field(default=None, description="At this site.")
    program_id: strawberry.ID | None = strawberry.field(default=None, description="On this program.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="In this group.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class PlacementEndInput:
    """Work at a place to end."""

    id: strawberry.ID = strawberry.field(description="The placement.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class UserBanInput:
    """Who is shut out, or let in again."""

    user_id: strawberry.ID = strawberry.field(description="A member of an organization that one manages.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class MembershipPayload:
    """What a change of a membership answers."""

    membership: Membership | None = edge(
        loaders.people.membership_by_id, "membership_id", "The membership; null once it has ended."
    )
    user_errors: list[UserError] = user_errors()


@described
class UserPayload:
    """What a change of a user answers."""

    user: User | None = edge(loaders.people.by_id, "user_id", "The person.")
    user_errors: list[UserError] = user_errors()
