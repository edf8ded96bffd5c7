"""What the backends of the doorbell that need a server have in common.

Invariants
- `connected` holds only once the server has acknowledged the subscription, and until the connection is lost.
- Each acknowledged subscription rings once.
- One line is logged when the connection is lost or cannot be had, and one when it is there (again).
"""

import asyncio
import logging
import random
from typing import ClassVar, NoReturn

from broadcaster import BroadcastBackend, Event

log = logging.getLogger("throughline.doorbell")


class Reconnecting(BroadcastBackend):
    """Keeps one listening connection up; rings that come faster than they are heard become one."""

    connect_seconds: ClassVar[float] = 3.0
    heartbeat_seconds: ClassVar[float] = 5.0
    answer_seconds: ClassVar[float] = 2.0
    first_pause_seconds: ClassVar[float] = 0.05
    longest_pause_seconds: ClassVar[float] = 2.0

    def __init__(self, url: str, channel: str) -> None:
        self.url = url
        self.channel = channel
        self.rung = asyncio.Event()
        self.connected = False
        self._missed = False

    async def connect(self) -> None:
        """Does nothing: keep() connects, and connects again."""

    async def subscribe(self, group: str) -> None:
        """Does nothing: the one channel is subscribed to with each connection."""

    async def unsubscribe(self, group: str) -> None:
        """Does nothing: a subscription ends with its connection."""

    async def next_published(self) -> Event:
        """Waits for the next ring; never raises, for broadcaster's listener task would die of it."""
        await self.rung.wait()
        self.rung.clear()
        return Event(self.channel, "")

    async def keep(self) -> NoReturn:
        """Listens for ever, and connects again whenever the connection is lost."""
        clock = asyncio.get_running_loop().time
        pause = self.first_pause_seconds
        while True:
            began = clock()
            try:
                await self.listen()
            except Exception as error:
                self._note_loss(error)
            # Whatever took a while, in vain or not, was pause enough; what fails at once is tried less often.
            if clock() - began > self.longest_pause_seconds:
                pause = self.first_pause_seconds
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - so that not all come at once
            pause = min(pause * 2, self.longest_pause_seconds)

    async def listen(self) -> NoReturn:
        """Connects, subscribes and rings until the connection is lost or silent, and raises then."""
        raise NotImplementedError

    def note_subscription(self) -> None:
        """To be called by listen() when the server has acknowledged the subscription."""
        if self._missed:
            log.info("The doorbell's connection is there.")
        self._missed = False
        self.connected = True
        self.rung.set()

    def _note_loss(self, error: Exception) -> None:
        if not self._missed:
            log.warning("The doorbell has no connection (%s); it keeps trying.", type(error).__name__)
        self._missed = True
        self.connected = False
