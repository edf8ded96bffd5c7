"""Mentors: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from models.mentors import MentorKind
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.mentors import (
    MentorEnrolInput,
    MentorPauseInput,
    MentorPayload,
    MentorResumeInput,
    MentorSetLimitInput,
)
from schema.context import Info
from workflows import mentors


@strawberry.type
class MentorMutations:
    """Changing mentors."""

    @strawberry.mutation(description="Say that a member of a chapter mentors, or no longer does.")
    async def mentor_enrol(self, info: Info, input: MentorEnrolInput) -> MentorPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await mentors.enrol(
                transaction,
                actor,
                chapter_id=input.chapter_id,
                user_id=input.user_id,
                kind=MentorKind(input.kind),
                languages=input.languages,
                expertise=input.expertise,
                active=input.active is not False,
            )
            return {"mentor_id": id}

        return await act(info, input, work, subject="mentor_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take no new requests, for a time or until further notice.")
    async def mentor_pause(self, info: Info, input: MentorPauseInput) -> MentorPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await mentors.pause(
                transaction,
                actor,
                input.id,
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                expected_version=input.expected_version,
            )
            return {"mentor_id": id}

        return await act(info, input, work, subject="mentor_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Take new requests again.")
    async def mentor_resume(self, info: Info, input: MentorResumeInput) -> MentorPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await mentors.resume(transaction, actor, input.id, expected_version=input.expected_version)
            return {"mentor_id": id}

        return await act(info, input, work, subject="mentor_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Set how many new requests a week one takes.")
    async def mentor_set_limit(self, info: Info, input: MentorSetLimitInput) -> MentorPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await mentors.set_limit(
                transaction, actor, input.id, input.weekly_limit, expected_version=input.expected_version
            )
            return {"mentor_id": id}

        return await act(info, input, work, subject="mentor_id")  # type: ignore[no-any-return]
