"""Phases and personas: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from models.phases import ApproverKind
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.phases import PersonaAddInput, PersonaPayload, PhaseAddInput, PhasePayload
from schema.context import Info
from workflows import phases
from workflows.phases import ApprovedBy, AssignedAt, Threshold


@strawberry.type
class PhaseMutations:
    """Changing phases and personas."""

    @strawberry.mutation(description="Add a phase at the end of a program that one administers.")
    async def phase_add(self, info: Info, input: PhaseAddInput) -> PhasePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await phases.add(
                transaction,
                actor,
                program_id=input.program_id,
                name=input.name,
                approvers=[ApprovedBy(ApproverKind(a.kind), a.role_id, a.user_id) for a in input.approvers],
                warnings=[Threshold(w.area, w.threshold) for w in input.warnings or []],
                assigned_at=[
                    AssignedAt(a.campus_id, 120 if a.delay_seconds is None else a.delay_seconds)
                    for a in input.automatic_assignments or []
                ],
            )
            return {"phase_id": id}

        return await act(info, input, work, subject="phase_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Add a persona by which an organization that one administers describes clients.")
    async def persona_add(self, info: Info, input: PersonaAddInput) -> PersonaPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await phases.add_persona(transaction, actor, organization_id=input.organization_id, name=input.name)
            return {"persona_id": id}

        return await act(info, input, work, subject="persona_id")  # type: ignore[no-any-return]
