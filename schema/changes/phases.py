"""Changes of phases: what they are given and what they answer."""

import strawberry

import loaders.phases
from models.phases import ApproverKind
from schema.errors import UserError, user_errors
from schema.fields import arguments, described, edge, idempotency_key
from schema.phases import Persona, Phase


@arguments
class PhaseApproverInput:
    """Who decides whether a client enters a phase."""

    kind: ApproverKind = strawberry.field(description="LEADER: of the submitter. ROLE: whoever has it. PERSON.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="With ROLE: a role of the organization.")
    user_id: strawberry.ID | None = strawberry.field(default=None, description="With PERSON: a member.")


@arguments
class PhaseWarningInput:
    """What approvers are warned of."""

    area: str = strawberry.field(description="The outcome area: 200 characters.")
    threshold: int = strawberry.field(description="Less than this many percent is a warning: 1 to 100.")


@arguments
class AutomaticAssignmentInput:
    """Where a new case manager is assigned by itself."""

    campus_id: strawberry.ID = strawberry.field(description="A site of the program.")
    delay_seconds: int | None = strawberry.field(default=120, description="How long a leader has: a day at most.")


@arguments
class PhaseAddInput:
    """A phase to add at the end of a program."""

    program_id: strawberry.ID = strawberry.field(description="The program.")
    name: str = strawberry.field(description="200 characters.")
    approvers: list[PhaseApproverInput] = strawberry.field(description="One, or two in their order.")
    warnings: list[PhaseWarningInput] | None = strawberry.field(default=None, description="What is warned of.")
    automatic_assignments: list[AutomaticAssignmentInput] | None = strawberry.field(
        default=None, description="Where a new case manager is assigned by itself."
    )
    idempotency_key: strawberry.ID | None = idempotency_key()


@arguments
class PersonaAddInput:
    """A persona to add."""

    organization_id: strawberry.ID = strawberry.field(description="Whose persona: an organization that one belongs to.")
    name: str = strawberry.field(description="200 characters.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class PhasePayload:
    """What a change of a phase answers."""

    phase: Phase | None = edge(loaders.phases.by_id, "phase_id", "The phase.")
    user_errors: list[UserError] = user_errors()


@described
class PersonaPayload:
    """What a change of a persona answers."""

    persona: Persona | None = edge(loaders.phases.persona_by_id, "persona_id", "The persona.")
    user_errors: list[UserError] = user_errors()
