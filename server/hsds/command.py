"""The import on a terminal."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from models.database import Database
from server.hsds.entries import UnreadableDirectoryError
from server.hsds.importer import import_hsds
from workflows.refusals import RefusedError


async def command(database: Database, path: Path, *, source: str | None = None, findings: Path | None = None) -> int:
    """Import with a progress bar and print what came of it; answer the exit status, 1 where nothing could be read."""
    findings = findings or _beside(path)
    screen, margin = Console(soft_wrap=True, highlight=False, markup=False), Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=margin, transient=True, disable=not margin.is_terminal) as bar:
        task = bar.add_task("Reading", total=None)

        def progress(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total, description="Writing" if done == total else "Reading")

        try:
            report = await import_hsds(database, path, source=source, findings=findings, progress=progress)
        except (UnreadableDirectoryError, RefusedError) as error:
            bar.stop()
            margin.print(f"Nothing was imported: {error}", markup=False, highlight=False, soft_wrap=True)
            return 1
    for line in report.lines():
        screen.print(line)
    return 0


def _beside(path: Path) -> Path:
    # Not in a folder itself, which would be read again next time.
    place = path.resolve()
    return place.parent / f"{place.name}.refused.csv"
