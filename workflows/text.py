"""What people type: trimmed, bounded, and free of what PostgreSQL or JSON cannot carry."""

import re
import unicodedata
from uuid import UUID

from models.base import Id
from workflows.refusals import Refusal, RefusedError, not_found

NAME = 200
LINE = 500
COMMENT = 4_000
NOTE = 10_000

_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Zs")
"""The categories of characters that print nothing: controls, zero-width ones, white space."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\".]+")


def storable(value: str) -> bool:
    """Whether the text has no NUL and no lone surrogate."""
    return _UNSTORABLE.search(value) is None


def optional(value: str | None, limit: int, *field: str) -> str | None:
    """The text without the white space around it; None where nothing is left that one could see."""
    if value is None:
        return None
    if not storable(value):
        raise RefusedError(Refusal.INVALID, "It contains a character that cannot be kept.", *field)
    value = value.strip()
    if len(value) > limit:
        raise RefusedError(Refusal.TOO_LONG, f"It is longer than {limit:,} characters.", *field)
    return value if any(unicodedata.category(character) not in _UNSEEN for character in value) else None


def required(value: str, limit: int, *field: str) -> str:
    """The text without the white space around it; refused where nothing is left."""
    text = optional(value, limit, *field)
    if text is None:
        raise RefusedError(Refusal.BLANK, "It must not be blank.", *field)
    return text


def email(value: str | None, *field: str) -> str | None:
    """An e-mail address, or None."""
    address = optional(value, 254, *field)
    if address is not None and not _EMAIL.fullmatch(address):
        raise RefusedError(Refusal.INVALID, "It is not an e-mail address.", *field)
    return address


def as_id(value: str | None) -> Id | None:
    """The id in its canonical form; None if it is not an id at all, and so names nothing."""
    try:
        return str(UUID(value)) if value is not None and len(value) == 36 else None
    except ValueError:
        return None


def known_id(value: str, what: str, *field: str) -> Id:
    """The id in its canonical form; what cannot be an id is not found."""
    id = as_id(value)
    if id is None:
        raise not_found(what, *field)
    return id
