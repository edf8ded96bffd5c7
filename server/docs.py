"""The parts of docs/ that are written from the code."""

from pathlib import Path
from typing import Any

from models.mentoring import MentoringStatus
from models.referrals import ReferralStatus
from workflows import delegations, portal, records
from workflows.lifecycle import Lifecycle
from workflows.mentoring import lifecycle as mentoring_lifecycle
from workflows.partners.case_managers import RECRUITMENT
from workflows.progressions.lifecycle import LIFECYCLE
from workflows.referrals.lifecycle import CATEGORIES, OPEN_POLICY

DOCS = Path(__file__).parent.parent / "docs"
_HEAD = """# Lifecycles

Written by `make docs` from the tables that the workflows enforce; a test holds it against them.
"""


def generated() -> list[tuple[Path, str]]:
    """The files, with the text that each of them should have."""
    parts = [_HEAD, _referrals(), _records(), _portal(), _progressions(), _delegations(), _mentoring()]
    parts.append(_case_managers())
    return [(DOCS / "lifecycles.md", "\n".join(parts))]


def _referrals() -> str:
    rows = [(status.value, CATEGORIES[status].value.replace("_", " ")) for status in ReferralStatus]
    return "\n".join(["## Referrals", "", *_table(("Status", "Category"), rows), "", *_steps(OPEN_POLICY)])


def _case_managers() -> str:
    return "\n".join(["## Recruitment of case managers", "", *_steps(RECRUITMENT)])


def _records() -> str:
    return "\n".join(["## Client records", "", *_steps(records.LIFECYCLE)])


def _portal() -> str:
    return "\n".join(["## Portal accounts", "", *_steps(portal.LIFECYCLE)])


def _progressions() -> str:
    text = "What came of a submission. Who has to act is said by the number of the approval that it waits for: 1 or 2."
    return "\n".join(["## Submissions for approval", "", text, "", *_steps(LIFECYCLE)])


def _delegations() -> str:
    return "\n".join(["## Delegations", "", *_steps(delegations.LIFECYCLE)])


def _mentoring() -> str:
    acts = {
        MentoringStatus.UNASSIGNED: "the coordinators",
        MentoringStatus.ASSIGNED_PENDING: "the mentor, who has yet to answer",
        MentoringStatus.ASSIGNED: "the mentor, who has accepted",
        MentoringStatus.PENDING_REASSIGNMENT: "the coordinators, again",
    }
    rows = [(status.value, acts[status]) for status in MentoringStatus]
    return "\n".join(
        [
            "## Requests for a mentor",
            "",
            *_table(("Status", "Who has to act"), rows),
            "",
            *_steps(mentoring_lifecycle.LIFECYCLE),
        ]
    )


def _steps(lifecycle: Lifecycle[Any]) -> list[str]:
    start = f"It starts as `{lifecycle.start.value}`; `any` stands for every status."
    return [start, "", lifecycle.diagram(), ""]


def _table(heads: tuple[str, str], rows: list[tuple[str, str]]) -> list[str]:
    return [f"| {heads[0]} | {heads[1]} |", "|---|---|", *(f"| `{first}` | {second} |" for first, second in rows)]
