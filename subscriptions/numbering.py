"""Numbering: giving positions to committed events (models/events.py has the invariants).

Every process does it after its own commits and once a second, so there is no leader that could hang, and what a killed
process left unnumbered waits a second at most.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import func, select

from models.database import Database, Statement

log = logging.getLogger("throughline.numbering")

POLL = 1.0
_NUMBER = Statement(select(func.number_events()))


class Numbering:
    """This process's part in numbering; `on_head` is told of each new head that it made."""

    def __init__(self, database: Database, on_head: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._on_head = on_head
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._head = 0

    def wake(self) -> None:
        """There are new events. Calls that come while one is at work are answered together."""
        self._wake.set()

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="numbering")

    async def stop(self) -> None:
        """End; what is unnumbered then is numbered by others, or at the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        failing = False
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._wake.wait()
            self._wake.clear()
            try:
                head = await self._database.value(_NUMBER)
                if head != self._head:
                    self._head = head
                    await self._on_head()
                failing = False
            except Exception as error:
                if not failing:
                    log.warning("Numbering has to wait: %s", error)
                failing = True
                await asyncio.sleep(0.1)
                self._wake.set()
