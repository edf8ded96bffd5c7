"""Chapters: what can be asked about the settings of their intake, and done."""

from dataclasses import asdict
from typing import Annotated, Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act, check_text
from schema.changes.chapters import ChapterPayload, IntakeSettingsSimulateInput, IntakeSettingsUpdateInput
from schema.chapters import IntakeSimulation
from schema.context import Info
from schema.errors import as_user_error
from workflows import intake
from workflows.refusals import RefusedError


def _settings(input: IntakeSettingsSimulateInput) -> intake.Settings:
    return intake.Settings(input.answer_days, input.stagnation_days, input.weekly_limit)


Tried = Annotated[IntakeSettingsSimulateInput, strawberry.argument(description="What is tried out.")]


@strawberry.type
class ChapterQueries:
    """Asking what settings would do."""

    @strawberry.field(description="What other settings would change about a chapter's open requests; writes nothing.")
    async def intake_settings_simulate(self, info: Info, input: Tried) -> IntakeSimulation:
        context = info.context
        try:
            check_text(input)
            effects = await intake.simulate(
                context.services.database, context.actor, input.chapter_id, _settings(input)
            )
        except RefusedError as error:
            return {"moved": 0, "effects": [], "user_errors": [as_user_error(error)]}  # type: ignore[return-value]
        moved = len({effect.request_id for effect in effects})
        return {"moved": moved, "effects": [asdict(effect) for effect in effects], "user_errors": []}  # type: ignore[return-value]


@strawberry.type
class ChapterMutations:
    """Changing the settings of an intake."""

    @strawberry.mutation(
        description="Set how long mentors have to answer, when a request is stagnant, and how many a mentor gets; "
        "open requests change as `intakeSettingsSimulate` says."
    )
    async def intake_settings_update(self, info: Info, input: IntakeSettingsUpdateInput) -> ChapterPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await intake.update(
                transaction, actor, input.chapter_id, _settings(input), expected_version=input.expected_version
            )
            return {"chapter_id": id}

        return await act(info, input, work, subject="chapter_id")  # type: ignore[no-any-return]
