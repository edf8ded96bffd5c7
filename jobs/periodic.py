"""What is done every so often, beginning at once."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("throughline.jobs")


class Periodic:
    """Does it in this process; where it fails, it is tried again the next time."""

    def __init__(self, name: str, period: float, work: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._period = period
        self._work = work
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await self._work()
            except Exception as error:
                log.warning("The %s job has to wait: %s", self._name, type(error).__name__)
            await asyncio.sleep(self._period)
