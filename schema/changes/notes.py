"""Changes of notes: what they are given and what they answer."""

from typing import TYPE_CHECKING

import strawberry

import loaders.referrals
from schema.errors import user_errors
from schema.fields import arguments, described, edge, idempotency_key

if TYPE_CHECKING:
    from schema.referrals import Referral
import loaders.notes
from schema.errors import UserError
from schema.notes import Note
from schema.referrals import Referral


@arguments
class ReferralAddNoteInput:
    """A note to add."""

    referral_id: strawberry.ID = strawberry.field(description="The referral it is on.")
    body: str = strawberry.field(description="The text: 10,000 characters.")
    shared: bool | None = strawberry.field(default=True, description="False: keep it inside one's own organization.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ReferralDeleteNoteInput:
    """A note to delete for good."""

    id: strawberry.ID = strawberry.field(description="The note.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class NotePayload:
    """What a change of a note answers."""

    note: Note | None = edge(loaders.notes.by_id, "note_id", "The note.")
    referral: Referral | None = edge(loaders.referrals.by_id, "referral_id", "The referral that it is on.")
    user_errors: list[UserError] = user_errors()
