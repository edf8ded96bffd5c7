"""One mutation is one transaction, opened here (design: how one act travels)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from models.database import Transaction
from policies.actors import Actor
from policies.actors import actor as read_actor
from schema.context import Info
from schema.errors import UnauthenticatedError, as_user_error
from workflows import idempotency
from workflows.refusals import Refusal, RefusedError
from workflows.text import NAME, storable

Work = Callable[[Transaction, Actor], Awaitable[dict[str, Any]]]
"""A workflow, bound to its input; it answers the ids that the payload shows, such as `referral_id`."""


class Payload(dict[str, Any]):
    """The source of a payload: what a refused change does not say is null."""

    def __missing__(self, key: str) -> None:
        return None


async def act(info: Info, input: Any, work: Work, *, subject: str) -> Any:
    """Run the work in one transaction as the person who asks, once for each idempotency key; refusals become errors.

    `subject` names the id in the payload under which a conflict shows the current state.
    """
    try:
        result = await _commit(info, input, work)
    except RefusedError as error:
        return Payload({subject: error.current, "user_errors": [as_user_error(each) for each in error.refusals]})
    return Payload({**result, "user_errors": []})


async def _commit(info: Info, input: Any, work: Work) -> dict[str, Any]:
    context = info.context
    credentials = context.credentials
    if credentials is None:
        raise UnauthenticatedError
    async with context.services.database.transaction() as transaction:
        actor = await read_actor(transaction, credentials.user_id, session_id=credentials.session_id)
        if actor is None:
            raise UnauthenticatedError
        context.become(actor)
        check_text(input)
        key = input.idempotency_key
        if key is None:
            return await work(transaction, actor)
        if not 0 < len(key) <= NAME:
            raise RefusedError(Refusal.INVALID, "It must have from 1 to 200 characters.", "idempotencyKey")
        fingerprint = idempotency.fingerprint(info.field_name, as_plain(input))
        earlier = await idempotency.claim(transaction, credentials.user_id, key, fingerprint)
        if earlier is not None:
            return earlier
        result = await work(transaction, actor)
        await idempotency.keep(transaction, credentials.user_id, key, result)
        return result


def check_text(input: Any) -> None:
    """Refuse an input with text that cannot be kept, naming the field."""
    for name, value in vars(input).items():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and not storable(item):
                message = "It contains a character that cannot be kept."
                raise RefusedError(Refusal.INVALID, message, to_camel_case(name))


def given(input: Any, *names: str) -> dict[str, Any]:
    """The named fields of an input that were given at all, null or not."""
    return {name: value for name in names if (value := getattr(input, name)) is not strawberry.UNSET}


def as_plain(input: Any) -> Mapping[str, Any]:
    """The input as JSON data, without what was not given."""
    return {name: value for name, value in vars(input).items() if value is not strawberry.UNSET}
