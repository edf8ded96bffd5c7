"""The tail: reads the log's new events once for all streams of this process, in order, without a gap."""

import asyncio
import contextlib
import logging
import time
from typing import Protocol

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Database, Row, Statement
from models.events import Event
from subscriptions.cursors import Mark, mark
from subscriptions.log import Look, look, settle

log = logging.getLogger("throughline.tail")

POLL = 1.0
BATCH = 500

EVENT = (
    Event.position,
    Event.numbered_to,
    Event.id,
    Event.action,
    Event.kind,
    Event.record_id,
    Event.actor_id,
    Event.internal_to_id,
    Event.before,
    Event.after,
    Event.topics,
    Event.ended_topics,
    Event.at,
)
_NEXT = Statement(select(*EVENT).where(Event.position > bindparam("head")).order_by(Event.position).limit(BATCH))


class Listener(Protocol):
    """Who is told of new events."""

    def publish(self, events: list[Row]) -> None:
        """The next events, in order, without a gap."""

    def restart(self, epoch: Id, end: Mark) -> None:
        """The log is another one than before: what was told of the old one no longer holds."""


class Tail:
    """One reader of the log for the whole process."""

    def __init__(self, database: Database, listener: Listener) -> None:
        self._database = database
        self._listener = listener
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.epoch: Id = ""
        self.end = Mark(0, 0)
        """The last event that is told."""
        self.read_at = 0.0
        """When it last read to the end of the log, on the monotonic clock."""

    def wake(self) -> None:
        """The log may have grown."""
        self._wake.set()

    async def start(self) -> None:
        """Begin at the log's present end."""
        await settle(self._database)
        self._begin(await look(self._database))
        self.read_at = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="tail")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        failing = False
        while True:
            rung = True
            try:
                async with asyncio.timeout(POLL):
                    await self._wake.wait()
            except TimeoutError:
                rung = False
            self._wake.clear()
            try:
                if not rung or failing:
                    await self._check_log()
                await self._read()
                failing = False
            except Exception as error:
                if not failing:
                    log.warning("The tail has to wait: %s", error)
                failing = True
                await asyncio.sleep(0.1)
                self._wake.set()

    async def _check_log(self) -> None:
        await settle(self._database)
        found = await look(self._database, marked=self.end)
        if found.epoch != self.epoch or not found.holds:
            log.warning("The log is another one than before; every stream starts again.")
            self._begin(found)

    def _begin(self, found: Look) -> None:
        self.epoch, self.end = found.epoch, found.end
        self._listener.restart(self.epoch, self.end)

    async def _read(self) -> None:
        while True:
            events = await self._database.rows(_NEXT, head=self.end.position)
            if events:
                last = mark(events[-1]["position"], events[-1]["at"])
                if last.position - self.end.position != len(events):
                    # Cannot be, by the log's invariants; telling on would lose an event for good.
                    raise AssertionError(f"positions {self.end.position + 1} to {last.position} are not contiguous")
                self.end = last
                self._listener.publish(events)
            if len(events) < BATCH:
                self.read_at = time.monotonic()
                return
