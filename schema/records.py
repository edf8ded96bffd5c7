"""The box of a client's record: what only those see who keep it."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import Text, cast, exists, select

import loaders.events
import loaders.invitations
import loaders.organizations
import loaders.people
import loaders.records
import models.clients as rows
from models.clients import PortalStatus, RecordKind, RecordStatus
from models.events import Event
from models.organizations import Organization as OrganizationRow
from models.programs import Program as ProgramRow
from policies import records as policy
from schema.access import Permit, permit
from schema.fields import column, connection, derived, described, edge, kind
from schema.invitations import Invitation
from schema.node import Node
from schema.paging import Connection
from schema.people import Actor

if TYPE_CHECKING:
    from schema.organizations import Group, Organization

LazyGroup = Annotated["Group", strawberry.lazy("schema.organizations")]
LazyOrganization = Annotated["Organization", strawberry.lazy("schema.organizations")]

strawberry.enum(RecordKind, description="Whom a record is about.")
strawberry.enum(RecordStatus, description="Whether a record is worked with.")
strawberry.enum(
    PortalStatus,
    description="PENDING: may sign in, and waits to be enrolled. ACTIVE: may sign in. BANNED: may not.",
)


@kind
class ClientType(Node):
    """One of the types that an organization has for its clients; known inside it."""

    id: strawberry.ID = column(rows.ClientType.id, "Its id.")
    version: int = column(rows.ClientType.version, "Grows with each change.")
    name: str = column(rows.ClientType.name, "What it is called.")
    retired_at: datetime | None = column(rows.ClientType.retired_at, "Since when it is given to nobody any more.")
    organization: LazyOrganization | None = edge(
        loaders.organizations.by_id, rows.ClientType.organization_id, "Whose type it is."
    )


@kind
class ClientWarning:
    """A warning indicator: what whoever meets the client has to know."""

    id: strawberry.ID = column(rows.ClientWarning.id, "Its id.")
    text: str = column(rows.ClientWarning.text, "The warning.")
    created_at: datetime = column(rows.ClientWarning.created_at, "Since when.")
    added_by: Actor | None = edge(loaders.people.named, rows.ClientWarning.added_by_id, "Who added it.")


@described
class ClientRecordChange:
    """What a change made of one thing."""

    name: str = strawberry.field(description="Of what: status, portal_status, type_id, group_id and so on.")
    before: str | None = strawberry.field(description="What it was.")
    after: str | None = strawberry.field(description="What it became.")


def _changes(actor: object, row: Mapping[str, Any]) -> list[dict[str, str | None]]:
    before, after = row["before"] or {}, row["after"] or {}
    names = sorted(name for name in {*before, *after} if name != "fields")
    return [{"name": name, "before": _plain(before.get(name)), "after": _plain(after.get(name))} for name in names]


def _plain(value: object) -> str | None:
    return None if value is None else str(value)


@kind
class ClientHistoryEntry:
    """Something that happened to a client's record."""

    id: strawberry.ID = column(cast(Event.id, Text), "The event's own id: the `eventId` under which the feed tells it.")
    at: datetime = column(Event.at, "When.")
    action: str = column(Event.action, "What, as the feed's `ClientChanged` names it.")
    actor: Actor | None = edge(loaders.people.named, Event.actor_id, "Who; null: the system.")
    changes: list[ClientRecordChange] = derived(
        _changes, {"before": Event.before, "after": Event.after}, "Before and after; ids and statuses, never texts."
    )


@described
class ClientRecordAccess:
    """What the viewer may do with the record now."""

    edit: Permit = strawberry.field(description="Change status, kind, type, warnings and groups.")
    set_case_number: Permit = strawberry.field(description="Change the case number.")
    invite: Permit = strawberry.field(description="Invite the client to the portal.")
    handle_invitation: Permit = strawberry.field(description="Send the open invitation again, or revoke it.")
    enrol: Permit = strawberry.field(description="Enrol the client in the enrolment program.")
    ban: Permit = strawberry.field(description="Shut the client out of the portal.")
    unban: Permit = strawberry.field(description="Let the client into the portal again.")
    delete: Permit = strawberry.field(description="Delete the record.")


_has_portal = (
    select(OrganizationRow.has_portal)
    .where(OrganizationRow.id == rows.Client.organization_id)
    .correlate(rows.Client)
    .scalar_subquery()
)
_enrols = (
    exists()
    .where(ProgramRow.organization_id == rows.Client.organization_id, ProgramRow.is_enrolment)
    .correlate(rows.Client)
)


def _access(actor: Any, row: Mapping[str, Any]) -> dict[str, object]:
    names = ("edit", "set_case_number", "invite", "handle_invitation", "enrol", "ban", "unban", "delete")
    return {name: permit(getattr(policy, name)(actor, row)) for name in names}


@kind
class ClientRecord:
    """The box of a client's record, for its navigators and for members whose role lets them open client records."""

    id: strawberry.ID = column(rows.Client.id, "The client's id.")
    version: int = column(
        rows.Client.record_version, "Grows with each change of the box; `expectedVersion` of its mutations."
    )
    kind: RecordKind = column(rows.Client.kind, "Whether it is about a client or an employee.")
    status: RecordStatus = column(rows.Client.status, "Whether it is worked with.")
    case_number: str | None = column(rows.Client.case_number, "Unique in the organization.")
    type: ClientType | None = edge(
        loaders.records.type_by_id, rows.Client.type_id, "One of the organization's types; null: none."
    )
    has_account: bool = column(rows.Client.user_id.is_not(None), "Whether they have an account in the portal.")
    portal_status: PortalStatus | None = column(
        rows.Client.portal_status, "Whether they may sign in with it; null: there is none."
    )
    enrolled_at: datetime | None = column(
        rows.Client.enrolled_at, "When they were enrolled in the organization's enrolment program."
    )
    created_at: datetime = column(rows.Client.created_at, "When the record was opened.")
    invitation: Invitation | None = edge(
        loaders.invitations.open_of_client, rows.Client.id, "The open invitation to the portal."
    )
    invitation_address_differs: bool = column(
        loaders.invitations.address_differs,
        "Whether there is an open invitation that went to another address than the record has now.",
    )
    warnings: Connection[ClientWarning] = connection(
        loaders.records.warnings_of_client, rows.Client.id, "The warning indicators, oldest first."
    )
    groups: Connection[LazyGroup] = connection(
        loaders.records.groups_of_client, rows.Client.id, "The groups that the client is in, by name."
    )
    history: Connection[ClientHistoryEntry] = connection(
        loaders.events.of_record, rows.Client.id, "What happened to the record, oldest first."
    )
    access: ClientRecordAccess = derived(
        _access,
        {
            "id": rows.Client.id,
            "organization_id": rows.Client.organization_id,
            "portal_status": rows.Client.portal_status,
            "enrolled_at": rows.Client.enrolled_at,
            "has_portal": _has_portal,
            "enrols": _enrols,
        },
        "What the viewer may do with it now.",
    )


@kind
class DeletedClient:
    """A client's record that is deleted, and can be restored."""

    id: strawberry.ID = column(rows.Client.id, "The client's id.")
    first_name: str = column(rows.Client.first_name, "The first name.")
    last_name: str = column(rows.Client.last_name, "The last name.")
    case_number: str | None = column(rows.Client.case_number, "Its case number.")
    deleted_at: datetime | None = column(rows.Client.deleted_at, "When it was deleted.")
    deleted_by: Actor | None = edge(loaders.people.named, rows.Client.deleted_by_id, "Who deleted it.")
