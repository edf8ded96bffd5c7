"""A TCP proxy in front of one server, that cuts connections between any two bytes."""

from __future__ import annotations

import asyncio
import contextlib
import random


class Proxy:
    """Passes bytes on both ways, in pieces of any length; `cut` loses connections in the middle of what they carry."""

    def __init__(self, target: int, seed: int) -> None:
        self._target = target
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.doomed = 0
        """So many of the next pieces that come from the server are cut in two, and nothing comes after the cut."""
        self.cuts = 0

    async def start(self) -> None:
        """Listen on a port of its own."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Lose all connections and listen no more."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._connections |= {writer, server_writer}
        ways = [
            asyncio.create_task(self._pass(reader, server_writer, to_client=False)),
            asyncio.create_task(self._pass(server_reader, writer, to_client=True)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.transport.abort()
            server_writer.transport.abort()
            self._connections -= {writer, server_writer}
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_client: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(16384):
                if to_client and self.doomed > 0:
                    self.doomed -= 1
                    self.cuts += 1
                    writer.write(piece[: self._random.randrange(len(piece))])
                    await asyncio.wait_for(writer.drain(), 1)
                    return
                writer.write(piece)
                await writer.drain()
