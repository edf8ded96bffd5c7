"""The feed: everything a person may see change, once, in order, across interruptions.

The promise: every committed event that a viewer may see at delivery reaches them once, in order, across lost sockets,
killed workers, a lost broadcaster, a restarted database and deployments; or they are told `ResyncRequired`. Nothing
that they may not see at the moment of sending is ever sent.

How it is kept:
- A stream is *live*, fed by the tail through a bounded buffer, or *catching up*, reading pages of the log. A full
  buffer is dropped and the stream goes back to catching up: a slow reader costs no memory and loses nothing. Live
  streams that have told everything are told the next event together (subscriptions/fanout.py).
- A stream knows the viewer's rights *as of its position* (`_known`). They choose the events that may concern the
  viewer, and they change only by the viewer's own `user` events, in order; after a reconnection they are rebuilt from
  those events. So it is the same whether an event comes live or is caught up with.
- Whether an event is shown is decided by the policy with the rights *of the moment* (`Sights`), each time anew.
- A record lost: `AccessEnded`, if the rights as of the position showed it just before the event.
- Rights lost: one `AccessEnded` for each record that the rights before the event showed and those after it do not;
  and `ResyncRequired`, where less is left to see of others, or where nobody can tell. Rights gained: `ResyncRequired`,
  since the log does not repeat what happened before.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from models.base import Id
from models.database import Database, Row
from policies.actors import Actor
from policies.signing import Signer
from schema.errors import BadArgumentError
from schema.feed import ResyncReason
from subscriptions.cursors import Cursor, Cursors, Mark, OtherEpoch, Unreadable, mark
from subscriptions.fanout import FanOut
from subscriptions.log import look
from subscriptions.sights import Sights
from subscriptions.streams import Stream
from subscriptions.wanted import Wanted


class Feed:
    """All streams of this process."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        now: Callable[[], datetime],
        retention: timedelta,
        on_told: Callable[[timedelta, int], None],
    ) -> None:
        self.database = database
        self.sights = Sights(database)
        self.cursors = Cursors(signer)
        self.epoch: Id = ""
        self.end = Mark(0, 0)
        """The last event that the tail has told."""
        self._now = now
        self._retention = retention
        self._on_told = on_told
        self._streams: dict[str, set[Stream]] = {}
        self._fan_out = FanOut(self.sights, self.told)

    def restart(self, epoch: Id, end: Mark) -> None:
        """The log is another one: every stream has to start again."""
        self.sights.known.restart(epoch, end.position)
        self.epoch, self.end = epoch, end
        for stream in self.streams():
            stream.resync(ResyncReason.EPOCH)

    def publish(self, events: list[Row]) -> None:
        """Offer the next events of the log to the streams that they may concern."""
        self.sights.known.tell(events)
        held: list[Stream] = []
        for event in events:
            concerned: set[Stream] = set()
            for topic in event["topics"]:
                concerned |= self._streams.get(topic, set())
            held += [stream for stream in concerned if stream.offer(event)]
        self._fan_out.tell(held)
        self.end = mark(events[-1]["position"], events[-1]["at"])

    def told(self, event: Row, viewers: int = 1) -> None:
        """Live streams have told so many viewers of an event."""
        self._on_told(self._now() - event["at"], viewers)

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
        log = await look(self.database)
        return self.cursors.write(Cursor(log.end.position, log.end), user_id, log.epoch)

    async def open(self, actor: Actor, session_id: Id | None, after: str | None, wanted: Wanted) -> Stream:
        """A stream of what the person may see, from the cursor or from now on. A cursor of somebody else is refused."""
        assert actor.id is not None
        if after is None:
            end = (await look(self.database)).end
            return Stream(self, actor.id, session_id, Cursor(end.position, end), wanted)
        cursor = self.cursors.read(after, actor.id, self.epoch)
        if isinstance(cursor, Unreadable):
            raise BadArgumentError("after", "is not a cursor of this feed.")
        if isinstance(cursor, OtherEpoch):
            return self._ended(actor.id, session_id, wanted, ResyncReason.EPOCH)
        log = await look(self.database, marked=cursor.end, after=cursor.position)
        if log.epoch != self.epoch or not log.holds:
            return self._ended(actor.id, session_id, wanted, ResyncReason.EPOCH)
        if log.next_at is not None and log.next_at < self._now() - self._retention:
            return self._ended(actor.id, session_id, wanted, ResyncReason.TOO_OLD)
        return Stream(self, actor.id, session_id, cursor, wanted)

    def _ended(self, user_id: Id, session_id: Id | None, wanted: Wanted, reason: ResyncReason) -> Stream:
        stream = Stream(self, user_id, session_id, Cursor(self.end.position, self.end), wanted)
        stream.resync(reason)
        return stream
