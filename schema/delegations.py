"""Who stands in for an approver who is away."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.organizations
import loaders.people
import models.delegations as rows
from models.delegations import DelegationStatus
from policies import delegations as policy
from schema.access import Permit, permit
from schema.fields import column, derived, described, edge, kind
from schema.node import Node
from schema.people import Actor

if TYPE_CHECKING:
    from schema.organizations import Organization

LazyOrganization = Annotated["Organization", strawberry.lazy("schema.organizations")]

strawberry.enum(DelegationStatus, description="Where in its period a delegation is.")


@described
class DelegationAccess:
    """What the viewer may do with a delegation now."""

    end: Permit = strawberry.field(description="End it before its time.")


@kind
class Delegation(Node):
    """For a period, a member of an organization decides for another; known inside it."""

    id: strawberry.ID = column(rows.Delegation.id, "Its id.")
    version: int = column(rows.Delegation.version, "Grows with each change.")
    status: DelegationStatus = column(rows.Delegation.status, "Where in its period it is.")
    organization: LazyOrganization | None = edge(
        loaders.organizations.by_id, rows.Delegation.organization_id, "In which organization."
    )
    delegator: Actor | None = edge(loaders.people.named, rows.Delegation.delegator_id, "Who is away.")
    delegate: Actor | None = edge(loaders.people.named, rows.Delegation.delegate_id, "Who stands in.")
    starts_at: datetime = column(rows.Delegation.starts_at, "Since when.")
    ends_at: datetime = column(rows.Delegation.ends_at, "Until when.")
    access: DelegationAccess = derived(
        lambda actor, row: {"end": permit(policy.end(actor, row))},
        {
            "status": rows.Delegation.status,
            "delegator_id": rows.Delegation.delegator_id,
            "organization_id": rows.Delegation.organization_id,
        },
        "What the viewer may do with it now.",
    )
