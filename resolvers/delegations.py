"""Delegations: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.delegations import DelegationEndInput, DelegationNameInput, DelegationPayload
from schema.context import Info
from workflows import delegations


@strawberry.type
class DelegationMutations:
    """Changing who stands in for whom."""

    @strawberry.mutation(description="Have a colleague decide in one's place for a period; open submissions follow.")
    async def delegation_name(self, info: Info, input: DelegationNameInput) -> DelegationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await delegations.name_delegate(
                transaction,
                actor,
                organization_id=input.organization_id,
                delegate_id=input.delegate_id,
                starts_at=input.starts_at,
                ends_at=input.ends_at,
            )
            return {"delegation_id": id}

        return await act(info, input, work, subject="delegation_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="End a delegation before its time.")
    async def delegation_end(self, info: Info, input: DelegationEndInput) -> DelegationPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"delegation_id": await delegations.end(transaction, actor, input.id)}

        return await act(info, input, work, subject="delegation_id")  # type: ignore[no-any-return]
