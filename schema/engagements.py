"""Where a client stands in a program."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import case

import loaders.clients
import loaders.engagements
import loaders.organizations
import loaders.people
import loaders.phases
import loaders.programs
import models.engagements as rows
from models.engagements import EngagementStatus
from policies import engagements as policy
from policies.actors import ONE
from schema.access import Permit, permit
from schema.fields import arguments, column, connection, derived, described, edge, kind
from schema.node import Node
from schema.organizations import Site
from schema.paging import Connection
from schema.people import Actor
from schema.phases import Persona, Phase

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.programs import Program

LazyClient = Annotated["Client", strawberry.lazy("schema.clients")]
LazyProgram = Annotated["Program", strawberry.lazy("schema.programs")]

strawberry.enum(EngagementStatus, description="Whether it is the one that counts.")

_inside = policy.inside(ONE)


@arguments
class EngagementFilter:
    """Which engagements; all conditions together."""

    status: list[EngagementStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    client_id: strawberry.ID | None = strawberry.field(default=None, description="Of this client.")
    program_id: strawberry.ID | None = strawberry.field(default=None, description="In this program.")
    phase_id: strawberry.ID | None = strawberry.field(default=None, description="In this phase.")
    campus_id: strawberry.ID | None = strawberry.field(default=None, description="At this campus.")
    case_manager_id: strawberry.ID | None = strawberry.field(default=None, description="Of this case manager.")


@described
class AssignmentCandidate:
    """Somebody who was eligible for an automatic assignment."""

    case_manager: Actor | None = edge(loaders.people.named, "case_manager_id", "Who.")
    clients: int = strawberry.field(description="How many active engagements they carried.")


@kind
class CaseManagerAssignment:
    """Who was case manager, from one day to another, and why; known inside the organization."""

    id: strawberry.ID = column(rows.CaseManagerAssignment.id, "Its id.")
    case_manager: Actor | None = edge(loaders.people.named, rows.CaseManagerAssignment.case_manager_id, "Who.")
    assigned_by: Actor | None = edge(
        loaders.people.named, rows.CaseManagerAssignment.assigned_by_id, "By whom; null: by itself."
    )
    reason: str = column(rows.CaseManagerAssignment.reason, "Why this one.")
    candidates: list[AssignmentCandidate] = derived(
        lambda actor, row: row["candidates"],
        {"candidates": rows.CaseManagerAssignment.candidates},
        "Of an automatic one: everybody who was eligible, the chosen one first.",
    )
    started_at: datetime = column(rows.CaseManagerAssignment.started_at, "Since when.")
    ended_at: datetime | None = column(rows.CaseManagerAssignment.ended_at, "Until when; null: still.")


@kind
class Outcome:
    """How far a client has come in an outcome area; known inside the organization."""

    id: strawberry.ID = column(rows.Outcome.id, "Its id.")
    version: int = column(rows.Outcome.version, "Grows with each change.")
    area: str = column(rows.Outcome.area, "The outcome area.")
    percent: int = column(rows.Outcome.percent, "How far, in percent.")
    updated_at: datetime = column(rows.Outcome.updated_at, "When it was last recorded.")


@described
class EngagementAccess:
    """What the viewer may do with an engagement now."""

    submit: Permit = strawberry.field(description="Submit the client for the next phase, or for another persona.")
    manage: Permit = strawberry.field(description="Assign and remove case managers, and end the engagement.")
    record_outcome: Permit = strawberry.field(description="Record how far the client has come.")


def _access(actor: Any, row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "submit": permit(policy.submit(actor, row)),
        "manage": permit(policy.manage(actor, row)),
        "record_outcome": permit(policy.record_outcome(actor, row)),
    }


@kind
class Engagement(Node):
    """A client in one phase of a program; entering the next phase begins another engagement."""

    id: strawberry.ID = column(rows.Engagement.id, "Its id.")
    version: int = column(rows.Engagement.version, "Grows with each change that the client may see.")
    status: EngagementStatus = column(rows.Engagement.status, "Whether it is the one that counts.")
    started_at: datetime = column(rows.Engagement.started_at, "Since when.")
    ended_at: datetime | None = column(rows.Engagement.ended_at, "Until when; null: still.")
    updated_at: datetime = column(rows.Engagement.updated_at, "When it was last changed.")
    client: LazyClient | None = edge(loaders.clients.by_id, rows.Engagement.client_id, "Who.")
    program: LazyProgram | None = edge(loaders.programs.by_id, rows.Engagement.program_id, "In which program.")
    phase: Phase | None = edge(loaders.phases.by_id, rows.Engagement.phase_id, "In which phase.")
    campus: Site | None = edge(loaders.organizations.site_by_id, rows.Engagement.campus_id, "At which campus.")
    persona: Persona | None = edge(
        loaders.phases.persona_by_id, rows.Engagement.persona_id, "How the organization describes the client."
    )
    case_manager: Actor | None = edge(loaders.people.named, rows.Engagement.case_manager_id, "Whose caseload it is in.")
    previous: "Engagement | None" = edge(
        loaders.engagements.by_id, rows.Engagement.previous_id, "The engagement before it."
    )
    assignment_due_at: datetime | None = column(
        case((_inside, rows.Engagement.assignment_due_at)),
        "When a new case manager is assigned by itself; null: none is, or the viewer is the client.",
    )
    alerted_at: datetime | None = column(
        case((_inside, rows.Engagement.alerted_at)),
        "Since when the leader is alerted that nobody was eligible; null: they are not, or the viewer is the client.",
    )
    outcomes: Connection[Outcome] = connection(
        loaders.engagements.outcomes_of_engagement, rows.Engagement.id, "How far the client has come, by area."
    )
    case_manager_assignments: Connection[CaseManagerAssignment] = connection(
        loaders.engagements.assignments_of_engagement,
        rows.Engagement.id,
        "Who was case manager, and why; the latest first.",
    )
    access: EngagementAccess = derived(
        _access,
        {
            "status": rows.Engagement.status,
            "organization_id": rows.Engagement.organization_id,
            "case_manager_id": rows.Engagement.case_manager_id,
        },
        "What the viewer may do with it now.",
    )
