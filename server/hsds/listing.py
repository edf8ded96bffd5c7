"""The file of findings: one line for every row that was refused, or kept without one of its fields."""

import csv
from pathlib import Path
from types import TracebackType
from typing import IO

from workflows.directory.rows import Finding

_COLUMNS = (*Finding._fields[:-1], "outcome")


class Listing:
    """Written beside its place, and put there only when the import comes to its end; if nothing was found, none is."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._draft = path and path.with_name(f"{path.name}.part")
        self._file: IO[str] | None = None
        self.problem: str | None = None
        """Why there is no file, though something was found. It does not stop an import."""

    def __enter__(self) -> "Listing":
        return self

    def add(self, finding: Finding) -> None:
        """Write a line."""
        if self._draft is None or self.problem:
            return
        try:
            if self._file is None:
                self._file = self._draft.open("w", encoding="utf-8", newline="")
                csv.writer(self._file).writerow(_COLUMNS)
            csv.writer(self._file).writerow((*finding[:-1], "refused" if finding.refused else "kept"))
        except OSError as error:
            self.problem = error.strerror or str(error)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is None or self._draft is None:
            return
        try:
            if self._file is not None:
                self._file.close()
                if kind is None and self.problem is None:
                    self._draft.replace(self._path)
                else:
                    self._draft.unlink()
            elif kind is None and self.problem is None:
                # What an earlier import found is no longer so.
                self._path.unlink(missing_ok=True)
        except OSError as problem:
            self.problem = problem.strerror or str(problem)
