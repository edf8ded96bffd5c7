"""One person's socket, spoken by hand: it can be cut anywhere, and its end can be read."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.journeys.server import FEED, Server

PROTOCOL = Subprotocol("graphql-transport-ws")


class Line:
    """An open socket with one stream of the feed."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def message(self) -> dict[str, Any]:
        """The next message of the feed; raises ConnectionClosed."""
        while True:
            received = json.loads(await self._connection.recv())
            match received["type"]:
                case "next":
                    assert "errors" not in received["payload"], received
                    message: dict[str, Any] = received["payload"]["data"]["feed"]
                    return message
                case "error":
                    raise RefusedStreamError(received["payload"])

    async def end(self) -> tuple[int, str]:
        """The code and the reason with which the server closes the socket; what is said before is passed over."""
        with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 -- it closes after any number of messages
            while True:
                await self.message()
        received = closed.value.rcvd
        assert received is not None, "the socket was lost"
        return received.code, received.reason

    def cut(self) -> None:
        """Lose the connection, without a word."""
        self._connection.transport.abort()


class RefusedStreamError(Exception):
    """The server answers the subscription with errors."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


@asynccontextmanager
async def line(
    server: Server, token: str, *, selection: str = "", after: str | None = None, filter: dict[str, Any] | None = None
) -> AsyncIterator[Line]:
    """A socket that follows the feed; raises ConnectionClosed where the token is not taken."""
    url = f"{server.url.replace('http', 'ws')}/graphql"
    async with connect(url, subprotocols=[PROTOCOL], open_timeout=30) as connection:
        await connection.send(json.dumps({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
        assert json.loads(await connection.recv()) == {"type": "connection_ack"}
        payload = {"query": FEED.replace("EXTRA", selection), "variables": {"after": after, "filter": filter}}
        await connection.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        yield Line(connection)
