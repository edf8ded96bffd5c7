"""Slowing down whoever guesses."""

import time
from collections import OrderedDict

_REMEMBERED = 10_000


class Throttle:
    """Allows so many failures for a key in a window of seconds; counted in this process."""

    def __init__(self, failures: int, window: float) -> None:
        self._allowed = failures
        self._window = window
        self._failures: OrderedDict[str, list[float]] = OrderedDict()

    def is_open(self, key: str) -> bool:
        """Whether the key may try."""
        return len(self._recent(key)) < self._allowed

    def failed(self, key: str) -> None:
        """The key tried in vain."""
        self._failures[key] = [*self._recent(key), time.monotonic()]
        self._failures.move_to_end(key)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """The key got in: its failures are forgotten."""
        self._failures.pop(key, None)

    def _recent(self, key: str) -> list[float]:
        since = time.monotonic() - self._window
        return [at for at in self._failures.get(key, ()) if at > since]
