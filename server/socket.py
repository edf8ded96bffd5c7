"""graphql-transport-ws: subscriptions over one socket per client.

The protocol is that of the npm package graphql-ws; subscriptions only. Every message is checked for its shape; a
malformed one closes the socket with the protocol's own code and a reason. Close codes of ours: 4403 token expired or
revoked, 1013 too slow, 1012 restart (docs/realtime.md).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from policies.actors import actor as read_actor
from schema.context import Credentials
from server.auth import InvalidTokenError
from server.documents import is_subscription
from server.rendering import Operation, prepare
from subscriptions.streams import ShutOutError

if TYPE_CHECKING:
    from server.app import Application

log = logging.getLogger("throughline.socket")

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 3.0
SEND_SECONDS = 10.0
MAX_OPERATIONS = 50
MAX_ID = 128


class CloseError(Exception):
    """The socket is to be closed."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


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
        self._sending = asyncio.Lock()
        self._closing: asyncio.Future[CloseError] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Read messages until the socket is to be closed."""
        reader = asyncio.create_task(self._read())
        try:
            await asyncio.wait((reader, self._closing), return_when=asyncio.FIRST_COMPLETED)
            if self._closing.done():
                await self._close(self._closing.result())
            elif (error := reader.exception()) is not None:
                if isinstance(error, CloseError):
                    await self._close(error)
                elif not isinstance(error, WebSocketDisconnect):
                    log.error("A socket failed", exc_info=error)
                    await self._close(CloseError(1012, "Try again."))
        finally:
            tasks = [reader, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if not self._closing.done():
                self._closing.cancel()

    async def _close(self, error: CloseError) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            # Whoever reads nothing does not read this either.
            with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
                await asyncio.wait_for(self._websocket.close(error.code, error.reason[:120]), 1)

    def _end(self, error: CloseError) -> None:
        if not self._closing.done():
            self._closing.set_result(error)

    async def _read(self) -> None:
        try:
            message = await asyncio.wait_for(self._message(), INIT_SECONDS)
        except TimeoutError as error:
            raise CloseError(4408, "Connection initialisation timeout") from error
        while message["type"] in ("ping", "pong"):
            await self._pong(message)
            message = await self._message()
        if message["type"] != "connection_init":
            raise CloseError(4401, "Unauthorized")
        await self._init(message)
        while True:
            message = await self._message()
            match message["type"]:
                case "subscribe":
                    self._subscribe(message)
                case "complete":
                    task = self._operations.pop(_id(message), None)
                    if task is not None:
                        task.cancel()
                case "ping" | "pong":
                    await self._pong(message)
                case "connection_init":
                    raise CloseError(4429, "Too many initialisation requests")
                case other:
                    raise CloseError(4400, f"There is no message of type {other[:40]!r}")

    async def _message(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")
        if text is None:
            raise CloseError(4400, "Messages are text")
        try:
            message = orjson.loads(text)
        except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
            raise CloseError(4400, "A message is not valid JSON") from error
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise CloseError(4400, "A message is an object with a type")
        return message

    async def _pong(self, message: Mapping[str, Any]) -> None:
        _payload(message)
        if message["type"] == "ping":
            await self._send('{"type":"pong"}')

    async def _init(self, message: Mapping[str, Any]) -> None:
        payload = _payload(message) or {}
        token = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        if not isinstance(token, str):
            raise CloseError(4403, "Forbidden: no token")
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

    def _subscribe(self, message: Mapping[str, Any]) -> None:
        id = _id(message)
        if id in self._operations:
            raise CloseError(4409, f"Subscriber for {id} already exists")
        payload = message.get("payload")
        if not isinstance(payload, dict) or not isinstance(payload.get("query"), str):
            raise CloseError(4400, "subscribe has a payload with a query")
        name, variables = payload.get("operationName"), payload.get("variables")
        if not isinstance(name, str | None) or not isinstance(variables, dict | None):
            raise CloseError(4400, "operationName is a string, variables an object")
        if not isinstance(payload.get("extensions"), dict | None):
            raise CloseError(4400, "extensions is an object")
        task = asyncio.create_task(self._operate(id, payload["query"], name, variables))
        self._operations[id] = task

    async def _operate(self, id: str, query: str, name: str | None, variables: dict[str, Any] | None) -> None:
        quoted = orjson.dumps(id).decode()
        head = f'{{"id":{quoted},"type":"next","payload":'
        try:
            if len(self._operations) > MAX_OPERATIONS:
                raise GraphQLError(f"A socket takes {MAX_OPERATIONS} operations at a time.")
            operation = self._operation(query, name, variables)
            async with contextlib.aclosing(operation.deliveries()) as deliveries:
                async for delivery in deliveries:
                    payload = await operation.render(delivery)
                    if payload is not None:
                        await self._send(f"{head}{payload}}}")
            # Forgotten before it is told, so that the client may use the id again at once.
            self._forget(id)
            await self._send(f'{{"id":{quoted},"type":"complete"}}')
        except _RefusedOperation as refusal:
            self._forget(id)
            await self._send_errors(quoted, refusal.errors)
        except GraphQLError as error:
            self._forget(id)
            await self._send_errors(quoted, [error])
        except ShutOutError:
            self._end(CloseError(4403, "Forbidden: the session has ended"))
        except TimeoutError:
            self._end(CloseError(1013, "The client reads too slowly"))
        except (WebSocketDisconnect, RuntimeError):
            self._end(CloseError(1006, "The client is gone"))
        except Exception:
            # The client comes back and goes on from its cursor; a `complete` would end its stream for good.
            log.exception("A stream failed")
            self._end(CloseError(1012, "Try again."))

    def _operation(self, query: str, name: str | None, variables: dict[str, Any] | None) -> Operation:
        document = self._app.documents.get(query)
        if document.errors:
            raise _RefusedOperation(document.errors)
        operation = document.operation(name)
        if operation is None:
            raise GraphQLError("There is no such operation in the document.")
        if not is_subscription(operation):
            raise GraphQLError("Only subscriptions are offered here; send queries and mutations over HTTP.")
        assert self._credentials is not None
        return prepare(self._app, self._credentials, document, operation, variables)

    def _forget(self, id: str) -> None:
        if self._operations.get(id) is asyncio.current_task():
            del self._operations[id]

    async def _send_errors(self, quoted: str, errors: list[GraphQLError]) -> None:
        payload = orjson.dumps([error.formatted for error in errors]).decode()
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await self._send(f'{{"id":{quoted},"type":"error","payload":{payload}}}')

    async def _send(self, text: str) -> None:
        async with asyncio.timeout(SEND_SECONDS), self._sending:
            await self._websocket.send({"type": "websocket.send", "text": text})


class _RefusedOperation(Exception):
    def __init__(self, errors: list[GraphQLError]) -> None:
        self.errors = errors


def _id(message: Mapping[str, Any]) -> str:
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= MAX_ID:
        raise CloseError(4400, f"{message['type']} has an id")
    return id


def _payload(message: Mapping[str, Any]) -> dict[str, Any] | None:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise CloseError(4400, f"The payload of {message['type']} is an object")
    return payload
