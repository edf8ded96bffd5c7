"""Cursors: places in the log, signed, and bound to the viewer and to the log's epoch."""

import struct
from dataclasses import dataclass
from uuid import UUID

from models.base import Id
from policies.signing import Signer

_PURPOSE = "feed"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Everything up to `position` is told; of the next event that ends access, all records up to `ended`."""

    position: int
    ended: Id | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is no cursor of this viewer."""


@dataclass(frozen=True, slots=True)
class OtherEpoch:
    """A cursor of this viewer in a log that is no longer."""


class Cursors:
    """Writes and reads cursors."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def write(self, cursor: Cursor, user_id: Id, epoch: Id) -> str:
        """The cursor as clients keep it."""
        payload = UUID(epoch).bytes + struct.pack(">Q", cursor.position)
        if cursor.ended is not None:
            payload += UUID(cursor.ended).bytes
        return self._signer.sign(f"{_PURPOSE} {user_id}", payload)

    def read(self, text: str, user_id: Id, epoch: Id) -> Cursor | Unreadable | OtherEpoch:
        """The place that the text names."""
        payload = self._signer.verify(f"{_PURPOSE} {user_id}", text)
        if payload is None or len(payload) not in (24, 40):
            return Unreadable()
        if payload[:16] != UUID(epoch).bytes:
            return OtherEpoch()
        [position] = struct.unpack(">Q", payload[16:24])
        return Cursor(position, str(UUID(bytes=payload[24:])) if len(payload) == 40 else None)
