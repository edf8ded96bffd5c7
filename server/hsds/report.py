"""What came of an import."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from workflows.directory import Written
from workflows.directory.rows import Finding

SHOWN = 50


@dataclass
class Report:
    """What was read, written and refused. The findings are the first ones; `file` has them all, if there are any."""

    source: str
    file: Path | None = None
    file_problem: str | None = None
    read: Counter[str] = field(default_factory=Counter)
    """Rows read, by kind; copies nested in other rows count too."""
    written: dict[str, Written] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    """Rows refused, by kind."""
    notes: int = 0
    """How often a row was kept, but not all of it."""
    findings: list[Finding] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if it is one of the first."""
        if finding.refused:
            self.refused[finding.kind] += 1
        else:
            self.notes += 1
        if len(self.findings) < SHOWN:
            self.findings.append(finding)

    def lines(self) -> list[str]:
        """The report as people read it."""
        lines = [f"Source “{self.source}”"]
        for table, (created, updated, unchanged, gone) in self.written.items():
            kept = f"; {gone:,} no longer there or refused this time, kept as they are" if gone else ""
            lines.append(f"  {table}: {created:,} created, {updated:,} updated, {unchanged:,} unchanged{kept}")
        lines.append(f"  {self.refused.total():,} rows refused; {self.notes:,} kept with something mended or left out")
        lines += [_line(finding) for finding in self.findings]
        if (more := self.refused.total() + self.notes - len(self.findings)) > 0:
            lines.append(f"… and {more:,} more.")
        if self.file_problem:
            lines.append(f"The list could not be written to {self.file}: {self.file_problem}.")
        elif self.findings and self.file:
            lines.append(f"All of them: {self.file}")
        return lines


def printable(finding: Finding) -> Finding:
    """The finding as a screen can show it: what a directory holds may be meant for terminals, or be no text at all."""
    file, line, kind, id, field, reason, refused = finding
    return Finding(_printable(file), line, kind, _printable(id), field, _printable(reason), refused)


def _line(finding: Finding) -> str:
    what = " ".join(part for part in (finding.kind, finding.id) if part)
    about = f"{finding.field}: " if finding.field else ""
    outcome = "refused" if finding.refused else "kept"
    place = "line" if finding.file.lower().endswith(".csv") else "record"
    return f"{outcome}: {finding.file}, {place} {finding.line}, {what}: {about}{finding.reason}"


def _printable(value: str) -> str:
    return (
        value
        if value.isprintable() and len(value) <= 300
        else "".join(mark if mark.isprintable() else f"\\x{ord(mark):02x}" for mark in value[:300])
    )
