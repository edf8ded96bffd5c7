"""What submitting or deciding would do."""

import strawberry

import loaders.organizations
import loaders.people
import loaders.phases
from models.progressions import ApprovalDecision, ProgressionKind, ProgressionStatus
from schema.engagements import AssignmentCandidate
from schema.errors import UserError
from schema.fields import arguments, described, edge
from schema.organizations import Site
from schema.people import Actor, Role
from schema.phases import Persona, Phase
from schema.progressions import ProgressionWarning


@arguments
class ProgressionSimulateSubmission:
    """A submission that is not made."""

    engagement_id: strawberry.ID = strawberry.field(description="An engagement of the viewer's caseload.")
    kind: ProgressionKind = strawberry.field(description="What is recommended.")
    phase_id: strawberry.ID | None = strawberry.field(default=None, description="As in a submission.")
    campus_id: strawberry.ID | None = strawberry.field(default=None, description="As in a submission.")
    persona_id: strawberry.ID | None = strawberry.field(default=None, description="As in a submission.")


@arguments
class ProgressionSimulateDecision:
    """A decision that is not made."""

    id: strawberry.ID = strawberry.field(description="The submission.")
    decision: ApprovalDecision = strawberry.field(description="What would be said.")


@strawberry.input(one_of=True, description="What is tried out: one of the two.")
class ProgressionSimulateInput:
    """Either a submission or a decision."""

    submit: ProgressionSimulateSubmission | None = strawberry.field(
        default=strawberry.UNSET, description="What submitting this would do."
    )
    decide: ProgressionSimulateDecision | None = strawberry.field(
        default=strawberry.UNSET, description="What deciding this would do."
    )


@described
class SimulatedPerson:
    """Somebody whom it would concern."""

    person: Actor | None = edge(loaders.people.named, "person_id", "Who.")


@described
class SimulatedApprover:
    """Who would decide at one place of the route."""

    number: int = strawberry.field(description="1: first. 2: after the first approval.")
    role: Role | None = edge(loaders.people.role_by_id, "role_id", "Whoever has this role; null: one person decides.")
    people: list[SimulatedPerson] = strawberry.field(description="Who could decide, as things stand.")


@described
class SimulatedAssignment:
    """The new case manager whom the client would be given by itself, as things stand."""

    delay_seconds: int = strawberry.field(description="After how long.")
    case_manager: Actor | None = edge(
        loaders.people.named, "case_manager_id", "Who; null: nobody is eligible, and the leader is alerted."
    )
    reason: str = strawberry.field(description="Why this one.")
    candidates: list[AssignmentCandidate] = strawberry.field(description="Everybody eligible, the chosen one first.")


@described
class ProgressionSimulation:
    """How things would stand; nothing of it is done."""

    status: ProgressionStatus | None = strawberry.field(description="What would have come of it; null: it is refused.")
    waits_for: int | None = strawberry.field(description="The number of the approval that it would wait for.")
    approvers: list[SimulatedApprover] = strawberry.field(description="Of a submission: who would decide, in order.")
    warnings: list[ProgressionWarning] = strawberry.field(description="Of a submission: what approvers would see.")
    emails: list[SimulatedPerson] = strawberry.field(description="Who would be e-mailed.")
    phase: Phase | None = edge(
        loaders.phases.by_id, "phase_id", "Where the client would be then; of a submission, once it is approved."
    )
    campus: Site | None = edge(loaders.organizations.site_by_id, "campus_id", "At which campus.")
    persona: Persona | None = edge(loaders.phases.persona_by_id, "persona_id", "Described as what.")
    automatic_assignment: SimulatedAssignment | None = strawberry.field(
        description="The new case manager then; null: the present one goes on."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it would be refused; empty: it would be done.")
