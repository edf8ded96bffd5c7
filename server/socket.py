"""graphql-transport-ws: subscriptions over one socket per client.

The protocol is that of the npm package graphql-ws; subscriptions only. Every message is checked for its shape; a
malformed one closes the socket with the protocol's own code and a reason. Close codes of ours: 4403 token expired or
revoked, 1013 too slow or too busy, 1012 restart (docs/realtime.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from policies.actors import actor as read_actor
from schema.context import Credentials
from server.application import Application
from server.auth import InvalidTokenError
from server.documents import is_subscription, no_operation
from server.limits import exceeded
from server.messages import CloseError, Message, asked, id_of, parsed, payload_of
from server.rendering import Operation, prepare
from server.wire import put_of
from subscriptions.streams import ShutOutError

log = logging.getLogger("throughline.socket")

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 3.0
ACK_SECONDS = 10.0
SEND_SECONDS = 10.0
MAX_OPERATIONS = 50
MAX_TASKS = 2 * MAX_OPERATIONS
"""Streams that have ended, but whose last message waits to be sent, count here."""


async def serve(app: Application, websocket: WebSocket) -> None:
    """Talk to one client until either side ends it."""
    if PROTOCOL not in websocket.scope.get("subprotocols", ()):
        await websocket.accept()
        await websocket.close(4406, f"Only {PROTOCOL} is offered.")
        return
    await websocket.accept(PROTOCOL)
    await Socket(app, websocket).run()


class Socket:
    """One client's connection."""

    def __init__(self, app: Application, websocket: WebSocket) -> None:
        self._app = app
        self._websocket = websocket
        self._credentials: Credentials | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = asyncio.Lock()
        self._put = put_of(websocket.scope)
        self._closing: asyncio.Future[CloseError | None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Read messages until the socket is to be closed."""
        self._start(self._read)
        try:
            error = await self._closing
            if error is not None and self._websocket.application_state is WebSocketState.CONNECTED:
                with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                    await self._websocket.close(error.code, error.reason)
        finally:
            self._end(None)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> asyncio.Task[None]:
        """Do this beside the rest; whatever goes wrong in it ends the socket."""
        task = asyncio.create_task(self._watched(work, *arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _watched(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        try:
            await work(*arguments)
        except CloseError as error:
            self._end(error)
        except WebSocketDisconnect:
            self._end(None)
        except Exception:
            # The client comes back and goes on from its cursor; a `complete` would end its streams for good.
            log.exception("A socket failed")
            self._end(CloseError(1012, "Try again."))

    def _end(self, error: CloseError | None) -> None:
        if not self._closing.done():
            self._closing.set_result(error)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while (message := await self._message())["type"] in ("ping", "pong"):
                    await self._pong(message)
        except TimeoutError as error:
            raise CloseError(4408, "Connection initialisation timeout") from error
        if message["type"] != "connection_init":
            raise CloseError(4401, "Unauthorized")
        try:
            async with asyncio.timeout(ACK_SECONDS):
                await self._init(message)
        except TimeoutError as error:
            raise CloseError(1013, "Too busy to look the token up") from error
        while True:
            message = await self._message()
            match message["type"]:
                case "subscribe":
                    await self._subscribe(message)
                case "complete":
                    task = self._operations.pop(id_of(message), None)
                    if task is not None:
                        task.cancel()
                case "ping" | "pong":
                    await self._pong(message)
                case "connection_init":
                    raise CloseError(4429, "Too many initialisation requests")
                case other:
                    raise CloseError(4400, f"There is no message of type {other[:40]!r}")

    async def _message(self) -> Message:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        return parsed(received.get("text"))

    async def _pong(self, message: Message) -> None:
        payload_of(message)
        if message["type"] == "ping":
            await self._send('{"type":"pong"}')

    async def _init(self, message: Message) -> None:
        payload = payload_of(message) or {}
        token = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        if not isinstance(token, str):
            raise CloseError(4403, "Forbidden: no token")
        async with self._app.openings:
            try:
                credentials = await self._app.tokens.check_header(token)
            except InvalidTokenError as error:
                raise CloseError(4403, "Forbidden: the token is not valid, or no longer") from error
            database = self._app.services.database
            if await read_actor(database, credentials.user_id, session_id=credentials.session_id) is None:
                raise CloseError(4403, "Forbidden: the session has ended")
        self._credentials = credentials
        left = credentials.expires_at - time.time()
        expiry = asyncio.get_running_loop().call_later(
            max(0.0, left), self._end, CloseError(4403, "Forbidden: the token has expired")
        )
        self._closing.add_done_callback(lambda _: expiry.cancel())
        await self._send('{"type":"connection_ack"}')

    async def _subscribe(self, message: Message) -> None:
        id = id_of(message)
        if id in self._operations:
            raise CloseError(4409, f"Subscriber for {id} already exists")
        try:
            operation = self._operation(*asked(message))
        except _RefusedOperation as refusal:
            # Sent before the next message is read: whoever asks for nonsense and reads no answers has to wait.
            await self._send_errors(id, refusal.errors)
        else:
            self._operations[id] = self._start(self._operate, id, operation)

    def _operation(self, query: str, name: str | None, variables: dict[str, Any] | None) -> Operation:
        assert self._credentials is not None
        if len(self._operations) >= MAX_OPERATIONS or len(self._tasks) >= MAX_TASKS:
            raise _RefusedOperation(exceeded(f"A socket takes {MAX_OPERATIONS} operations at a time."))
        document = self._app.documents.get(query)
        if document.errors:
            raise _RefusedOperation(*document.errors)
        operation = document.operation(name)
        if operation is None:
            raise _RefusedOperation(no_operation(name))
        if not is_subscription(operation):
            raise _RefusedOperation(
                GraphQLError("Only subscriptions are offered here; send queries and mutations over HTTP.")
            )
        try:
            return prepare(self._app, self._credentials, document, operation, variables)
        except GraphQLError as error:
            raise _RefusedOperation(error) from error

    async def _operate(self, id: str, operation: Operation) -> None:
        quoted = orjson.dumps(id).decode()
        head = f'{{"id":{quoted},"type":"next","payload":'
        task, put = asyncio.current_task(), self._put

        def put_next(payload: str) -> bool:
            is_open = self._operations.get(id) is task and not self._closing.done()
            return is_open and put is not None and put(f"{head}{payload}}}".encode())

        try:
            async with contextlib.aclosing(operation.deliveries(put_next if put is not None else None)) as deliveries:
                async for delivery in deliveries:
                    payload = await operation.render(delivery)
                    if payload is not None:
                        await self._send(f"{head}{payload}}}")
            # Forgotten before it is told, so that the client may use the id again at once.
            self._forget(id)
            await self._send(f'{{"id":{quoted},"type":"complete"}}')
        except GraphQLError as error:
            self._forget(id)
            await self._send_errors(id, [error])
        except ShutOutError as error:
            raise CloseError(4403, "Forbidden: the session has ended") from error

    def _forget(self, id: str) -> None:
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]

    async def _send_errors(self, id: str, errors: Sequence[GraphQLError]) -> None:
        message = {"id": id, "type": "error", "payload": [error.formatted for error in errors]}
        await self._send(orjson.dumps(message).decode())

    async def _send(self, text: str) -> None:
        async with self._sending:
            too_slow = asyncio.get_running_loop().call_later(SEND_SECONDS, self._end, _TOO_SLOW)
            try:
                await self._websocket.send({"type": "websocket.send", "text": text})
            except RuntimeError as error:
                # It is closed already, by another task of ours or by the server's end.
                raise WebSocketDisconnect(1006) from error
            finally:
                too_slow.cancel()


_TOO_SLOW = CloseError(1013, "The client reads too slowly")


class _RefusedOperation(Exception):
    def __init__(self, *errors: GraphQLError) -> None:
        self.errors = errors
