"""Invitations: to the portal, and to membership."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import case

import loaders.organizations
import loaders.people
import models.invitations as rows
from models.invitations import InvitationKind
from schema.fields import column, edge, kind
from schema.node import Node
from schema.people import Actor

if TYPE_CHECKING:
    from schema.organizations import Organization

LazyOrganization = Annotated["Organization", strawberry.lazy("schema.organizations")]

strawberry.enum(InvitationKind, description="What an invitation is to: an account in the portal, or membership.")


@kind
class Invitation(Node):
    """A letter to an address; whoever gets it may accept, once, until it is revoked or expires."""

    id: strawberry.ID = column(rows.Invitation.id, "Its id.")
    kind: InvitationKind = column(
        case((rows.Invitation.client_id.is_(None), InvitationKind.MEMBERSHIP.value), else_=InvitationKind.PORTAL.value),
        "What it is to.",
    )
    address: str = column(rows.Invitation.address, "Where it went, which becomes the user name.")
    organization: LazyOrganization | None = edge(
        loaders.organizations.by_id, rows.Invitation.organization_id, "Which organization invites."
    )
    invited_by: Actor | None = edge(loaders.people.named, rows.Invitation.invited_by_id, "Who invited.")
    created_at: datetime = column(rows.Invitation.created_at, "When it was sent first.")
    sent_at: datetime = column(rows.Invitation.sent_at, "When it was sent last.")
    expires_at: datetime = column(rows.Invitation.expires_at, "Until when it can be accepted.")
    accepted_at: datetime | None = column(rows.Invitation.accepted_at, "When it was accepted.")
    revoked_at: datetime | None = column(rows.Invitation.revoked_at, "When it was revoked.")
