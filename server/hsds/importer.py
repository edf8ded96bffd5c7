"""The import: reads, checks and stages entry by entry, then settles, all in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from models.database import Database, Transaction
from server.hsds import nested, tabular
from server.hsds.entries import Entry, UnreadableDirectoryError, kind_of
from server.hsds.listing import Listing
from server.hsds.report import Report, printable
from server.hsds.rows import check
from server.hsds.source import CSV, Source
from workflows import directory, text
from workflows.directory.rows import Finding, Staged
from workflows.refusals import RefusedError

BATCH = 5_000
REMEMBERED = 10_000
Progress = Callable[[int, int | None], None]


async def import_hsds(
    database: Database,
    path: Path,
    *,
    source: str | None = None,
    findings: Path | None = None,
    progress: Progress | None = None,
) -> Report:
    """Take the directory at `path` over into ours: all of its good rows, or nothing when it cannot be read at all.

    `source` names the directory, so that its next edition updates this one; by default it is the name of the file or
    folder. `findings` is where every refused row is listed. `progress` is told how many bytes of how many were read.
    """
    report = Report(text.required(source or _name(path), text.NAME, "source"), findings)
    opened = Source(path)
    try:
        with Listing(findings) as listing:
            async with database.transaction() as transaction:
                await _Import(transaction, opened, report, listing).run(progress)
        report.file_problem = listing.problem
    finally:
        opened.close()
    return report


def _name(path: Path) -> str:
    return path.resolve().stem


class _Import:
    """One import, under way."""

    def __init__(self, transaction: Transaction, source: Source, report: Report, listing: Listing) -> None:
        self._transaction = transaction
        self._source = source
        self._report = report
        self._listing = listing
        self._staged: dict[type[Staged], list[Staged]] = defaultdict(list)
        self._said: set[tuple[str, str, str]] = set()

    async def run(self, progress: Progress | None) -> None:
        await directory.begin(self._transaction, self._report.source)
        for number, entry in enumerate(_entries(self._source), 1):
            self._take(entry)
            if number % BATCH == 0:
                await self._stage()
                if progress:
                    progress(self._source.position, self._source.size)
        if not self._report.read and not self._report.refused:
            raise UnreadableDirectoryError("There is no organization, service or location in it.")
        await self._stage()
        if progress:
            progress(self._source.size, self._source.size)
        self._report.written = await directory.settle(self._transaction, self._report.source)
        async for finding in directory.findings(self._transaction):
            self._found(finding)

    def _take(self, entry: Entry | Finding) -> None:
        if isinstance(entry, Finding):
            return self._found(entry)
        self._report.read[entry.kind] += 1
        try:
            row = check(entry, partial(self._note, entry))
        except RefusedError as refused:
            self._note(entry, refused.field[0], refused.message, refused=True)
        else:
            if row is not None:
                self._staged[type(row)].append(row)

    def _note(self, entry: Entry, field: str, reason: str, refused: bool = False) -> None:
        id = entry.values.get("id")
        finding = Finding(entry.file, entry.line, entry.kind, "" if id is None else str(id), field, reason, refused)
        if entry.depth:
            # What is nested is there in many copies, and one complaint is enough.
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            if (said := (finding.kind, finding.id, reason)) in self._said:
                return
            self._said.add(said)
        self._found(finding)

    def _found(self, finding: Finding) -> None:
        finding = printable(finding)
        self._report.add(finding)
        self._listing.add(finding)

    async def _stage(self) -> None:
        for batch in self._staged.values():
            await directory.stage(self._transaction, batch)
        self._staged.clear()


def _entries(source: Source) -> Iterator[Entry | Finding]:
    for member in source.members:
        kind = kind_of(member.name)
        with source.text(member) as opened:
            if member.name.lower().endswith(CSV) and kind:
                yield from tabular.read(member.name, kind, opened)
            else:
                yield from nested.read(member.name, opened)
