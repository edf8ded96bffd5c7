"""Engagements: what can be asked and done."""

from typing import Any

import strawberry

import loaders.engagements
from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.engagements import (
    EngagementAssignCaseManagerInput,
    EngagementEndInput,
    EngagementPayload,
    EngagementRecordOutcomeInput,
    EngagementRemoveCaseManagerInput,
    EngagementStartInput,
)
from schema.context import Info
from schema.engagements import Engagement
from schema.fields import lookup
from workflows.engagements.assign import assign, remove
from workflows.engagements.outcomes import record_outcome
from workflows.engagements.start import end, start


@strawberry.type
class EngagementQueries:
    """Asking for engagements."""

    engagement: Engagement | None = lookup(
        loaders.engagements.by_id, "An engagement; null: there is none, or the viewer may not see it."
    )


@strawberry.type
class EngagementMutations:
    """Changing engagements."""

    @strawberry.mutation(description="Take a client into the first phase of a program.")
    async def engagement_start(self, info: Info, input: EngagementStartInput) -> EngagementPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await start(
                transaction,
                actor,
                client_id=input.client_id,
                program_id=input.program_id,
                campus_id=input.campus_id,
                case_manager_id=input.case_manager_id,
            )
            return {"engagement_id": id}

        return await act(info, input, work, subject="engagement_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="End that a client is in a program; it stays in their history.")
    async def engagement_end(self, info: Info, input: EngagementEndInput) -> EngagementPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await end(transaction, actor, input.id, expected_version=input.expected_version)
            return {"engagement_id": id}

        return await act(info, input, work, subject="engagement_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Make somebody the client's case manager; no other is assigned by itself then.")
    async def engagement_assign_case_manager(
        self, info: Info, input: EngagementAssignCaseManagerInput
    ) -> EngagementPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            version = input.expected_version
            id = await assign(transaction, actor, input.id, input.case_manager_id, expected_version=version)
            return {"engagement_id": id}

        return await act(info, input, work, subject="engagement_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take the case manager off; no other is assigned by itself then.")
    async def engagement_remove_case_manager(
        self, info: Info, input: EngagementRemoveCaseManagerInput
    ) -> EngagementPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await remove(transaction, actor, input.id, expected_version=input.expected_version)
            return {"engagement_id": id}

        return await act(info, input, work, subject="engagement_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Record how far a client has come in an outcome area.")
    async def engagement_record_outcome(self, info: Info, input: EngagementRecordOutcomeInput) -> EngagementPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await record_outcome(transaction, actor, input.engagement_id, input.area, input.percent)
            return {"engagement_id": id}

        return await act(info, input, work, subject="engagement_id")  # type: ignore[no-any-return]
