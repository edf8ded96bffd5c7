"""A server's process without its sockets: it numbers, tells and renders. Several can share one database."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from models.base import Id
from models.database import Row, Statement
from policies.actors import actor as read_actor
from schema.context import Context, Credentials
from server.application import Application
from server.documents import is_mutation
from server.execution import run
from server.rendering import Operation, prepare
from server.settings import Settings
from subscriptions.cursors import Cursor
from subscriptions.streams import ShutOutError
from tests.journeys.server import SECRET

FEED = """
subscription ($after: FeedCursor, $filter: FeedFilter) {
  feed(after: $after, filter: $filter) {
    __typename
    ... on ReferralChanged { cursor eventId action referral { id } }
    ... on ClientChanged { cursor eventId action client { id } }
    ... on MentoringRequestChanged { cursor eventId action request { id } }
    ... on MentorChanged { cursor eventId action mentor { id } }
    ... on NotificationChanged { cursor eventId action notification { id } }
    ... on CaseManagerChanged { cursor eventId action caseManager { id } }
    ... on EngagementChanged { cursor eventId action engagement { id } }
    ... on ProgressionChanged { cursor eventId action progression { id } }
    ... on AccessEnded { cursor id }
    ... on FeedCheckpoint { cursor }
    ... on ResyncRequired { reason }
  }
}
"""

_NUMBERED = Statement(text("select head from log where not exists (select from events where position is null)"))
_EVENTS = Statement(text("select * from events order by position"))

Message = dict[str, Any]


@asynccontextmanager
async def running(dsn: str, folder: Path) -> AsyncIterator[Process]:
    """A process at work; ended as an operator would."""
    async with AsyncExitStack() as stack:
        process = Process(dsn, folder)
        app = process.app
        await stack.enter_async_context(app.database)
        for part in (app.doorbell, app.tail):
            await part.start()
            stack.push_async_callback(part.stop)
        app.numbering.start()
        stack.push_async_callback(app.numbering.stop)
        yield process


class Process:
    """All parts of a server process but the HTTP server, the sockets and the jobs."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self.app = Application(Settings(secret_key=SECRET, data_dir=folder), dsn)

    async def execute(self, user_id: Id, query: str, **variables: Any) -> Message:
        """The answer to a query or a mutation of this person."""
        document = self.app.documents.get(query)
        assert not document.errors, document.errors
        operation = document.operation(None)
        assert operation is not None
        credentials = Credentials(user_id, None, math.inf)
        if is_mutation(operation):
            context = Context(self.app.services, None, credentials)
        else:
            actor = await read_actor(self.app.database, user_id)
            assert actor is not None
            context = Context(self.app.services, actor, credentials)
            context.feed_head = await self.app.feed.cursor(user_id)
        result = await run(self.app.schema, document, context, variables, None)
        return result.formatted  # type: ignore[return-value]

    async def ask(self, user_id: Id, query: str, **variables: Any) -> Any:
        """The data of an answer without errors, as JSON has it."""
        answer = await self.execute(user_id, query, **variables)
        assert "errors" not in answer, answer
        return orjson.loads(orjson.dumps(answer["data"]))

    def operation(self, user_id: Id, query: str = FEED, *, session_id: Id | None = None, **variables: Any) -> Operation:
        """A subscription of this person, as a socket prepares it."""
        document = self.app.documents.get(query)
        assert not document.errors, document.errors
        operation = document.operation(None)
        assert operation is not None
        return prepare(self.app, Credentials(user_id, session_id, math.inf), document, operation, variables)

    @asynccontextmanager
    async def follow(
        self,
        user_id: Id,
        query: str = FEED,
        *,
        session_id: Id | None = None,
        reading: asyncio.Event | None = None,
        **variables: Any,
    ) -> AsyncIterator[Listener]:
        """An open stream of this person, attached to the log and read in the background, while `reading` is set."""
        listener = Listener(self, self.operation(user_id, query, session_id=session_id, **variables), reading)
        try:
            yield listener
        finally:
            await listener.stop()

    def cursor(self, user_id: Id, position: int) -> str:
        """This person's cursor at a position of the log."""
        return self.app.feed.cursors.write(Cursor(position, self.app.feed.end), user_id, self.app.feed.epoch)

    async def head(self) -> int:
        """The end of the log, once everything that is committed is in it and this process has told it."""
        self.app.numbering.wake()
        deadline = time.monotonic() + 60
        while True:
            head: int | None = await self.app.database.value(_NUMBERED)
            if head is not None and self.app.feed.end.position >= head:
                return head
            assert time.monotonic() < deadline, "the log is not numbered and told in time"
            self.app.tail.wake()
            await asyncio.sleep(0.005)

    async def events(self) -> list[Row]:
        """The log, in its order."""
        return await self.app.database.rows(_EVENTS)


class Listener:
    """Reads one viewer's stream, as a socket does, and keeps what it said."""

    def __init__(self, process: Process, operation: Operation, reading: asyncio.Event | None = None) -> None:
        self.messages: list[Message] = []
        self.reading = reading or asyncio.Event()
        """While it is not set, nothing is taken from the stream."""
        if reading is None:
            self.reading.set()
        self._process = process
        self._operation = operation
        self._puts = 0
        self.position = -1
        """Where in the log the last cursor lies."""
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async with aclosing(self._operation.deliveries(self._put)) as deliveries:
                async for delivery in deliveries:
                    payload = await self._operation.render(delivery)
                    if payload is not None:
                        self._keep(payload)
                    await self.reading.wait()
        finally:
            self._news.set()

    def _put(self, payload: str) -> bool:
        """As on a connection that now and then takes no more for a moment."""
        self._puts += 1
        if not self.reading.is_set() or self._puts % 4 == 0:
            return False
        self._keep(payload)
        return True

    def _keep(self, payload: str) -> None:
        answer = orjson.loads(payload)
        assert "errors" not in answer, answer
        message = answer["data"]["feed"]
        self.messages.append(message)
        if "cursor" in message:
            self.position = self.place(message).position
        self._news.set()

    def place(self, message: Message) -> Cursor:
        """Where in the log the message's cursor lies."""
        feed = self._process.app.feed
        cursor = feed.cursors.read(message["cursor"], self._operation.credentials.user_id, feed.epoch)
        assert isinstance(cursor, Cursor)
        return cursor

    @property
    def changes(self) -> list[Message]:
        """The messages without the checkpoints."""
        return [message for message in self.messages if message["__typename"] != "FeedCheckpoint"]

    @property
    def is_open(self) -> bool:
        """Whether there may be more."""
        return not self._task.done()

    @property
    def end(self) -> BaseException | None:
        """What the stream ended with; None where it has said all that it had to."""
        return self._task.exception()

    async def until(self, count: int, seconds: float = 60) -> list[Message]:
        """The changes, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.changes) < count:
                assert self.is_open, f"the stream ended: {self.changes}"
                await self.news()
        return self.changes

    async def news(self) -> None:
        """Wait for the next message, or for the end."""
        if self.is_open:
            self._news.clear()
            await self._news.wait()

    async def told(self, position: int, seconds: float = 60) -> list[Message]:
        """The changes, once everything up to this position is told, or the stream has ended."""
        async with asyncio.timeout(seconds):
            while self.position < position and self.is_open:
                await self.news()
        if not self.is_open and self.end is not None and not isinstance(self.end, ShutOutError):
            raise self.end
        return self.changes

    async def stop(self) -> None:
        """Read no more, as when the socket is lost."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
