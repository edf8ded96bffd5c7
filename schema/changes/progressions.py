"""Changes of progressions: what they are given and what they answer."""

from typing import Any

import strawberry

import loaders.progressions
from models.progressions import ProgressionKind
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, expected_version, idempotency_key
from schema.progressions import Progression


def _decided_version() -> Any:
    text = "The version that the decision is based on; another one is a CONFLICT."
    return strawberry.field(description=text)


@arguments
class ProgressionSubmitInput:
    """A client to submit, for the next phase or for another persona."""

    engagement_id: strawberry.ID = strawberry.field(description="An engagement of the viewer's caseload.")
    kind: ProgressionKind = strawberry.field(description="What is recommended.")
    reason: str = strawberry.field(description="Why: 4,000 characters.")
    phase_id: strawberry.ID | None = strawberry.field(
        default=None, description="With PHASE: the next phase of the program, which it is where nothing is said."
    )
    campus_id: strawberry.ID | None = strawberry.field(
        default=None, description="With PHASE: a site of the program; where nothing is said, the same campus."
    )
    persona_id: strawberry.ID | None = strawberry.field(
        default=None, description="With PERSONA: a persona of the organization."
    )
    replaces_id: strawberry.ID | None = strawberry.field(
        default=None, description="The submission before, which was denied or withdrawn."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ProgressionApproveInput:
    """A submission to approve."""

    id: strawberry.ID = strawberry.field(description="The submission.")
    expected_version: int = _decided_version()
    comments: str | None = strawberry.field(default=None, description="4,000 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ProgressionDenyInput:
    """A submission to deny."""

    id: strawberry.ID = strawberry.field(description="The submission.")
    expected_version: int = _decided_version()
    comments: str = strawberry.field(description="Why: 4,000 characters, not blank. The submitter is e-mailed it.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class ProgressionWithdrawInput:
    """A submission to withdraw."""

    id: strawberry.ID = strawberry.field(description="The submission.")
    expected_version: int | None = expected_version()
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class ProgressionPayload:
    """What a change of a submission answers."""

    progression: Progression | None = edge(
        loaders.progressions.by_id, "progression_id", "The submission; at a conflict, as it is now."
    )
    user_errors: list[UserError] = user_errors()
