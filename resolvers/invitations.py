"""Invitations: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.clients import ClientPayload
from schema.changes.invitations import ClientInviteInput, InvitationInput, InvitationPayload, MembershipInviteInput
from schema.changes.organizations import OrganizationPayload
from schema.context import Info
from workflows import invitations


@strawberry.type
class InvitationMutations:
    """Inviting people, and accepting."""

    @strawberry.mutation(description="Invite a client to an account in the portal; an earlier invitation is revoked.")
    async def client_invite(self, info: Info, input: ClientInviteInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await invitations.invite_client(transaction, actor, input.client_id, input.address)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Invite whoever has an address into an organization, with roles.")
    async def membership_invite(self, info: Info, input: MembershipInviteInput) -> InvitationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            roles = [str(id) for id in input.role_ids]
            organization = input.organization_id
            id = await invitations.invite_member(
                transaction, actor, organization_id=organization, address=input.address, role_ids=roles
            )
            return {"invitation_id": id}

        return await act(info, input, work, subject="invitation_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Send an invitation again, to the address that it went to first.")
    async def invitation_resend(self, info: Info, input: InvitationInput) -> InvitationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"invitation_id": await invitations.resend(transaction, actor, input.id)}

        return await act(info, input, work, subject="invitation_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take an invitation back: its letter leads nowhere from now on.")
    async def invitation_revoke(self, info: Info, input: InvitationInput) -> InvitationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"invitation_id": await invitations.revoke(transaction, actor, input.id)}

        return await act(info, input, work, subject="invitation_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Become a member: accept an invitation that was sent to the viewer's address.")
    async def invitation_accept(self, info: Info, input: InvitationInput) -> OrganizationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"organization_id": await invitations.accept_own(transaction, actor, input.id)}

        return await act(info, input, work, subject="organization_id")  # type: ignore[no-any-return]
