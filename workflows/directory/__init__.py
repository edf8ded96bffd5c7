"""The directory: organizations, programs and sites that another system owns, and that are read again from there.

The import is the directory's own act: its actor is the system, so nobody's permission is asked. It records no event
for a row. The directory is on nobody's feed, and a first import would write as many events as a county has services.

Rows are staged in temporary tables and judged there, so that an import of any size needs little memory, and the live
tables are locked for the writing only: `begin`, then `stage` again and again, then `settle`, then `findings`.
"""

from workflows.directory.settle import Written, settle
from workflows.directory.staging import begin, findings, stage

__all__ = ["Written", "begin", "findings", "settle", "stage"]
