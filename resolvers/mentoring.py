"""Requests for a mentor: what can be asked and done."""

from typing import Annotated, Any

import strawberry

import loaders.mentoring
import loaders.mentors
from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import Payload, act, check_text
from resolvers.throttle import Throttle
from schema.changes.mentoring import (
    MentoringAssignmentAcceptInput,
    MentoringAssignmentDeclineInput,
    MentoringAssignmentPayload,
    MentoringMailPayload,
    MentoringNotePayload,
    MentoringRequestAddNoteInput,
    MentoringRequestAssignInput,
    MentoringRequestMailClientInput,
    MentoringRequestOpenInput,
    MentoringRequestPayload,
    MentoringRequestPutBackInput,
    MentoringRequestRecordSessionInput,
    MentoringRequestSubmitInput,
    MentoringRequestSubmitPublicInput,
    MentoringRequestSubmitPublicPayload,
    MentoringRequestTransferInput,
    MentoringSessionPayload,
)
from schema.context import Info
from schema.errors import as_user_error
from schema.fields import columns_of
from schema.mentoring import MentoringRequest
from schema.mentors import MentorCandidate, MentorScope, candidate
from schema.node import RecordId
from workflows import clock
from workflows.mentoring import answer, mails, notes, openings
from workflows.mentoring.assign import assign
from workflows.mentoring.put_back import put_back
from workflows.mentoring.sessions import record_session
from workflows.mentoring.submit import submit
from workflows.mentoring.transfer import transfer
from workflows.refusals import Refusal, RefusedError
from workflows.text import as_id

Scope = Annotated[MentorScope, strawberry.argument(description="How far the list reaches from the request's chapter.")]
RequestId = Annotated[strawberry.ID, strawberry.argument(description="The request's id.")]

_FORM = ("chapter_id", "first_name", "last_name", "email", "phone", "postal_code", "help")
_submissions = Throttle(failures=10, window=3600)
"""So many requests from one address of the network: a library's visitors share one."""


@strawberry.type
class MentoringQueries:
    """Asking for requests."""

    @strawberry.field(description="A request for a mentor; null: there is none, or the viewer may not see it.")
    async def mentoring_request(self, info: Info, id: RecordId) -> MentoringRequest | None:
        columns = columns_of("MentoringRequest")
        return await info.context.loaders.one(loaders.mentoring.by_id, columns, as_id(id))  # type: ignore[return-value]

    @strawberry.field(
        description="The mentors for a request, those who carry least first, and why some are not offered; "
        "empty where the viewer does not coordinate the intake of its chapter."
    )
    async def mentor_candidates(
        self, info: Info, request_id: RequestId, scope: Scope = MentorScope.CHAPTER
    ) -> list[MentorCandidate]:
        known = as_id(request_id)
        if known is None:
            return []
        context = info.context
        found = await loaders.mentors.candidates(
            context.services.database, context.actor, known, MentorScope(scope).value, clock.now()
        )
        return [candidate(row) for row in found]  # type: ignore[misc]


