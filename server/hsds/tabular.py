"""The tabular form: CSV, one file a table. A line that breaks the rules of CSV costs that line and no other."""

import csv
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from server.hsds.entries import Entry, UnreadableDirectoryError
from workflows.directory.rows import Finding

MAX_LINE = 1024**2
_REQUIRED = {
    "organization": {"id", "name"},
    "service": {"id", "organization_id", "name"},
    "location": {"id"},
    "taxonomy_term": {"id", "name"},
    "service_at_location": {"service_id", "location_id"},
    "address": {"location_id"},
    "phone": {"number"},
    "attribute": {"link_id", "taxonomy_term_id"},
}


class _Lines:
    """The lines of a file. Those of the record being read are kept, so that they can be read again one by one."""

    def __init__(self, file: str, text: TextIO) -> None:
        self.number = 0
        self._file = file
        self._text = text
        self._again: deque[str] = deque()
        self._record: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(MAX_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) == MAX_LINE:
            raise UnreadableDirectoryError(f"{self._file}, line {self.number} is longer than {MAX_LINE:,} characters.")
        self._record.append(line)
        return line

    def begin(self) -> int:
        """Begin a record; answer the number of its first line."""
        self._record.clear()
        return self.number + 1

    def give_up(self) -> None:
        """Give up the first line of the record: what looked like the rest of it is to be read anew."""
        self._again.extendleft(reversed(self._record[1:]))
        self.number -= len(self._record) - 1


def read(file: str, kind: str, text: TextIO) -> Iterator[Entry | Finding]:
    """The rows of a table."""
    lines = _Lines(file, text)
    heading = next(lines, "")
    delimiter = max(",;\t", key=heading.count)
    try:
        header = [name.strip().lower() for name in next(csv.reader([heading], delimiter=delimiter), [])]
    except csv.Error as error:
        raise UnreadableDirectoryError(f"{file} is not CSV: {error} in its first line.") from error
    if missing := _REQUIRED[kind] - set(header):
        raise UnreadableDirectoryError(f"{file} has no column {' and no '.join(sorted(missing))} in its first line.")
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin()
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Finding(file, line, kind, "", "", f"It is not CSV: {error}.", True)
            lines.give_up()
            # The reader is still inside the record.
            rows = csv.reader(lines, delimiter=delimiter, strict=True)
            continue
        if row is None:
            return
        if any(row[len(header) :]):
            reason = f"It has {len(row)} columns; the first line has {len(header)}."
            yield Finding(file, line, kind, "", "", reason, True)
        elif any(row):
            # A row that ends early lacks its last columns, as spreadsheets write it.
            yield Entry(file, line, 0, kind, dict(zip(header, row, strict=False)))
