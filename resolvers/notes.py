"""Notes: what can be done."""

from typing import Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from resolvers.acting import act
from schema.changes.notes import NotePayload, ReferralAddNoteInput, ReferralDeleteNoteInput
from schema.context import Info
from workflows import notes


@strawberry.type
class NoteMutations:
    """Changing notes."""

    @strawberry.mutation(description="Add a note to a referral, for all its parties or inside one's organization.")
    async def referral_add_note(self, info: Info, input: ReferralAddNoteInput) -> NotePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            shared = input.shared is not False
            return await notes.add(transaction, actor, referral_id=input.referral_id, body=input.body, shared=shared)

        return await act(info, input, work, subject="note_id")  # type: ignore[no-any-return]

    @strawberry.mutation(description="Delete a note: its text is gone for good, that it was there stays in history.")
    async def referral_delete_note(self, info: Info, input: ReferralDeleteNoteInput) -> NotePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            return await notes.delete(transaction, actor, input.id)

        return await act(info, input, work, subject="note_id")  # type: ignore[no-any-return]
