"""Changes of invitations: what they are given and what they answer."""

import strawberry

import loaders.invitations
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, idempotency_key
from schema.invitations import Invitation


@arguments
class ClientInviteInput:
    """A client to invite to the portal."""

    client_id: strawberry.ID = strawberry.field(description="The client.")
    address: str | None = strawberry.field(
        default=None, description="Where to, which becomes the user name; where nothing is said, the record's address."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MembershipInviteInput:
    """Somebody to invite into an organization."""

    organization_id: strawberry.ID = strawberry.field(description="Where: an organization that one manages.")
    address: str = strawberry.field(description="An e-mail address. Whether it is known makes no difference.")
    role_ids: list[strawberry.ID] = strawberry.field(description="Roles of that organization.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class InvitationInput:
    """An open invitation: to send again, to revoke, or to accept."""

    id: strawberry.ID = strawberry.field(description="The invitation.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class InvitationPayload:
    """What a change of an invitation answers."""

    invitation: Invitation | None = edge(loaders.invitations.by_id, "invitation_id", "The invitation.")
    user_errors: list[UserError] = user_errors()
