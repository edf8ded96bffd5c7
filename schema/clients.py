"""The people whose care it is about."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, case, literal_column, select

import loaders.clients
import loaders.engagements
import loaders.goals
import loaders.images
import loaders.organizations
import loaders.people
import loaders.progressions
import loaders.records
import loaders.referrals
import models.clients as rows
from models.clients import ContactPreference, RecordKind, RecordStatus
from policies import clients as policy
from policies import records as record_policy
from policies.actors import ONE
from schema.access import Permit, Withheld, permit
from schema.context import Info
from schema.fields import PAGING, arguments, column, connection, derived, described, edge, kind, resolved
from schema.goals import Goal
from schema.images import ClientImage
from schema.nearby import programs_near
from schema.node import Node
from schema.organizations import Organization
from schema.paging import Connection, ConnectionRow
from schema.people import Actor
from schema.records import ClientRecord

if TYPE_CHECKING:
    from schema.engagements import Engagement, EngagementFilter
    from schema.programs import Program
    from schema.progressions import Progression, ProgressionFilter
    from schema.referrals import Referral, ReferralFilter

LazyProgram = Annotated["Program", strawberry.lazy("schema.programs")]
LazyReferral = Annotated["Referral", strawberry.lazy("schema.referrals")]
LazyReferralFilter = Annotated["ReferralFilter", strawberry.lazy("schema.referrals")]
LazyEngagement = Annotated["Engagement", strawberry.lazy("schema.engagements")]
LazyEngagementFilter = Annotated["EngagementFilter", strawberry.lazy("schema.engagements")]
LazyProgression = Annotated["Progression", strawberry.lazy("schema.progressions")]
LazyProgressionFilter = Annotated["ProgressionFilter", strawberry.lazy("schema.progressions")]

strawberry.enum(ContactPreference, description="How a client wants to hear from us.")

# Asked once a row, however many columns depend on it; without the offset PostgreSQL would ask for each of them.
_asked = select(policy.details_visible(ONE).label("visible")).correlate(rows.Client).offset(literal_column("0"))
_details = _asked.lateral("details").c.visible
_DETAILS = ("email", "phone", "postalCode", "birthDate", "contactPreference", "image", "goals", "navigators")


def detail(value: Any) -> ColumnElement[Any]:
    """The value for those who see more of the client than the name, null for others."""
    return case((_details, value))


def _withheld(actor: object, row: Mapping[str, Any]) -> list[dict[str, str]]:
    withheld = []
    if not row["details_visible"]:
        reason = (
            "The client asked not to be reached out to, or withdrew consent: others than the keeper see the name only."
        )
        withheld += [{"field": name, "reason": reason} for name in _DETAILS]
    if not row["kept"]:
        withheld.append({"field": "record", "reason": "It is for those who keep the record."})
    return withheld


@described
class ClientAccess:
    """What the viewer may do with a client's record now."""

    edit: Permit = strawberry.field(description="Change the record, its goals and its consent.")
    assign_navigators: Permit = strawberry.field(description="Assign and unassign its navigators.")
    refer: Permit = strawberry.field(description="Make a referral.")


