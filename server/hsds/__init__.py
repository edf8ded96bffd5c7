"""The importer of HSDS directories (Open Referral's Human Services Data Specification, 3.0): docs/hsds.md."""

from server.hsds.command import command
from server.hsds.entries import UnreadableDirectoryError
from server.hsds.importer import import_hsds
from server.hsds.report import Report

__all__ = ["Report", "UnreadableDirectoryError", "command", "import_hsds"]
