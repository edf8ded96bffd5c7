"""The time. Everything that depends on it asks here, so that tests can move it."""

from datetime import UTC, datetime, timedelta

_offset = timedelta(0)


def now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC) + _offset


def move(by: timedelta) -> None:
    """Move the clock, for tests: from now on `now()` is later by this much."""
    global _offset
    _offset += by


def reset() -> None:
    """Back to the real time."""
    global _offset
    _offset = timedelta(0)
