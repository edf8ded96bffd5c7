"""One viewer's stream of the feed (subscriptions/feed.py has the promise and how it is kept)."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Text, bindparam, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from models.base import Id
from models.database import Row, Statement
from models.events import Event
from policies.actors import UUID, Actor
from policies.actors import actor as read_actor
from policies.events import OF_DETAILS
from policies.mentoring import AMONG_STAFF
from schema.feed import ResyncReason
from subscriptions.cursors import Cursor
from subscriptions.kinds import KINDS
from subscriptions.losses import lost, showed
from subscriptions.messages import Delivery, access_ended, changed, checkpoint, resync_required
from subscriptions.shared import Shared
from subscriptions.sights import ShutOut, Sight
from subscriptions.tail import EVENT
from subscriptions.wanted import Wanted

if TYPE_CHECKING:
    from subscriptions.feed import Feed

BUFFER = 256
"""Events that a live stream may be behind before it goes back to catching up."""
PAGE = 200
"""Events that a stream reads of the log at once."""
CHECKPOINT = 15.0
"""Seconds without a message after which a checkpoint is sent."""

_PAGE = Statement(
    select(*EVENT)
    .where(
        Event.position > bindparam("after"),
        Event.position <= bindparam("head"),
        Event.topics.op("&&")(bindparam("topics", type_=ARRAY(Text()))),
    )
    .order_by(Event.position)
    .limit(bindparam("limit"))
)
_RIGHTS_SINCE = Statement(
    select(Event.before, Event.after)
    .where(
        Event.kind == "user",
        Event.record_id == bindparam("user_id", type_=UUID),
        or_(Event.position.is_(None), Event.position > bindparam("after")),
    )
    .order_by(Event.id.desc())
)


class ShutOutError(Exception):
    """The viewer is banned, or their session has ended."""


_OF_DETAILS = OF_DETAILS.union(AMONG_STAFF)


class Viewer(NamedTuple):
    """Who takes messages directly, beside what the stream yields (subscriptions/fanout.py)."""

    rendering: Callable[[Delivery], Shared[list[str] | None]]
    """The message as it reads to the viewer, but for the cursors between the parts; None: it is out of sight."""
    put: Callable[[str], bool]
    """Sends it; or sends nothing, and says so, where that would have to wait."""


class Stream:
    """What one viewer is told. Iterate it once; close it when done."""

    def __init__(self, feed: Feed, user_id: Id, session_id: Id | None, cursor: Cursor, wanted: Wanted) -> None:
        self._feed = feed
        self._user_id = user_id
        self._session_id = session_id
        self._position = cursor.position
        self._ended = cursor.ended
        self._end = cursor.end
        self._wanted = wanted
        self._known = Actor(user_id)
        self._topics: frozenset[str] = frozenset()
        self._buffer: deque[Row] = deque()
        self._live = False
        self._at_rest = False
        self._held = False
        self._viewer: Viewer | None = None
        self._wake = asyncio.Event()
        self._resync: ResyncReason | None = None
        self._told_at = time.monotonic()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def user_id(self) -> Id:
        """Whose stream it is."""
        return self._user_id

    @property
    def is_live(self) -> bool:
        """Whether the tail feeds it."""
        return self._live

    def offer(self, event: Row) -> bool:
        """The tail has an event on one of the stream's topics. Whether the stream was at rest, and is held from now."""
        if not self._live:
            return False
        if len(self._buffer) >= BUFFER:
            self._live = False
            self._buffer.clear()
        else:
            self._buffer.append(event)
            if self._at_rest and not self._wake.is_set():
                self._at_rest, self._held = False, True
                return True
        if not self._held:
            self._wake.set()
        return False

    def resync(self, reason: ResyncReason) -> None:
        """Tell the viewer to start again, and end."""
        self._resync = reason
        self._wake.set()

    def close(self) -> None:
        """Offer it nothing any more, and let nobody tell it anything."""
        self._live = False
        if self._alarm is not None:
            self._alarm.cancel()
        self._feed.detach(self, self._topics)
        self._topics = frozenset()

    async def deliveries(self, viewer: Viewer | None = None) -> AsyncIterator[Delivery]:
        """What the viewer is told, one by one; ends after `ResyncRequired`, raises ShutOutError at a ban.

        What can be told to many at once is not among it, where there is a `viewer` who takes it.
        """
        self._viewer = viewer
        try:
            if self._resync is None:
                self._know(await self._rights_at_position())
            while self._resync is None:
                async for delivery in self._catch_up():
                    yield delivery
                async for delivery in self._follow():
                    yield delivery
            yield resync_required(self._resync, self._known)
        finally:
            self.close()

    # While it is held by subscriptions/fanout.py, which alone calls these.

    def next_event(self) -> Row | None:
        """The next event about a record that may concern the viewer; None leaves the stream to itself."""
        while self._is_undisturbed() and self._buffer and (event := self._buffer[0])["kind"] in KINDS:
            if event["position"] > self._position and self._may_concern(event):
                return event
            self.passed(event)
        return None

    def plain_sight(self, event: Row, sights: Mapping[Id, Sight | ShutOut]) -> Sight | None:
        """What the viewer sees of its record, where that is all there is to it: they are told of the event, or not."""
        sight = sights.get(self._user_id)
        if isinstance(sight, Sight) and (sight.visible or not self._may_end(event)):
            return sight
        return None

    def begin(self, event: Row, sight: Sight) -> Shared[list[str] | None] | None:
        """The rendering of the message that tells the viewer of the event; None if they are told nothing."""
        assert self._viewer is not None
        # Its cursor is put in when it is sent.
        return self._viewer.rendering(changed(event, sight, "")) if self._is_told(event, sight) else None

    def put(self, event: Row, parts: list[str]) -> bool:
        """Send the message that tells of the event; or say that this has to be left to the stream's own task.

        That is so where it would have to wait, or where what has come meanwhile may change what the viewer sees.
        """
        assert self._viewer is not None
        meanwhile = islice(self._buffer, 1, None)
        if not self._live or self._resync is not None or any(self._is_unusual(later) for later in meanwhile):
            return False
        if not self._viewer.put(self._cursor(event["position"]).join(parts)):
            return False
        self.passed(event)
        return True

    def passed(self, event: Row) -> None:
        """The viewer has been told of the first event in the buffer, or it is nothing to them."""
        if self._buffer and self._buffer[0] is event:
            self._buffer.popleft()
        if event["position"] > self._position:
            self._position, self._ended = event["position"], None

    def release(self) -> None:
        """It is held no longer: it rests, or goes on by itself where something is left to do."""
        self._held = False
        self._at_rest = self._is_undisturbed() and not self._buffer
        if not self._at_rest:
            self._wake.set()

    def _is_undisturbed(self) -> bool:
        """Whether it has nothing else to do than to tell of events."""
        return self._live and self._resync is None and self._alarm is not None

    def _is_unusual(self, event: Row) -> bool:
        return event["kind"] not in KINDS or self._may_end(event)

    # Its own task.

    async def _rights_at_position(self) -> Actor:
        """The rights of the moment, with the viewer's own later events undone."""
        rights = await self._rights_now()
        later = await self._feed.database.rows(_RIGHTS_SINCE, user_id=self._user_id, after=self._position)
        for event in later:
            rights = rights.changed(less=event["after"], more=event["before"])
        return rights

    async def _rights_now(self) -> Actor:
        rights = await read_actor(self._feed.database, self._user_id, session_id=self._session_id)
        if rights is None:
            raise ShutOutError
        return rights

    def _know(self, rights: Actor) -> None:
        topics = rights.topics()
        self._feed.attach(self, topics - self._topics)
        self._feed.detach(self, self._topics - topics)
        self._known, self._topics = rights, topics

    async def _catch_up(self) -> AsyncIterator[Delivery]:
        """Read the log page by page until the stream has everything that the tail has told."""
        while self._resync is None:
            head = self._feed.end.position
            if self._position >= head:
                # No await since the head was read: nothing can be told between this and being live.
                self._live = True
                return
            topics = self._topics
            events = await self._feed.database.rows(
                _PAGE, after=self._position, head=head, topics=sorted(topics), limit=PAGE
            )
            for event in events:
                async for delivery in self._deliver(event):
                    yield delivery
                self._position = event["position"]
                if self._topics != topics or self._resync is not None:
                    break
            else:
                if len(events) < PAGE:
                    self._position = head
            if self._is_silent():
                yield self._checkpoint()

    async def _follow(self) -> AsyncIterator[Delivery]:
        """Take events from the buffer while it does not run over."""
        while self._live and self._resync is None:
            if not self._buffer:
                # The head is read before the rest: what is told meanwhile is in the buffer, not passed over.
                head = self._feed.end.position
                if self._alarm is None:
                    self._set_alarm()
                await self._rest()
                if self._live and self._resync is None and not self._buffer and self._is_silent():
                    self._position = max(self._position, head)
                    yield self._checkpoint()
                continue
            event = self._buffer.popleft()
            if event["position"] > self._position:
                async for delivery in self._deliver(event):
                    yield delivery
                    self._feed.told(event)
                self._position = event["position"]
            if self._is_silent():
                yield self._checkpoint()

    async def _rest(self) -> None:
        """Until there is something to do that nobody else does meanwhile (subscriptions/fanout.py)."""
        self._wake.clear()
        self._at_rest = self._viewer is not None
        await self._wake.wait()
        while self._held:
            self._wake.clear()
            await self._wake.wait()
        self._at_rest = False

    def _set_alarm(self) -> None:
        """Wake the stream when it has been silent for long: one timer for many waits, each of which is short."""
        left = self._told_at + CHECKPOINT - time.monotonic()
        self._alarm = asyncio.get_running_loop().call_later(max(0.0, left), self._ring)

    def _ring(self) -> None:
        if self._is_silent():
            self._alarm = None
            self._wake.set()
        else:
            self._set_alarm()

    def _is_silent(self) -> bool:
        return time.monotonic() >= self._told_at + CHECKPOINT

    def _checkpoint(self) -> Delivery:
        return checkpoint(self._known, self._cursor(self._position))

    def _cursor(self, position: int, ended: Id | None = None) -> str:
        self._told_at = time.monotonic()
        self._end = max(self._end, self._feed.end)
        return self._feed.cursors.write(Cursor(position, self._end, ended), self._user_id, self._feed.epoch)

    async def _deliver(self, event: Row) -> AsyncIterator[Delivery]:
        match event["kind"]:
            case kind if kind in KINDS:
                delivery = await self._record(event)
                if delivery is not None:
                    yield delivery
            case "user" if event["record_id"] == self._user_id:
                async for delivery in self._rights_changed(event):
                    yield delivery
            case "session" if event["record_id"] == self._session_id:
                raise ShutOutError
        self._ended = None

    async def _record(self, event: Row) -> Delivery | None:
        if not self._may_concern(event):
            return None
        sight = await self._feed.sights.decide(event["kind"], event["record_id"], self._user_id)
        if isinstance(sight, ShutOut):
            raise ShutOutError
        if sight.visible or not self._may_end(event):
            is_told = self._is_told(event, sight)
            return changed(event, sight, self._cursor(event["position"])) if is_told else None
        # Who lost sight of it otherwise, while this was under way, has been told.
        if self._is_for_viewer(event, sight) and await showed(self._feed.database, self._known, event):
            return access_ended(event["record_id"], sight.scope, self._cursor(event["position"]))
        return None

    def _is_told(self, event: Row, sight: Sight) -> bool:
        return sight.visible and self._is_for_viewer(event, sight)

    def _may_concern(self, event: Row) -> bool:
        return event["kind"] in self._wanted.kinds and not self._topics.isdisjoint(event["topics"])

    def _may_end(self, event: Row) -> bool:
        """Whether the viewer's sight of the record may have ended with it."""
        return not self._topics.isdisjoint(event["ended_topics"])

    def _is_for_viewer(self, event: Row, sight: Sight) -> bool:
        """Whether they asked for it, and it is not kept from them."""
        return (
            (event["internal_to_id"] is None or event["internal_to_id"] in sight.scope.organizations)
            and self._wanted.includes(event["kind"], event["record_id"], sight.client_id, sight.program_id)
            and (event["action"] not in _OF_DETAILS or sight.details)
        )

    async def _rights_changed(self, event: Row) -> AsyncIterator[Delivery]:
        await self._rights_now()
        if any(event["after"].values()):
            self.resync(ResyncReason.ACCESS_GAINED)
            return
        former = self._known
        self._know(former.changed(less=event["before"], more=event["after"]))
        loss = await lost(self._feed.database, former, self._known, event)
        ended = [
            row["id"]
            for row in loss.ended
            if self._wanted.includes(row["kind"], row["id"], row["client_id"], row["program_id"])
            and (self._ended is None or row["id"] > self._ended)
        ]
        for record_id in ended:
            # Until all is told, cursors lie before the event, so that what is interrupted is gone on with.
            done = record_id == ended[-1] and loss.is_all
            cursor = self._cursor(event["position"]) if done else self._cursor(event["position"] - 1, record_id)
            yield access_ended(record_id, self._known, cursor)
        if not loss.is_all:
            self.resync(ResyncReason.ACCESS_NARROWED)
