"""One piece of work for many who wait for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """The work's result. Who is cancelled while waiting takes it from nobody; a shield for each costs much more."""

    def __init__(self, work: Coroutine[Any, Any, T]) -> None:
        self._waiting: list[asyncio.Future[T]] = []
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(self._tell)

    async def result(self) -> T:
        """The result, or what the work raised."""
        if self._task.done():
            return self._task.result()
        turn: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn

    def _tell(self, task: asyncio.Task[T]) -> None:
        # Asked for also where nobody waits any more, so that asyncio does not complain of it.
        error = None if task.cancelled() else task.exception()
        for turn in self._waiting:
            if turn.done():
                continue
            if task.cancelled():
                turn.cancel()
            elif error is not None:
                turn.set_exception(error)
            else:
                turn.set_result(task.result())
