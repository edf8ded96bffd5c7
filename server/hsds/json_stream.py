"""JSON, value by value: a file of any size in the memory that its largest record needs."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from server.hsds.entries import UnreadableDirectoryError

CHUNK = 1024**2
MAX_RECORD = 64 * 1024**2


class Values:
    """Reads one JSON value after the other from a text."""

    def __init__(self, file: str, text: TextIO) -> None:
        self._file = file
        self._text = text
        self._buffer = ""
        self._at = 0
        self._lines = 0
        self._decode = json.JSONDecoder().raw_decode

    def peek(self) -> str:
        """The next character that is not white space; nothing at the end."""
        while True:
            while self._at < len(self._buffer):
                if not self._buffer[self._at].isspace():
                    return self._buffer[self._at]
                self._at += 1
            if not self._more():
                return ""

    def skip(self, *expected: str) -> str:
        """Step over the next character, which must be one of these."""
        found = self.peek()
        if found not in expected or not found:
            raise self._broken(f"there is {found!r} in place of {' or '.join(expected)}" if found else "it ends early")
        self._at += 1
        return found

    def value(self) -> Any:
        """The next value."""
        self.peek()
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except json.JSONDecodeError as error:
                line = self._lines + error.lineno
                if not self._more():
                    raise self._broken(error.msg, line) from error
                continue
            except (RecursionError, ValueError) as error:
                # Arrays in arrays without end, or a number of thousands of digits.
                raise self._broken(str(error)) from error
            # A number may go on in what is not read yet.
            if end < len(self._buffer) or not self._more():
                self._at = end
                return value

    def items(self) -> Iterator[Any]:
        """The values of the array that begins here."""
        self.skip("[")
        if self.peek() == "]":
            self.skip("]")
            return
        while True:
            yield self.value()
            if self.skip(",", "]") == "]":
                return

    def members(self, streamed: Callable[[str], bool]) -> Iterator[tuple[str, Any]]:
        """The members of the object that begins here; where `streamed`, an array comes value by value."""
        self.skip("{")
        if self.peek() == "}":
            self.skip("}")
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise self._broken("a name is not a string")
            self.skip(":")
            if streamed(name) and self.peek() == "[":
                yield from ((name, item) for item in self.items())
            else:
                yield name, self.value()
            if self.skip(",", "}") == "}":
                return

    def _more(self) -> bool:
        rest = len(self._buffer) - self._at
        if rest > MAX_RECORD:
            raise self._broken(f"one record is longer than {MAX_RECORD >> 20} million characters, or never ends")
        # At least as much again: what is tried anew then costs no more than reading it did.
        chunk = self._text.read(max(CHUNK, rest))
        self._lines += self._buffer.count("\n", 0, self._at)
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return bool(chunk)

    def _broken(self, why: str, line: int | None = None) -> UnreadableDirectoryError:
        line = line or self._lines + self._buffer.count("\n", 0, self._at) + 1
        return UnreadableDirectoryError(f"{self._file}, line {line} is not JSON that can be read: {why}.")
