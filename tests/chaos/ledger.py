"""What one party was told, as its client kept it: the material that the oracle judges."""

from __future__ import annotations

import bisect
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from models.base import Id


@dataclass(frozen=True, slots=True)
class Heard:
    """A message about a record."""

    at: float
    """When the client had it, in seconds since 1970."""
    position: int
    """Where in the log its cursor lies."""
    record_id: Id
    event_id: int | None
    """None: access to the record ended."""
    notes: tuple[Id, ...] = ()
    """The notes that it showed."""


@dataclass
class Epoch:
    """From one snapshot to the next: a ledger of its own."""

    began: float
    head: int
    """The log's head that was read before the snapshot."""
    shown: frozenset[Id]
    """The records of the snapshot."""
    fold: dict[Id, tuple[int, str]]
    """The records as the client knows them now: version and status, from the snapshot and what it heard since."""
    heard: list[Heard] = field(default_factory=list)
    resynced: float | None = None
    """When the client was told to start again."""
    _positions: list[int] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)

    def passed(self, position: int) -> None:
        """The client's cursor has come to this position."""
        self._positions.append(position)
        self._times.append(time.time())

    def passed_at(self, position: int) -> float | None:
        """When the cursor came to this position or beyond; None: it has not yet."""
        found = bisect.bisect_left(self._positions, position)
        return self._times[found] if found < len(self._times) else None

    @property
    def position(self) -> int:
        """Where the cursor is."""
        return self._positions[-1] if self._positions else self.head

    def turned_back(self) -> int:
        """How often the cursor went backwards."""
        places = [self.head, *self._positions]
        return sum(later < earlier for earlier, later in itertools.pairwise(places))

    def upsert(self, record: dict[str, Any]) -> None:
        """Keep a record, unless a newer one is known."""
        known = self.fold.get(record["id"])
        if known is None or record["version"] >= known[0]:
            self.fold[record["id"]] = (record["version"], record.get("status", ""))


@dataclass
class Ledger:
    """All that a party heard."""

    epochs: list[Epoch] = field(default_factory=list)
    naps: list[tuple[float, float]] = field(default_factory=list)
    """When the client read nothing: what it heard then had been sent before."""
    closes: dict[int, int] = field(default_factory=dict)
    """How often its socket was closed, by code."""
    shut_out: int = 0
    """How often it was refused, or its socket closed, because its token was no longer good."""
    complaints: list[str] = field(default_factory=list)
    """Messages that no client should get."""

    @property
    def epoch(self) -> Epoch:
        """The present one."""
        return self.epochs[-1]
