"""What clients say over graphql-transport-ws, checked for its shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

MAX_ID = 128

Message = Mapping[str, Any]


class CloseError(Exception):
    """The socket is to be closed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:123].decode(errors="ignore")
        """As long as a close frame allows."""


def parsed(text: str | None) -> Message:
    """A message, of whatever type it says; None stands for one that is not text."""
    if text is None:
        raise CloseError(4400, "Messages are text")
    try:
        message = orjson.loads(text)
    except ValueError as error:
        raise CloseError(4400, "A message is not valid JSON") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise CloseError(4400, "A message is an object with a type")
    return message


def id_of(message: Message) -> str:
    """The id of the operation that the message is about."""
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID:
        raise CloseError(4400, f"{message['type']} has an id of 1 to {MAX_ID} characters")
    return id


def payload_of(message: Message) -> Message | None:
    """What comes with `connection_init`, `ping` or `pong`, if anything does."""
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise CloseError(4400, f"The payload of {message['type']} is an object")
    return payload


def asked(message: Message) -> tuple[str, str | None, dict[str, Any] | None]:
    """The document of a `subscribe`, the name of the operation and its variables."""
    payload = message.get("payload")
    if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
        raise CloseError(4400, "subscribe has a payload with a query")
    name, variables = payload.get("operationName"), payload.get("variables")
    if not isinstance(name, str | None) or not isinstance(variables, dict | None):
        raise CloseError(4400, "operationName is a string, variables an object")
    if not isinstance(payload.get("extensions"), dict | None):
        raise CloseError(4400, "extensions is an object")
    return payload["query"], name or None, variables
