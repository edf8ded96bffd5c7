"""Changes of mentoring: what they are given and what they answer."""

from datetime import datetime

import strawberry

import loaders.mentoring
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.mentoring import MentoringAssignment, MentoringMail, MentoringNote, MentoringRequest, MentoringSession


@arguments
class MentoringRequestSubmitPublicInput:
    """A request for a mentor from the public form."""

    chapter_id: strawberry.ID = strawberry.field(description="The chapter that is asked.")
    first_name: str = strawberry.field(description="200 characters.")
    last_name: str = strawberry.field(description="200 characters.")
    email: str | None = strawberry.field(default=None, description="An e-mail address; it or a phone number.")
    phone: str | None = strawberry.field(default=None, description="A phone number; it or an e-mail address.")
    postal_code: str | None = strawberry.field(default=None, description="20 characters.")
    help: str = strawberry.field(description="What help is wanted: 4,000 characters.")


@arguments
class MentoringRequestSubmitInput(MentoringRequestSubmitPublicInput):
    """A request for a mentor: by a client for themself, or by a coordinator for a client."""

    mentor_user_id: strawberry.ID | None = strawberry.field(
        default=None, description="A client may ask for a mentor of the chapter whom they know: the person's id."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestOpenInput:
    """A request that one has open, or no longer."""

    id: strawberry.ID = strawberry.field(description="The request.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestAssignInput:
    """A mentor for a request."""

    id: strawberry.ID = strawberry.field(description="The request.")
    mentor_id: strawberry.ID = strawberry.field(description="The mentor.")
    override_reason: str | None = strawberry.field(
        default=None, description="Why a mentor who is at their limit should have one more: 4,000 characters."
    )
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringAssignmentAcceptInput:
    """An assignment to accept."""

    id: strawberry.ID = strawberry.field(description="The assignment.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringAssignmentDeclineInput:
    """An assignment to decline, or to hand back."""

    id: strawberry.ID = strawberry.field(description="The assignment.")
    reason: str | None = strawberry.field(default=None, description="Why: 4,000 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestPutBackInput:
    """A request to put back into the queue."""

    id: strawberry.ID = strawberry.field(description="The request.")
    tell_all: bool | None = strawberry.field(
        default=False, description="Whether all who coordinate the chapter's intake are e-mailed."
    )
    reason: str | None = strawberry.field(default=None, description="Why: 4,000 characters.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestTransferInput:
    """Where a request is to go."""

    id: strawberry.ID = strawberry.field(description="The request.")
    chapter_id: strawberry.ID = strawberry.field(
        description="The chapter; where it is not live, the request goes to the national queue."
    )
    reason: str = strawberry.field(description="Why: 4,000 characters.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestAddNoteInput:
    """A note to add."""

    id: strawberry.ID = strawberry.field(description="The request.")
    body: str = strawberry.field(description="The text: 10,000 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestMailClientInput:
    """An e-mail to the client."""

    id: strawberry.ID = strawberry.field(description="The request.")
    subject: str = strawberry.field(description="200 characters.")
    body: str = strawberry.field(description="The text: 10,000 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class MentoringRequestRecordSessionInput:
    """A session that was held."""

    id: strawberry.ID = strawberry.field(description="The request.")
    held_at: datetime | None = strawberry.field(default=None, description="When; null: now.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class MentoringRequestSubmitPublicPayload:
    """The same for everybody, whether or not we know them."""

    received: bool = strawberry.field(description="Whether the request is on its way to the chapter.")
    user_errors: list[UserError] = strawberry.field(description="Why it was refused; empty where it was not.")


@described
class MentoringRequestPayload:
    """What a change of a request answers."""

    request: MentoringRequest | None = edge(
        loaders.mentoring.by_id,
        "request_id",
        "The request; at a conflict, as it is now; null where the viewer sees it no longer.",
    )
    user_errors: list[UserError] = user_errors()


@described
class MentoringAssignmentPayload:
    """What a mentor's answer answers."""

    assignment: MentoringAssignment | None = edge(
        loaders.mentoring.assignment_by_id, "assignment_id", "The assignment; at a conflict, as it is now."
    )
    request: MentoringRequest | None = edge(
        loaders.mentoring.by_id, "request_id", "The request; null where it is no longer the viewer's."
    )
    user_errors: list[UserError] = user_errors()


@described
class MentoringNotePayload:
    """What an added note answers."""

    note: MentoringNote | None = edge(loaders.mentoring.note_by_id, "note_id", "The note.")
    request: MentoringRequest | None = edge(loaders.mentoring.by_id, "request_id", "The request that it is on.")
    user_errors: list[UserError] = user_errors()


@described
class MentoringMailPayload:
    """What an e-mail to a client answers."""

    mail: MentoringMail | None = edge(loaders.mentoring.mail_by_id, "mail_id", "The e-mail.")
    request: MentoringRequest | None = edge(loaders.mentoring.by_id, "request_id", "The request that it is about.")
    user_errors: list[UserError] = user_errors()


@described
class MentoringSessionPayload:
    """What a recorded session answers."""

    session: MentoringSession | None = edge(loaders.mentoring.session_by_id, "session_id", "The session.")
    request: MentoringRequest | None = edge(
        loaders.mentoring.by_id, "request_id", "The request; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()
