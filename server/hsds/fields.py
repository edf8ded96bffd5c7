"""The fields of an entry: text, trimmed and bounded like everything that people type here."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from workflows import text
from workflows.refusals import Refusal, RefusedError

Values = Mapping[str, Any]
Note = Callable[[str, str], None]
"""Takes the field and the reason where a row is kept, but not all of it."""

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+([/?#]\S*)?")
_LIMITS = {"latitude": 90, "longitude": 180}


def optional(values: Values, field: str, limit: int = text.NAME) -> str | None:
    """The text, or None; a number is text too."""
    value = values.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise RefusedError(Refusal.INVALID, "It is not text.", field)
    return text.optional(str(value), limit, field)


def required(values: Values, field: str) -> str:
    """The text, which must be there."""
    value = optional(values, field)
    if value is None:
        raise RefusedError(Refusal.BLANK, "It must not be blank.", field)
    return value


def email(values: Values, note: Note) -> str | None:
    """The e-mail address; None, with a note, where it is none."""
    value = optional(values, "email", text.LINE)
    try:
        return text.email(value, "email")
    except RefusedError as refused:
        note("email", refused.message)
        return None


def website(values: Values, field: str, note: Note) -> str | None:
    """The address of a website; None, with a note, where it is none."""
    value = optional(values, field, text.LINE)
    if value is None or _WEB.fullmatch(value):
        return value
    if _DOMAIN.fullmatch(value):
        return f"https://{value}"
    # It will be a link on somebody's screen, and there are links that run programs.
    note(field, "It is not the address of a website.")
    return None


def coordinates(values: Values, note: Note) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude; neither, with a note, where they do not name a place."""
    given = {"latitude": optional(values, "latitude"), "longitude": optional(values, "longitude")}
    if not any(given.values()):
        return None, None
    degrees = [_degrees(value, _LIMITS[field]) for field, value in given.items()]
    for (field, value), found in zip(given.items(), degrees, strict=True):
        if found is None:
            note(field, f"{value} is not a {field}." if value else "It is missing.")
    latitude, longitude = degrees
    if latitude is None or longitude is None:
        return None, None
    if latitude == longitude == 0:
        note("latitude", "0, 0 is what is written where the place is not known.")
        return None, None
    return latitude, longitude


def _degrees(value: str | None, limit: int) -> float | None:
    try:
        degrees = float(value or "")
    except ValueError:
        return None
    return degrees if isfinite(degrees) and abs(degrees) <= limit else None
