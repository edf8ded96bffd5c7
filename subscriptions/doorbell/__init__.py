"""The doorbell: says between processes that there may be new events in the log.

Invariants
- It carries no data, so it can neither leak nor lose any. A lost ring costs at most the tail's poll interval.
- Each (re)connection of the listener is heard as one ring: rings may have been lost meanwhile.
- Neither a server nor the death of a task ends the listening; only stop() does.
- A ring never raises and never takes longer than RING_SECONDS; while the server is away it is not tried.
- No url and no text of an error reaches a log: either may hold a password.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import NoReturn

from broadcaster import Broadcast

from subscriptions.doorbell.memory import Memory
from subscriptions.doorbell.postgres import Postgres
from subscriptions.doorbell.redis import Redis

log = logging.getLogger("throughline.doorbell")

RING_SECONDS = 1.0
RESTART_SECONDS = 0.05
CANCEL_AGAIN_SECONDS = 0.1

BACKENDS: dict[str, type[Memory | Postgres | Redis]] = {
    "memory": Memory,
    "postgres": Postgres,
    "postgresql": Postgres,
    "redis": Redis,
    "rediss": Redis,
}


class Doorbell:
    """Rings in every process when the log may have grown; carries no data: it can neither leak nor lose any.

    The url is `memory://` (one process), `postgresql://`, `redis://` or `rediss://`. For Postgres it must be
    the direct connection: PgBouncer in transaction mode accepts LISTEN and delivers nothing.
    """

    def __init__(self, url: str, on_ring: Callable[[], None], channel: str = "throughline") -> None:
        scheme = url.partition("://")[0]
        if scheme not in BACKENDS:
            raise ValueError(f"The url of a doorbell begins with one of {', '.join(BACKENDS)}.")
        self._on_ring = on_ring
        self._channel = channel
        self._backend = BACKENDS[scheme](url, channel)
        self._broadcast = Broadcast(backend=self._backend)
        self._supervisor: asyncio.Task[None] | None = None
        self._one_ring_at_a_time = asyncio.Lock()
        self._rings_begun = 0
        self._last_ring_through = 0
        self._last_ring_failed = False

    @property
    def healthy(self) -> bool:
        """Whether the listener is connected, as far as its last heartbeat could tell."""
        return self._supervisor is not None and self._backend.connected

    async def start(self) -> None:
        """Begins to listen and returns at once; a server that is away is tried until it is there."""
        if self._supervisor is None:
            self._supervisor = asyncio.create_task(self._supervise(), name="doorbell")

    async def ring(self) -> None:
        """Rings everywhere, this process included; best effort, within RING_SECONDS, never raises."""
        begun_before = self._rings_begun
        try:
            async with asyncio.timeout(RING_SECONDS), self._one_ring_at_a_time:
                # In a burst, one ring that began after this call speaks for this call too.
                if self._supervisor is None or self._last_ring_through > begun_before:
                    return
                # A server known to be away must not cost every commit a timeout.
                if self._last_ring_failed and not self.healthy:
                    return
                self._rings_begun += 1
                self._last_ring_failed = True
                await self._broadcast.publish(self._channel, "")
                self._last_ring_failed = False
                self._last_ring_through = self._rings_begun
        except Exception as error:
            log.debug("A ring was lost (%s).", type(error).__name__)

    async def stop(self) -> None:
        """Stops listening and ringing; leaves no task and no connection behind."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            await asyncio.wait([supervisor])
        # A ring under way may be opening a connection, which would stay open if it were not awaited.
        async with self._one_ring_at_a_time:
            await self._backend.disconnect()

    async def _supervise(self) -> NoReturn:
        while True:
            await self._broadcast.connect()
            tasks = [
                # Nobody but us looks after broadcaster's task; without it, subscribers would wait for ever.
                self._broadcast._listener_task,
                # Hearing begins before the connection does, so that its first ring is heard.
                asyncio.create_task(self._hear(), name="doorbell hearing"),
                asyncio.create_task(self._backend.keep(), name="doorbell connection"),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._backend.connected = False
                await _end(tasks)
            log.error("A task of the doorbell ended; all of them are begun again.")
            await asyncio.sleep(RESTART_SECONDS)

    async def _hear(self) -> NoReturn:
        async with self._broadcast.subscribe(self._channel) as rings:
            while True:
                await rings.get()
                try:
                    self._on_ring()
                except Exception:
                    log.exception("What the doorbell calls has failed.")


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    pending = set(tasks)
    while pending:
        # More than once: before Python 3.12, asyncio.wait_for (so redis-py) can swallow a cancellation.
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