@strawberry.type
class MentoringMutations:
    """Changing requests."""

    @strawberry.mutation(description="Ask for a mentor: as a client, or as a coordinator for a client.")
    async def mentoring_request_submit(self, info: Info, input: MentoringRequestSubmitInput) -> MentoringRequestPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            form = {name: getattr(input, name) for name in _FORM}
            return {"request_id": await submit(transaction, actor, mentor_user_id=input.mentor_user_id, **form)}

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Ask for a mentor without signing in. Ten an hour from one address.")
    async def mentoring_request_submit_public(
        self, info: Info, input: MentoringRequestSubmitPublicInput
    ) -> MentoringRequestSubmitPublicPayload:
        try:
            check_text(input)
            if not _submissions.is_open(info.context.client):
                raise RefusedError(Refusal.RATE_LIMITED, "Too many requests from here. Try again in an hour.")
            # Counted before it is done: many at once are many.
            _submissions.failed(info.context.client)
            async with info.context.services.database.transaction() as transaction:
                await submit(transaction, None, **{name: getattr(input, name) for name in _FORM})
        except RefusedError as error:
            return Payload({"received": False, "user_errors": [as_user_error(error)]})  # type: ignore[return-value]
        return Payload({"received": True, "user_errors": []})  # type: ignore[return-value]

    @strawberry.mutation(
        description="Show the other coordinators that one has a request open; say so again within two minutes."
    )
    async def mentoring_request_open(self, info: Info, input: MentoringRequestOpenInput) -> MentoringRequestPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"request_id": await openings.open_(transaction, actor, input.id)}

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Show the other coordinators that one has a request open no longer.")
    async def mentoring_request_close(self, info: Info, input: MentoringRequestOpenInput) -> MentoringRequestPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return {"request_id": await openings.close(transaction, actor, input.id)}

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Assign a request to a mentor, or to another one; the mentor is e-mailed.")
    async def mentoring_request_assign(self, info: Info, input: MentoringRequestAssignInput) -> MentoringRequestPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await assign(
                transaction,
                actor,
                input.id,
                input.mentor_id,
                override_reason=input.override_reason,
                expected_version=input.expected_version,
            )
            return {"request_id": id}

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Accept a request that is assigned to one.")
    async def mentoring_assignment_accept(
        self, info: Info, input: MentoringAssignmentAcceptInput
    ) -> MentoringAssignmentPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await answer.accept(transaction, actor, input.id)

        return await act(info, input, work, subject="assignment_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Decline a request that is assigned to one: it goes back to the queue.")
    async def mentoring_assignment_decline(
        self, info: Info, input: MentoringAssignmentDeclineInput
    ) -> MentoringAssignmentPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await answer.decline(transaction, actor, input.id, reason=input.reason)

        return await act(info, input, work, subject="assignment_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Hand a request that one has accepted back to the queue.")
    async def mentoring_assignment_hand_back(
        self, info: Info, input: MentoringAssignmentDeclineInput
    ) -> MentoringAssignmentPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await answer.hand_back(transaction, actor, input.id, reason=input.reason)

        return await act(info, input, work, subject="assignment_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Put a request whose mentor has not answered back into the queue at once.")
    async def mentoring_request_put_back(
        self, info: Info, input: MentoringRequestPutBackInput
    ) -> MentoringRequestPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await put_back(
                transaction,
                actor,
                input.id,
                tell_all=input.tell_all is True,
                reason=input.reason,
                expected_version=input.expected_version,
            )
            return {"request_id": id}

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Transfer a request to another chapter, with its notes and its history.")
    async def mentoring_request_transfer(
        self, info: Info, input: MentoringRequestTransferInput
    ) -> MentoringRequestPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            id = await transfer(
                transaction,
                actor,
                input.id,
                chapter_id=input.chapter_id,
                reason=input.reason,
                expected_version=input.expected_version,
            )
            return {"request_id": id}

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Add a note to a request, for those who work on it.")
    async def mentoring_request_add_note(self, info: Info, input: MentoringRequestAddNoteInput) -> MentoringNotePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await notes.add(transaction, actor, input.id, body=input.body)

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Write to the client of a request; the e-mail is kept with it.")
    async def mentoring_request_mail_client(
        self, info: Info, input: MentoringRequestMailClientInput
    ) -> MentoringMailPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await mails.write(transaction, actor, input.id, subject=input.subject, body=input.body)

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Record that mentor and client have met: the request leaves the queue.")
    async def mentoring_request_record_session(
        self, info: Info, input: MentoringRequestRecordSessionInput
    ) -> MentoringSessionPayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await record_session(
                transaction, actor, input.id, held_at=input.held_at, expected_version=input.expected_version
            )

        return await act(info, input, work, subject="request_id")  # type: ignore[no-any-return]
