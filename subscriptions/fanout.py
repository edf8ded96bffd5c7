"""Fan-out: one event told to many streams at once.

A stream that has told everything is at rest. If its viewer's connection takes messages without waiting, the stream is
then *held* while it is told the next events here, together with the others: one decision, one rendering for all to whom
it reads alike, and no task woken for each.

Invariants
- Whoever holds a stream tells it: its own task does nothing until it is released.
- An event leaves a stream's buffer when it is told, or is nothing to its viewer. Whatever is unusual stays there, and
  is left to the stream's own task: an end of access, a change of rights, a ban, a slow reader, a database that is away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from models.database import Row
from subscriptions.sights import Sights

if TYPE_CHECKING:
    from subscriptions.streams import Stream

log = logging.getLogger("throughline.fanout")

AT_ONCE = 100
"""Streams that are told before others of the process have their turn."""


class FanOut:
    """Tells the streams that are held; `on_told` hears how many viewers have been told of an event by now."""

    def __init__(self, sights: Sights, on_told: Callable[[Row, int], None]) -> None:
        self._sights = sights
        self._on_told = on_told
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, held: Iterable[Stream]) -> None:
        """Tell each what is in its buffer, those together who have the same event next, and release it then."""
        groups: dict[int, tuple[Row, list[Stream]]] = {}
        for stream in held:
            event = stream.next_event()
            if event is None:
                stream.release()
            else:
                groups.setdefault(event["position"], (event, []))[1].append(stream)
        for event, streams in groups.values():
            task = asyncio.create_task(self._tell(event, streams))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _tell(self, event: Row, streams: list[Stream]) -> None:
        told: dict[Stream, None] = {}
        try:
            sights = await self._sights.of(event["kind"], event["record_id"], {stream.user_id for stream in streams})
            plain = [(stream, sight) for stream in streams if (sight := stream.plain_sight(event, sights))]
            for start in range(0, len(plain), AT_ONCE):
                # All renderings are begun before one is waited for.
                begun = [(stream, stream.begin(event, sight)) for stream, sight in plain[start : start + AT_ONCE]]
                viewers = 0
                for stream, message in begun:
                    parts = await message.rendering.result() if message else None
                    if message and parts:
                        if not stream.put(message.cursor.join(parts)):
                            continue
                        viewers += 1
                    stream.passed(event)
                    told[stream] = None
                self._on_told(event, viewers)
                await asyncio.sleep(0)
        except Exception as error:
            log.debug("Each stream has to see to it by itself: %s", type(error).__name__)
        for stream in streams:
            if stream not in told:
                stream.release()
        self.tell(told)
