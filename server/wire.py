"""How uvicorn speaks WebSocket, with manners of our own (docs/realtime.md).

- A connection ends in bounded time. Uvicorn flushes before it closes, which whoever reads nothing puts off for ever.
- Who answers no ping is cut off without a close code. Uvicorn's 1011 says that the server is broken, and the npm client
  graphql-ws does not come back after it: a laptop that wakes up would find it on its doormat.
- A message can be put onto the connection at once, beside ASGI's `send`, which costs several times as much.
- What is not WebSocket, or not UTF-8, is the client's fault: it ends the connection, and is no error in our log.
"""

import asyncio
import socket
import struct
from collections.abc import Callable

from starlette.types import Scope
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

CLOSE_SECONDS = 5.0


PUT = "throughline.put"
"""The extension of ASGI's scope by which a message goes out without a task that waits for it."""


def put_of(scope: Scope) -> Callable[[bytes], bool] | None:
    """What sends a text message on this connection, or says that it would have to wait; None under other servers."""
    extension = scope.get("extensions", {}).get(PUT)
    return extension["put"] if extension else None


class Protocol(WebSocketsSansIOProtocol):
    """The protocol of one connection."""

    _cut_off: asyncio.TimerHandle | None = None

    async def run_asgi(self) -> None:
        """Run the application, and see to it that the connection ends soon after."""
        self.scope["extensions"][PUT] = {"put": self.put}
        await super().run_asgi()
        if not self.disconnected:
            self._cut_off = self.loop.call_later(CLOSE_SECONDS, self._reset)

    async def send(self, message: ASGISendEvent) -> None:
        """Say something to the client; the last word does not wait until there is room."""
        if message["type"] == "websocket.close":
            # Whoever read too slowly may read on, and then finds out why it ended.
            self.writable.set()
        await super().send(message)

    def put(self, text: bytes) -> bool:
        """Send a text message; or send nothing, and say so, where that would have to wait, or cannot be."""
        is_open = self.conn.state is State.OPEN and not (self.close_sent or self.disconnected)
        if not is_open or not self.writable.is_set():
            return False
        self.transport.write(Frame(Opcode.TEXT, text).serialize(mask=False))
        return True

    def _reset(self) -> None:
        # Without lingering, so that the kernel, too, lets go of what nobody reads.
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._cut_off is not None:
            self._cut_off.cancel()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        """The client answered no ping."""
        self.pong_timer = None
        self._reset()

    def data_received(self, data: bytes) -> None:
        """Something came."""
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None:
            # A header that is too long, for one: the library has its answer ready.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_parser_exception(self) -> None:
        """The client does not speak the protocol."""
        if self.conn.close_sent is not None:
            super().handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """A message is whole."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()
