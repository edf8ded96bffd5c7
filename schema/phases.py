"""The phases of a program, and what entering each of them takes."""

from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.organizations
import loaders.people
import loaders.phases
import loaders.programs
import models.phases as rows
from models.phases import ApproverKind
from schema.fields import column, connection, edge, kind
from schema.node import Node
from schema.organizations import Site
from schema.paging import Connection
from schema.people import Actor, Role

if TYPE_CHECKING:
    from schema.programs import Program

LazyProgram = Annotated["Program", strawberry.lazy("schema.programs")]

strawberry.enum(ApproverKind, description="How the one who approves is found.")


@kind
class PhaseApprover:
    """Who decides whether a client enters a phase; known inside the organization."""

    number: int = column(rows.PhaseApprover.number, "1: first. 2: after the first approval.")
    kind: ApproverKind = column(
        rows.PhaseApprover.kind, "LEADER: of the submitter. ROLE: whoever has it. PERSON: this one."
    )
    role: Role | None = edge(loaders.people.role_by_id, rows.PhaseApprover.role_id, "Whoever has this role.")
    person: Actor | None = edge(loaders.people.named, rows.PhaseApprover.user_id, "This person.")


@kind
class PhaseWarning:
    """What approvers are warned of; known inside the organization."""

    area: str = column(rows.PhaseWarning.area, "The outcome area.")
    threshold: int = column(rows.PhaseWarning.threshold, "Less than this many percent is a warning.")


@kind
class AutomaticAssignment:
    """Where whoever enters a phase is given a new case manager by itself; known inside the organization."""

    campus: Site | None = edge(loaders.organizations.site_by_id, rows.AutomaticAssignment.campus_id, "The campus.")
    delay_seconds: int = column(
        rows.AutomaticAssignment.delay_seconds, "How long a leader has to assign somebody themself."
    )


@kind
class Phase(Node):
    """A stage of a program; clients go from one to the next."""

    id: strawberry.ID = column(rows.Phase.id, "Its id.")
    version: int = column(rows.Phase.version, "Grows with each change.")
    name: str = column(rows.Phase.name, "Its name.")
    position: int = column(rows.Phase.position, "Its place in the program's order, from 1.")
    program: LazyProgram | None = edge(loaders.programs.by_id, rows.Phase.program_id, "The program.")
    approvers: Connection[PhaseApprover] = connection(
        loaders.phases.approvers_of_phase, rows.Phase.id, "Who decides about entering it: one, or two in their order."
    )
    warnings: Connection[PhaseWarning] = connection(
        loaders.phases.warnings_of_phase, rows.Phase.id, "What a submission is held against; a warning stops nobody."
    )
    automatic_assignments: Connection[AutomaticAssignment] = connection(
        loaders.phases.assignments_of_phase,
        rows.Phase.id,
        "The campuses at which a new case manager is assigned by itself.",
    )


@kind
class Persona(Node):
    """How an organization describes some of its clients; known inside it."""

    id: strawberry.ID = column(rows.Persona.id, "Its id.")
    name: str = column(rows.Persona.name, "Its name.")
