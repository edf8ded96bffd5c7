"""Any record by its id, and the viewer."""

from typing import Any

import strawberry
from sqlalchemy import bindparam, literal, select, union_all

import loaders.clients
import loaders.delegations
import loaders.engagements
import loaders.goals
import loaders.invitations
import loaders.list_views
import loaders.mentoring
import loaders.mentors
import loaders.notes
import loaders.notifications
import loaders.organizations
import loaders.partners
import loaders.people
import loaders.phases
import loaders.programs
import loaders.progressions
import loaders.records
import loaders.referrals
from loaders.edges import One
from models.database import Row, Statement
from policies.actors import ONE, UUID
from resolvers.referrals import columns_to_open, opened
from schema.context import Info
from schema.fields import columns_of
from schema.node import Node, RecordId
from schema.viewer import Viewer
from workflows.text import as_id

NODES: dict[str, One] = {
    "BusinessUnit": loaders.partners.unit_by_id,
    "CaseManager": loaders.partners.by_id,
    "Client": loaders.clients.by_id,
    "ClientType": loaders.records.type_by_id,
    "Goal": loaders.goals.by_id,
    "Group": loaders.organizations.group_by_id,
    "Invitation": loaders.invitations.by_id,
    "Delegation": loaders.delegations.by_id,
    "Engagement": loaders.engagements.by_id,
    "ListView": loaders.list_views.by_id,
    "Membership": loaders.people.membership_by_id,
    "Mentor": loaders.mentors.by_id,
    "MentoringAssignment": loaders.mentoring.assignment_by_id,
    "MentoringMail": loaders.mentoring.mail_by_id,
    "MentoringNote": loaders.mentoring.note_by_id,
    "MentoringRequest": loaders.mentoring.by_id,
    "MentoringSession": loaders.mentoring.session_by_id,
    "Note": loaders.notes.by_id,
    "Notification": loaders.notifications.by_id,
    "Organization": loaders.organizations.by_id,
    "Position": loaders.partners.position_by_id,
    "Persona": loaders.phases.persona_by_id,
    "Phase": loaders.phases.by_id,
    "Program": loaders.programs.by_id,
    "Progression": loaders.progressions.by_id,
    "Referral": loaders.referrals.by_id,
    "Role": loaders.people.role_by_id,
    "Site": loaders.organizations.site_by_id,
    "User": loaders.people.by_id,
}
"""Every type that implements Node, and the edge that finds one by its id."""

_KIND = Statement(
    union_all(
        *(
            select(literal(name).label("typename"))
            .select_from(one.table)
            .where(one.by == bindparam("id", type_=UUID), one.visible(ONE))
            for name, one in NODES.items()
        )
    )
)


async def node(info: Info, id: str) -> dict[str, Any] | None:
    """The record with this id, of whatever kind, if the viewer sees it."""
    known = as_id(id)
    context = info.context
    typename = await context.services.database.value(_KIND, id=known, **context.actor.parameters()) if known else None
    if typename is None:
        return None
    columns = columns_to_open() if typename == "Referral" else columns_of(typename)
    row: Row | None = await context.loaders.one(NODES[typename], columns, known)
    if row is not None and typename == "Referral" and not await opened(context, row):
        return None
    return None if row is None else {**row, "typename": typename}


@strawberry.type
class NodeQueries:
    """Asking for anything, and for oneself."""

    @strawberry.field(description="Whoever is signed in, and their dashboards; null: nobody is.")
    async def viewer(self, info: Info) -> Viewer | None:
        return {"id": info.context.actor.id} if info.context.is_signed_in else None  # type: ignore[return-value]

    @strawberry.field(description="The record with this id; null: there is none, or the viewer may not see it.")
    async def node(self, info: Info, id: RecordId) -> Node | None:
        return await node(info, id)  # type: ignore[return-value]
