"""Submissions for approval: what can be asked and done."""

from typing import Annotated, Any

import strawberry

import loaders.progressions
from models.database import Transaction
from models.progressions import ApprovalDecision, ProgressionKind
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.progressions import (
    ProgressionApproveInput,
    ProgressionDenyInput,
    ProgressionPayload,
    ProgressionSubmitInput,
    ProgressionWithdrawInput,
)
from schema.context import Info
from schema.errors import as_user_error
from schema.fields import lookup
from schema.progressions import Progression
from schema.simulations import ProgressionSimulateInput, ProgressionSimulation
from workflows.progressions.decide import approve, deny
from workflows.progressions.plan import Automatic, Recommendation
from workflows.progressions.simulate import Simulation, simulate_decision, simulate_submission
from workflows.progressions.submit import submit
from workflows.progressions.withdraw import withdraw
from workflows.refusals import RefusedError

Tried = Annotated[ProgressionSimulateInput, strawberry.argument(description="What is tried out.")]


@strawberry.type
class ProgressionQueries:
    """Asking for submissions, and what would come of them."""

    progression: Progression | None = lookup(
        loaders.progressions.by_id, "A submission; null: there is none, or the viewer may not see it."
    )

    @strawberry.field(description="What submitting or deciding would do; nothing of it is done.")
    async def progression_simulate(self, info: Info, input: Tried) -> ProgressionSimulation:
        try:
            return _shown(await _simulate(info, input))  # type: ignore[return-value]
        except RefusedError as refused:
            error = as_user_error(refused)
            return {**_NOTHING, "user_errors": [error]}  # type: ignore[return-value]


@strawberry.type
class ProgressionMutations:
    """Submitting and deciding."""

    @strawberry.mutation(description="Submit a client of one's caseload for the next phase, or for another persona.")
    async def progression_submit(self, info: Info, input: ProgressionSubmitInput) -> ProgressionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await submit(
                transaction,
                actor,
                input.engagement_id,
                _recommendation(input),
                reason=input.reason,
                replaces_id=input.replaces_id,
            )
            return {"progression_id": id}

        return await act(info, input, work, subject="progression_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Approve a submission; with the last approval the client moves on.")
    async def progression_approve(self, info: Info, input: ProgressionApproveInput) -> ProgressionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            version = input.expected_version
            id = await approve(transaction, actor, input.id, expected_version=version, comments=input.comments)
            return {"progression_id": id}

        return await act(info, input, work, subject="progression_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Deny a submission: the client stays where they are, the submitter is e-mailed.")
    async def progression_deny(self, info: Info, input: ProgressionDenyInput) -> ProgressionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            version = input.expected_version
            id = await deny(transaction, actor, input.id, expected_version=version, comments=input.comments)
            return {"progression_id": id}

        return await act(info, input, work, subject="progression_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Withdraw a submission of one's own: it leaves every queue.")
    async def progression_withdraw(self, info: Info, input: ProgressionWithdrawInput) -> ProgressionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await withdraw(transaction, actor, input.id, expected_version=input.expected_version)
            return {"progression_id": id}

        return await act(info, input, work, subject="progression_id")  # type: ignore[no-any-return]


def _recommendation(input: Any) -> Recommendation:
    return Recommendation(ProgressionKind(input.kind), input.phase_id, input.campus_id, input.persona_id)


async def _simulate(info: Info, input: ProgressionSimulateInput) -> Simulation:
    reads, actor = info.context.services.database, info.context.actor
    if input.submit:
        submission = input.submit
        return await simulate_submission(reads, actor, submission.engagement_id, _recommendation(submission))
    assert input.decide
    return await simulate_decision(reads, actor, input.decide.id, ApprovalDecision(input.decide.decision))


_NOTHING: dict[str, Any] = {
    "status": None,
    "waits_for": None,
    "approvers": [],
    "warnings": [],
    "emails": [],
    "phase_id": None,
    "campus_id": None,
    "persona_id": None,
    "automatic_assignment": None,
    "user_errors": [],
}


def _shown(simulation: Simulation) -> dict[str, Any]:
    route = simulation.route
    return {
        "status": simulation.status,
        "waits_for": simulation.waits_for,
        "approvers": [
            {"number": approver.number, "role_id": approver.role_id, "people": _people(approver.people)}
            for approver in (route.approvers if route else ())
        ],
        "warnings": route.warnings if route else [],
        "emails": _people(simulation.mailed),
        "phase_id": simulation.phase_id,
        "campus_id": simulation.campus_id,
        "persona_id": simulation.persona_id,
        "automatic_assignment": None if simulation.automatic is None else _assignment(simulation.automatic),
        "user_errors": [],
    }


def _people(ids: Any) -> list[dict[str, Any]]:
    return [{"person_id": id} for id in ids]


def _assignment(automatic: Automatic) -> dict[str, Any]:
    choice = automatic.choice
    return {
        "delay_seconds": automatic.delay_seconds,
        "case_manager_id": choice.chosen,
        "reason": choice.reason,
        "candidates": choice.candidates,
    }
