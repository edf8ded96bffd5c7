"""Goals: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from models.goals import GoalStatus
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.goals import GoalAddInput, GoalPayload, GoalUpdateInput
from schema.context import Info
from workflows import goals


@strawberry.type
class GoalMutations:
    """Changing goals."""

    @strawberry.mutation(description="Give a client a goal.")
    async def goal_add(self, info: Info, input: GoalAddInput) -> GoalPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"goal_id": await goals.add(transaction, actor, client_id=input.client_id, title=input.title)}

        return await act(info, input, work, subject="goal_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Change a goal's title or status.")
    async def goal_update(self, info: Info, input: GoalUpdateInput) -> GoalPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await goals.update(
                transaction,
                actor,
                input.id,
                title=input.title,
                status=None if input.status is None else GoalStatus(input.status),
                expected_version=input.expected_version,
            )
            return {"goal_id": id}

        return await act(info, input, work, subject="goal_id")  # type: ignore[no-any-return]
