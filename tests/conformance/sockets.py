"""Sockets as a client has them, message by message."""

import asyncio
import base64
import json
import os
import socket as sockets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.conformance.served import Served

PROTOCOL = Subprotocol("graphql-transport-ws")
FEED = "subscription { feed { __typename ... on ReferralChanged { referral { status } } } }"


class Closed(NamedTuple):
    """How a socket was closed by the server."""

    code: int
    reason: str = ""

    @classmethod
    async def of(cls, connection: ClientConnection, seconds: float = 5) -> "Closed":
        """Wait for it; whatever else is said before is skipped."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await connection.recv()
            except ConnectionClosed as closed:
                return cls(closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else cls(1006)


@asynccontextmanager
async def socket(there: Served, **options: Any) -> AsyncIterator[ClientConnection]:
    """An open socket."""
    url = there.url.replace("http", "ws")
    async with connect(url, **{"subprotocols": [PROTOCOL], "proxy": None, **options}) as connection:
        yield connection


async def say(connection: ClientConnection, type: str, **fields: Any) -> None:
    """Send a message."""
    await connection.send(json.dumps({"type": type, **fields}))


async def hear(connection: ClientConnection, seconds: float = 5) -> Any:
    """The next message."""
    return json.loads(await asyncio.wait_for(connection.recv(), seconds))


async def init(connection: ClientConnection, token: str) -> None:
    """Sign in."""
    await say(connection, "connection_init", payload={"authorization": f"Bearer {token}"})
    assert await hear(connection) == {"type": "connection_ack"}


async def subscribe(connection: ClientConnection, id: str = "1", query: str = FEED, **payload: Any) -> None:
    """Start an operation."""
    await say(connection, "subscribe", id=id, payload={"query": query, **payload})


async def pong(connection: ClientConnection) -> None:
    """Whatever was said before is worked off by now, and nothing came of it."""
    await say(connection, "ping")
    assert await hear(connection) == {"type": "pong"}


async def handshake(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket by hand, so that it can be mistreated."""
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert head.startswith(b"HTTP/1.1 101")
    return reader, writer


def frame(message: object, opcode: int = 0x1) -> bytes:
    """A masked frame; a mask of nothing but zeros is one, too."""
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("!BBH4x", 0x80 | opcode, 0x80 | 126, len(data)) + data
