"""Submissions of clients for the next phase or another persona."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Text, cast, func

import loaders.clients
import loaders.engagements
import loaders.events
import loaders.organizations
import loaders.people
import loaders.phases
import loaders.programs
import loaders.progressions
import models.progressions as rows
from models.events import Event
from models.progressions import ApprovalDecision, ProgressionKind, ProgressionStatus
from policies import progressions as policy
from policies.actors import ONE
from schema.access import Permit, permit
from schema.engagements import Engagement
from schema.fields import arguments, column, connection, derived, described, edge, kind
from schema.node import Node
from schema.organizations import Site
from schema.paging import Connection
from schema.people import Actor, Role
from schema.phases import Persona, Phase

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.programs import Program

LazyClient = Annotated["Client", strawberry.lazy("schema.clients")]
LazyProgram = Annotated["Program", strawberry.lazy("schema.programs")]

strawberry.enum(ProgressionKind, description="What is recommended.")
strawberry.enum(ProgressionStatus, description="What came of a submission. Who has to act is said by `waitsFor`.")
strawberry.enum(ApprovalDecision, description="What an approver said.")


@arguments
class ProgressionFilter:
    """Which submissions; all conditions together."""

    status: list[ProgressionStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    kind: list[ProgressionKind] | None = strawberry.field(default=None, description="For one of these.")
    client_id: strawberry.ID | None = strawberry.field(default=None, description="Of this client.")
    program_id: strawberry.ID | None = strawberry.field(default=None, description="In this program.")
    phase_id: strawberry.ID | None = strawberry.field(default=None, description="For this phase.")
    campus_id: strawberry.ID | None = strawberry.field(default=None, description="At this campus.")
    submitted_by_id: strawberry.ID | None = strawberry.field(default=None, description="By this case manager.")
    warned: bool | None = strawberry.field(default=None, description="Only with warnings, or only without.")
    stale: bool | None = strawberry.field(default=None, description="Only stale ones, or only others.")


@described
class ProgressionWarning:
    """An outcome area in which the client had not come far enough when they were submitted."""

    area: str = strawberry.field(description="The outcome area.")
    threshold: int = strawberry.field(description="Less than this many percent is a warning.")
    percent: int | None = strawberry.field(description="How far they had come; null: nothing was recorded.")


@described
class Recommendation:
    """The first part of a submission: the update that is recommended. The second is its client."""

    from_phase: Phase | None = edge(loaders.phases.by_id, "from_phase_id", "The phase in which the client was.")
    phase: Phase | None = edge(loaders.phases.by_id, "phase_id", "The phase recommended; null: another persona is.")
    campus: Site | None = edge(loaders.organizations.site_by_id, "campus_id", "At which campus.")
    persona: Persona | None = edge(
        loaders.phases.persona_by_id, "persona_id", "The persona recommended; null: a phase is."
    )
    reason: str = strawberry.field(description="Why.")
    warnings: list[ProgressionWarning] = strawberry.field(
        description="Below which thresholds of the phase the client was. A warning stops nobody."
    )


_RECOMMENDED = ("from_phase_id", "phase_id", "campus_id", "persona_id", "reason", "warnings")


@kind
class Approval:
    """A decision that a submission needs, or has had."""

    id: strawberry.ID = column(rows.Approval.id, "Its id.")
    number: int = column(rows.Approval.number, "1: first. 2: after the first approval.")
    approver: Actor | None = edge(loaders.people.named, rows.Approval.approver_id, "Who is to decide.")
    role: Role | None = edge(
        loaders.people.role_by_id, rows.Approval.role_id, "Whoever has this role may decide, where no person is named."
    )
    decision: ApprovalDecision | None = column(rows.Approval.decision, "What they said; null: nothing yet.")
    comments: str | None = column(rows.Approval.comments, "What they had to say about it.")
    decided_by: Actor | None = edge(loaders.people.named, rows.Approval.decided_by_id, "Who decided.")
    on_behalf_of: Actor | None = edge(
        loaders.people.named, rows.Approval.on_behalf_of_id, "For whom they stood in; null: for nobody."
    )
    decided_at: datetime | None = column(rows.Approval.decided_at, "When.")


@kind
class ProgressionHistoryEntry:
    """Something that happened to a submission."""

    id: strawberry.ID = column(cast(Event.id, Text), "The event's own id: the `eventId` under which the feed tells it.")
    at: datetime = column(Event.at, "When.")
    action: str = column(
        Event.action,
        "What: progression.submitted, progression.first_approved, progression.approved, progression.denied, "
        "progression.withdrawn, progression.became_stale or progression.approvers_changed.",
    )
    actor: Actor | None = edge(loaders.people.named, Event.actor_id, "Who; null: the system.")
    on_behalf_of: Actor | None = edge(
        loaders.people.named, Event.on_behalf_of_id, "For whom they stood in; null: for nobody."
    )


@described
class ProgressionHistoryConnection(Connection[ProgressionHistoryEntry]):
    """A page of a submission's history."""


