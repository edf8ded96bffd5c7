"""Clients: what can be asked and done."""

from typing import Any

import strawberry

import loaders.clients
from models.clients import ContactPreference, RecordKind
from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act, given
from schema.changes.clients import (
    ClientConsentInput,
    ClientCreateInput,
    ClientCreatePayload,
    ClientNavigatorInput,
    ClientPayload,
    ClientUpdateInput,
)
from schema.clients import Client
from schema.context import Info
from schema.fields import lookup
from workflows import clients, navigators

_FIELDS = ("first_name", "last_name", "email", "phone", "postal_code", "birth_date", "contact_preference")


@strawberry.type
class ClientQueries:
    """Asking for clients."""

    client: Client | None = lookup(
        loaders.clients.by_id, "A client's record; null: there is none, or the viewer may not see it."
    )


@strawberry.type
class ClientMutations:
    """Changing clients."""

    @strawberry.mutation(description="Open a client's record in one of the viewer's organizations.")
    async def client_create(self, info: Info, input: ClientCreateInput) -> ClientCreatePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await clients.create(
                transaction,
                actor,
                organization_id=input.organization_id,
                first_name=input.first_name,
                last_name=input.last_name,
                email=input.email,
                phone=input.phone,
                postal_code=input.postal_code,
                birth_date=input.birth_date,
                contact_preference=ContactPreference(input.contact_preference or ContactPreference.EMAIL),
                kind=RecordKind(input.kind or RecordKind.CLIENT),
            )
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Change a client's record.")
    async def client_update(self, info: Info, input: ClientUpdateInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            changes = given(input, *_FIELDS)
            id = await clients.update(transaction, actor, input.id, changes, expected_version=input.expected_version)
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Record that a client agrees to live referrals.")
    async def client_give_consent(self, info: Info, input: ClientConsentInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await clients.give_consent(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Record that a client no longer agrees: programs lose sight of them at once.")
    async def client_withdraw_consent(self, info: Info, input: ClientConsentInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"client_id": await clients.withdraw_consent(transaction, actor, input.id)}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Make a member of the client's organization one of the client's navigators.")
    async def client_assign_navigator(self, info: Info, input: ClientNavigatorInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await navigators.assign(transaction, actor, client_id=input.client_id, user_id=input.user_id)
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="End that somebody is a client's navigator.")
    async def client_unassign_navigator(self, info: Info, input: ClientNavigatorInput) -> ClientPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await navigators.unassign(transaction, actor, client_id=input.client_id, user_id=input.user_id)
            return {"client_id": id}

        return await act(info, input, work, subject="client_id")  # type: ignore[no-any-return]
