"""Upkeep: once an hour, drops what nobody will ask for any more."""

import asyncio
import contextlib
import logging

from models.database import Database
from workflows import idempotency

log = logging.getLogger("throughline.jobs")

PERIOD = 3600.0


class Upkeep:
    """Runs in every process; doing it twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="upkeep")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await tidy(self._database)
            except Exception as error:
                log.warning("Upkeep has to wait: %s", type(error).__name__)
            await asyncio.sleep(PERIOD)


async def tidy(database: Database) -> None:
    """Drop idempotency keys that are too old to be repeated."""
    async with database.transaction() as transaction:
        await idempotency.forget(transaction)
