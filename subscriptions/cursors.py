"""Cursors: places in the log, signed, and bound to the viewer and to the log as it was when they were written."""

import struct
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from models.base import Id
from policies.signing import Signer

_PURPOSE = "feed"
_FORM = struct.Struct(">16sQQQ")


class Mark(NamedTuple):
    """An event of the log, known again by its time. A backup that is restored has another one there, or none."""

    position: int
    at: int
    """In microseconds since 1970; 0 at position 0, which is before the first event."""


def mark(position: int, at: datetime | None) -> Mark:
    """The event at this position, which happened then."""
    return Mark(position, 0 if at is None else round(at.timestamp() * 1_000_000))


class Cursor(NamedTuple):
    """Everything up to `position` is told; of the next event that ends access, all records up to `ended`."""

    position: int
    end: Mark
    """The end of the log when the cursor was written: what the viewer knows may come from anywhere up to there."""
    ended: Id | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is no cursor of this viewer."""


@dataclass(frozen=True, slots=True)
class OtherEpoch:
    """A cursor of this viewer in a log that is no longer."""


@lru_cache(2)
def _bytes(epoch: Id) -> bytes:
    return UUID(epoch).bytes


class Cursors:
    """Writes and reads cursors."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def write(self, cursor: Cursor, user_id: Id, epoch: Id) -> str:
        """The cursor as clients keep it."""
        payload = _FORM.pack(_bytes(epoch), cursor.position, *cursor.end)
        if cursor.ended is not None:
            payload += UUID(cursor.ended).bytes
        return self._signer.sign(f"{_PURPOSE} {user_id}", payload)

    def read(self, text: str, user_id: Id, epoch: Id) -> Cursor | Unreadable | OtherEpoch:
        """The place that the text names."""
        payload = self._signer.verify(f"{_PURPOSE} {user_id}", text)
        if payload is None or len(payload) not in (_FORM.size, _FORM.size + 16):
            return Unreadable()
        written_in, position, end, at = _FORM.unpack_from(payload)
        if written_in != UUID(epoch).bytes:
            return OtherEpoch()
        ended = payload[_FORM.size :]
        return Cursor(position, Mark(end, at), str(UUID(bytes=ended)) if ended else None)
