"""Half a year in half a minute: many stories that happen side by side, told in the order of their times."""

import heapq
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

from workflows import clock
from workflows.refusals import RefusedError

Story = AsyncGenerator[timedelta, None]
"""Acts, and between its acts says how long it waits."""

_LOCAL = timezone(timedelta(hours=-8))


class Timeline:
    """Runs stories; whatever they do happens at the time of the story."""

    def __init__(self, progress: Callable[[datetime], None]) -> None:
        self._progress = progress
        self._waiting: list[tuple[datetime, int, Story]] = []
        self._number = count()
        self._at = datetime.min.replace(tzinfo=UTC)

    def begin(self, at: datetime, story: Story) -> None:
        """Have a story begin then, or when people are next at work; never before what has happened already."""
        heapq.heappush(self._waiting, (office_hours(max(at, self._at)), next(self._number), story))

    async def run(self, end: datetime) -> None:
        """Tell all that happens before the end; what is unfinished then stays so."""
        try:
            while self._waiting:
                at, _, story = heapq.heappop(self._waiting)
                if at >= end:
                    await story.aclose()
                    continue
                # What came before took its own few milliseconds.
                move_to(max(at, self._at))
                self._progress(at)
                try:
                    wait = await anext(story)
                    self._at = clock.now()
                    self.begin(self._at + wait, story)
                except (StopAsyncIteration, RefusedError):
                    # A refusal is life: the client withdrew their consent, say, and the program's part ends there.
                    self._at = clock.now()
        finally:
            clock.reset()


def move_to(moment: datetime) -> None:
    """Move the clock there."""
    clock.reset()
    clock.move(moment - clock.now())


def office_hours(moment: datetime) -> datetime:
    """The moment itself where it lies in working hours, or one as late in the next ones as it was too late."""
    local = moment.astimezone(_LOCAL)
    if local.hour >= 17:
        local = (local + timedelta(days=1)).replace(hour=8, minute=local.minute)
    elif local.hour < 8:
        local = local.replace(hour=8 + local.hour)
    while local.weekday() > 4:
        local += timedelta(days=1)
    return local
