"""Within one process: broadcaster's own backend; nothing can come between its ends."""

import asyncio

from broadcaster._backends.memory import MemoryBackend


class Memory(MemoryBackend):
    """Connected for as long as it is subscribed to."""

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(url)
        self.connected = False

    async def subscribe(self, channel: str) -> None:
        """Subscribes and rings once, as the other backends do on each connection."""
        await super().subscribe(channel)
        self.connected = True
        await self.publish(channel, "")

    async def keep(self) -> None:
        """Stays: there is no connection to look after."""
        await asyncio.Event().wait()
