"""The feed: everything a person may see change, once, in order, across interruptions.

The promise: every committed event that a viewer may see at delivery reaches them once, in order, across lost sockets,
killed workers, a lost broadcaster, a restarted database and deployments; or they are told `ResyncRequired`. Nothing
that they may not see at the moment of sending is ever sent.

How it is kept:
- A stream is *live*, fed by the tail through a bounded buffer, or *catching up*, reading pages of the log. A full
  buffer is dropped and the stream goes back to catching up: a slow reader costs no memory and loses nothing.
- A stream knows the viewer's rights *as of its position* (`_known`). They choose the events that may concern the
  viewer, and they change only by the viewer's own `user` events, in order; after a reconnection they are rebuilt from
  those events. So it is the same whether an event comes live or is caught up with.
- Whether an event is shown is decided by the policy with the rights *of the moment* (`Sights`), each time anew.
- Rights lost: one `AccessEnded` for each record that the rights as of the position show and those of the moment do
  not. Rights gained: `ResyncRequired`, since the log does not repeat what happened before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Database, Row, Statement
from models.events import Event, Log
from policies.actors import Actor
from policies.signing import Signer
from schema.errors import BadArgumentError
from schema.feed import ResyncReason
from subscriptions.cursors import Cursor, Cursors, OtherEpoch, Unreadable
from subscriptions.sights import Sights
from subscriptions.streams import Stream, Wanted

_LOG = Statement(select(Log.epoch, Log.head))
_AT = Statement(select(Event.at).where(Event.position == bindparam("position")))


class Feed:
    """All streams of this process."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        now: Callable[[], datetime],
        retention: timedelta = timedelta(days=30),
    ) -> None:
        self.database = database
        self.sights = Sights(database)
        self.cursors = Cursors(signer)
        self.epoch: Id = ""
        self.head = 0
        self._now = now
        self._retention = retention
        self._streams: dict[str, set[Stream]] = {}

    def restart(self, epoch: Id, head: int) -> None:
        """The log is another one: every stream has to start again."""
        self.epoch, self.head = epoch, head
        for stream in self.streams():
            stream.resync(ResyncReason.EPOCH)

    def publish(self, events: list[Row]) -> None:
        """Offer the next events of the log to the streams that they may concern."""
        for event in events:
            concerned: set[Stream] = set()
            for topic in event["topics"]:
                concerned |= self._streams.get(topic, set())
            for stream in concerned:
                stream.offer(event)
            self.head = event["position"]

    def streams(self) -> set[Stream]:
        """The streams that are open."""
        return set().union(*self._streams.values()) if self._streams else set()

    def attach(self, stream: Stream, topics: frozenset[str]) -> None:
        """Offer the stream the events on these topics."""
        for topic in topics:
            self._streams.setdefault(topic, set()).add(stream)

    def detach(self, stream: Stream, topics: frozenset[str]) -> None:
        """Offer them no longer."""
        for topic in topics:
            attached = self._streams.get(topic)
            if attached is not None:
                attached.discard(stream)
                if not attached:
                    del self._streams[topic]

    async def cursor(self, user_id: Id) -> str:
        """Where the log ends now, for this person."""
        epoch, head = await self._log()
        return self.cursors.write(Cursor(head), user_id, epoch)

    async def open(self, actor: Actor, session_id: Id | None, after: str | None, wanted: Wanted) -> Stream:
        """A stream of what the person may see, from the cursor or from now on. A cursor of somebody else is refused."""
        assert actor.id is not None
        epoch, head = await self._log()
        if after is None:
            return Stream(self, actor.id, session_id, Cursor(head), wanted)
        cursor = self.cursors.read(after, actor.id, epoch)
        if isinstance(cursor, Unreadable):
            raise BadArgumentError("after", "is not a cursor of this feed.")
        stream = Stream(self, actor.id, session_id, cursor if isinstance(cursor, Cursor) else Cursor(head), wanted)
        if isinstance(cursor, OtherEpoch) or cursor.position > head:
            stream.resync(ResyncReason.EPOCH)
        elif await self._is_too_old(cursor):
            stream.resync(ResyncReason.TOO_OLD)
        return stream

    async def _log(self) -> tuple[Id, int]:
        found = await self.database.row(_LOG)
        assert found is not None
        return found["epoch"], found["head"]

    async def _is_too_old(self, cursor: Cursor) -> bool:
        next_at = await self.database.value(_AT, position=cursor.position + 1)
        return next_at is not None and next_at < self._now() - self._retention


def wanted_from(filter: Mapping[str, Any]) -> Wanted:
    """What a `FeedFilter` asks for, by its GraphQL names."""
    kinds = filter.get("kinds")
    return Wanted(
        kinds=None if kinds is None else frozenset(str(kind) for kind in kinds),
        referral_id=filter.get("referralId"),
        client_id=filter.get("clientId"),
        program_id=filter.get("programId"),
        mentoring_request_id=filter.get("mentoringRequestId"),
    )
