"""Lending the connections of a pool: the pool's own care for each loan costs more than a small statement."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from asyncpg import InterfaceError, PostgresError

if TYPE_CHECKING:
    from asyncpg import Pool, Record
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[Record]


WAIT_SECONDS = 40.0
"""Longer than a statement may take: who waits for a connection for so long gets none, and is free to ask again."""
RELEASE_SECONDS = 5.0
"""In which a statement that was given up is ended; a connection on which it is not is closed."""


def _is_lost(connection: Connection) -> bool:
    try:
        return connection.is_closed()
    except InterfaceError:
        # The driver took it back when it was cut.
        return True


class Connections:
    """At most `size` connections, kept from loan to loan. After a failure one goes back to the pool, which tidies up.

    Sessions are left without any state of theirs, so there is nothing to reset where nothing failed.
    """

    def __init__(self, pool: Pool[Record], size: int) -> None:
        self._pool = pool
        self._size = size
        self._taken = 0
        """How many are ours, lent or idle."""
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._closing = False
        self._last: set[asyncio.Task[None]] = set()

    async def take(self) -> Connection:
        """A connection, to be given back by `put_back`, or by `give_up` if its use has failed."""
        if self._idle and not _is_lost(self._idle[-1]):
            return self._idle.pop()
        async with asyncio.timeout(WAIT_SECONDS):
            return await self._wait()

    async def _wait(self) -> Connection:
        while True:
            if self._idle:
                connection = self._idle.pop()
            elif self._taken < self._size or self._closing:
                self._taken += 1
                try:
                    return await self._pool.acquire()
                except BaseException:
                    self._taken -= 1
                    self._hand_on(None)
                    raise
            else:
                handed = await self._turn()
                if handed is None:
                    continue
                connection = handed
            if not _is_lost(connection):
                return connection
            await self.give_up(connection)

    def put_back(self, connection: Connection) -> None:
        """It worked."""
        if self._closing:
            # The pool waits for it.
            self._last.add(asyncio.create_task(self.give_up(connection)))
        elif not self._hand_on(connection):
            self._idle.append(connection)

    async def give_up(self, connection: Connection) -> None:
        """It failed, or was cancelled in the middle."""
        self._taken -= 1
        try:
            # Where that fails, the pool has let go of the connection.
            with suppress(OSError, InterfaceError, PostgresError):
                await self._pool.release(connection, timeout=RELEASE_SECONDS)
        finally:
            self._hand_on(None)

    async def close(self) -> None:
        """Give the idle ones back. Whoever asks from now on hears of the pool that it is closing."""
        self._closing = True
        while self._idle:
            await self.give_up(self._idle.pop())
        while self._hand_on(None):
            pass

    async def _turn(self) -> Connection | None:
        """Wait for a connection; None: another one may be taken from the pool."""
        turn: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and not self._hand_on(found := turn.result()) and found is not None:
                self._idle.append(found)
            raise

    def _hand_on(self, connection: Connection | None) -> bool:
        """To whoever waits longest, if anybody does."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False
