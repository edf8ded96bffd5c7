"""Changes of letters: what they are given and what they answer."""

import strawberry

import loaders.letters
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, idempotency_key
from schema.letters import Letter


@arguments
class LetterRetryInput:
    """An e-mail that was given up, to be tried again."""

    id: strawberry.ID = strawberry.field(description="The e-mail.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class LetterPayload:
    """What a change of an e-mail answers."""

    letter: Letter | None = edge(loaders.letters.by_id, "letter_id", "The e-mail.")
    user_errors: list[UserError] = user_errors()
