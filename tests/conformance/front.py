"""One address for several servers, as a load balancer gives them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def front(*ports: int) -> AsyncIterator[int]:
    """The port of the address: its connections go to the servers in turn, past those that do not answer."""
    turns = list(ports)
    open_ends: set[asyncio.StreamWriter] = set()

    async def reach() -> Ends | None:
        for _ in turns:
            turns.append(turns.pop(0))
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", turns[-1])
        return None

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await reach()
        if behind is None:
            writer.transport.abort()
            return
        ends = {writer, behind[1]}
        open_ends.update(ends)
        ways = [asyncio.create_task(carry(reader, behind[1])), asyncio.create_task(carry(behind[0], writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            end.close()  # what was carried is still delivered
        await asyncio.wait(ways)
        open_ends.difference_update(ends)

    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        for end in list(open_ends):
            end.transport.abort()
        await listener.wait_closed()


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until either side is gone."""
    with suppress(OSError):
        while piece := await reader.read(16_384):
            writer.write(piece)
            await writer.drain()
