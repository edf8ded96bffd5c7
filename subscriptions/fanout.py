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
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from models.database import Row
from subscriptions.shared import Shared
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
            self._start(self._tell(event, streams))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, event: Row, streams: list[Stream]) -> None:
        sharing: dict[Shared[list[str] | None], deque[Stream]] = {}
        passed: list[Stream] = []
        with _releasing(deque(streams)) as left:
            sights = await self._sights.of(event["kind"], event["record_id"], {stream.user_id for stream in streams})
            while left:
                stream = left[0]
                sight = stream.plain_sight(event, sights)
                rendering = None if sight is None else stream.begin(event, sight)
                left.popleft()
                if rendering is not None:
                    sharing.setdefault(rendering, deque()).append(stream)
                elif sight is not None:
                    stream.passed(event)
                    passed.append(stream)
                else:
                    stream.release()
        self.tell(passed)
        for rendering, readers in sharing.items():
            self._start(self._put(event, rendering, readers))

    async def _put(self, event: Row, rendering: Shared[list[str] | None], readers: deque[Stream]) -> None:
        """Tell those to whom it reads alike, as soon as it is rendered."""
        with _releasing(readers) as left:
            parts = await rendering.result()
            while left and parts is not None:
                told = []
                for _ in range(min(AT_ONCE, len(left))):
                    stream = left[0]
                    is_told = stream.put(event, parts)
                    left.popleft()
                    if is_told:
                        told.append(stream)
                    else:
                        stream.release()
                self._on_told(event, len(told))
                self.tell(told)
                await asyncio.sleep(0)


@contextmanager
def _releasing(left: deque[Stream]) -> Iterator[deque[Stream]]:
    """Whoever is left over, whatever happened in the block, asks again by their own task, which deals with it."""
    try:
        yield left
    except Exception as error:
        log.debug("Each stream has to see to it by itself: %s", type(error).__name__)
    finally:
        for stream in left:
            stream.release()