@described
class ProgressionAccess:
    """What the viewer may do with a submission now."""

    approve: Permit = strawberry.field(description="Approve it.")
    deny: Permit = strawberry.field(description="Deny it.")
    withdraw: Permit = strawberry.field(description="Withdraw it.")


def _access(actor: Any, row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "approve": permit(policy.approve(actor, row)),
        "deny": permit(policy.deny_it(actor, row)),
        "withdraw": permit(policy.withdraw(actor, row)),
    }


@kind
class Progression(Node):
    """A case manager's submission of a client, for approval: what is recommended, and who the client is."""

    id: strawberry.ID = column(rows.Progression.id, "Its id.")
    version: int = column(rows.Progression.version, "Grows with each change.")
    kind: ProgressionKind = column(rows.Progression.kind, "What is recommended.")
    status: ProgressionStatus = column(rows.Progression.status, "What came of it.")
    waits_for: int | None = column(
        rows.Progression.waits_for, "The number of the approval that it waits for; null: it is decided or withdrawn."
    )
    stale: bool = column(
        func.coalesce(policy.stale(), False),
        "Whether the client's engagement has changed since: it can be denied or withdrawn, but not approved.",
    )
    awaits_viewer: bool = column(func.coalesce(policy.queue(ONE), False), "Whether it stands in the viewer's queue.")
    recommendation: Recommendation = derived(
        lambda actor, row: row,
        {name: getattr(rows.Progression, name) for name in _RECOMMENDED},
        "The first part: the update that is recommended.",
    )
    client: LazyClient | None = edge(
        loaders.clients.by_id, rows.Progression.client_id, "The second part: the client, with their details."
    )
    program: LazyProgram | None = edge(loaders.programs.by_id, rows.Progression.program_id, "In which program.")
    engagement: Engagement | None = edge(
        loaders.engagements.by_id, rows.Progression.engagement_id, "The engagement on which it is based."
    )
    result: Engagement | None = edge(
        loaders.engagements.by_id, rows.Progression.result_id, "The engagement that came of it."
    )
    replaces: "Progression | None" = edge(
        loaders.progressions.by_id, rows.Progression.replaces_id, "The one before it, which was denied or withdrawn."
    )
    submitted_by: Actor | None = edge(loaders.people.named, rows.Progression.submitted_by_id, "By whom.")
    created_at: datetime = column(rows.Progression.created_at, "When it was submitted.")
    updated_at: datetime = column(rows.Progression.updated_at, "When it was last changed.")
    approvals: Connection[Approval] = connection(
        loaders.progressions.approvals_of_progression, rows.Progression.id, "The decisions, in their order."
    )
    history: ProgressionHistoryConnection = connection(
        loaders.events.of_record, rows.Progression.id, "What happened to it, oldest first.", default=50
    )
    access: ProgressionAccess = derived(
        _access,
        {
            "status": rows.Progression.status,
            "submitted_by_id": rows.Progression.submitted_by_id,
            "organization_id": rows.Progression.organization_id,
            "awaited": policy.awaited(ONE),
            "has_approved": policy.has_approved(ONE),
            "stale": func.coalesce(policy.stale(), False),
        },
        "What the viewer may do with it now.",
    )