@kind
class Client(Node):
    """A person whose care it is about: their record in one organization."""

    id: strawberry.ID = column(rows.Client.id, "Its id.")
    version: int = column(rows.Client.version, "Grows with each change.")
    first_name: str = column(rows.Client.first_name, "The first name.")
    last_name: str = column(rows.Client.last_name, "The last name.")
    email: str | None = column(detail(rows.Client.email), "The e-mail address.")
    phone: str | None = column(detail(rows.Client.phone), "The phone number.")
    postal_code: str | None = column(detail(rows.Client.postal_code), "The postal code.")
    birth_date: date | None = column(detail(rows.Client.birth_date), "The day of birth.")
    contact_preference: ContactPreference | None = column(
        detail(rows.Client.contact_preference), "How they want to hear from us."
    )
    consented_at: datetime | None = column(
        rows.Client.consented_at, "When they agreed to live referrals; null: they have not, or no longer."
    )
    created_at: datetime = column(rows.Client.created_at, "When the record was opened.")
    updated_at: datetime = column(rows.Client.updated_at, "When the record was last changed.")
    organization: Organization | None = edge(
        loaders.organizations.by_id, rows.Client.organization_id, "Which organization keeps the record."
    )
    image: ClientImage | None = edge(loaders.images.of_client, rows.Client.id, "Their image, where there is one.")
    record: ClientRecord | None = edge(
        loaders.records.by_client, rows.Client.id, "The box of the record, for those who keep it."
    )
    goals: Connection[Goal] = connection(loaders.goals.of_client, rows.Client.id, "Their goals, oldest first.")
    navigators: Connection[Actor] = connection(
        loaders.people.navigators_of_client, rows.Client.id, "The members of the organization who are there for them."
    )
    referrals: Connection[LazyReferral] = connection(
        loaders.referrals.of_client,
        rows.Client.id,
        "Their referrals that the viewer sees, newest first.",
        {"filter": (LazyReferralFilter | None, "Only these.")},
    )
    engagements: Connection[LazyEngagement] = connection(
        loaders.engagements.of_client,
        rows.Client.id,
        "Where they stand and stood in programs, as far as the viewer sees it, newest first.",
        {"filter": (LazyEngagementFilter | None, "Only these.")},
    )
    progressions: Connection[LazyProgression] = connection(
        loaders.progressions.of_client,
        rows.Client.id,
        "What they were submitted for, as far as the viewer sees it, newest first.",
        {"filter": (LazyProgressionFilter | None, "Only these.")},
    )
    withheld: list[Withheld] = derived(
        _withheld,
        {"details_visible": _details, "kept": record_policy.kept(ONE)},
        "The fields that are null because the viewer may not see them.",
    )
    access: ClientAccess = derived(
        lambda actor, row: {
            "edit": permit(policy.edit(actor, row)),
            "assign_navigators": permit(policy.assign_navigators(actor, row)),
            "refer": permit(policy.refer(actor, row)),
        },
        {"id": rows.Client.id, "organization_id": rows.Client.organization_id},
        "What the viewer may do with it now.",
    )


async def _programs_near_client(root: Mapping[str, Any], info: Info, **given: Any) -> ConnectionRow:
    return await programs_near(info, root["postal_code"], given, root["id"])


@kind
class ReferralForm:
    """The form of a new referral, filled in from the client's profile."""

    client: Client | None = edge(loaders.clients.by_id, rows.Client.id, "Whom the referral will be for.")
    first_name: str = column(rows.Client.first_name, "The first name.")
    last_name: str = column(rows.Client.last_name, "The last name.")
    email: str | None = column(detail(rows.Client.email), "The e-mail address.")
    phone: str | None = column(detail(rows.Client.phone), "The phone number.")
    postal_code: str | None = column(detail(rows.Client.postal_code), "The postal code.")
    contact_preference: ContactPreference | None = column(
        detail(rows.Client.contact_preference), "How they want to hear from us."
    )
    consent: bool = column(rows.Client.consented_at.is_not(None), "Whether they have agreed to live referrals before.")
    goals: Connection[Goal] = connection(loaders.goals.of_client, rows.Client.id, "Goals it could be filed under.")
    programs: Connection[LazyProgram] = resolved(
        _programs_near_client,
        "Programs near the client's postal code, the nearest first; all, by name, where its place is not known.",
        {"search": (str | None, "Only those whose name or description contains this."), **PAGING},
    )


@arguments
class ClientFilter:
    """Which clients; all conditions together. They look into the record's box: other records are not found."""

    status: list[RecordStatus] | None = strawberry.field(default=None, description="In one of these statuses.")
    kind: RecordKind | None = strawberry.field(default=None, description="Clients or employees.")
    type_id: strawberry.ID | None = strawberry.field(default=None, description="Of this type.")
    group_id: strawberry.ID | None = strawberry.field(default=None, description="In this group.")
