"""Members of the network, their sites and groups."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.chapters
import loaders.delegations
import loaders.invitations
import loaders.organizations
import loaders.partners
import loaders.people
import loaders.phases
import loaders.programs
import loaders.records
import models.organizations as rows
from models.organizations import OrganizationKind
from policies import organizations as policy
from policies import partners as partner_policy
from schema.access import Permit, permit
from schema.chapters import Chapter
from schema.fields import column, connection, derived, described, edge, kind
from schema.invitations import Invitation
from schema.node import Node
from schema.paging import Connection
from schema.partners import FILTER, BusinessUnit, CaseManager, Position
from schema.people import Membership, Role
from schema.records import ClientType

if TYPE_CHECKING:
    from schema.clients import Client
    from schema.delegations import Delegation
    from schema.phases import Persona
    from schema.programs import Program

LazyClient = Annotated["Client", strawberry.lazy("schema.clients")]
LazyDelegation = Annotated["Delegation", strawberry.lazy("schema.delegations")]
LazyPersona = Annotated["Persona", strawberry.lazy("schema.phases")]
LazyProgram = Annotated["Program", strawberry.lazy("schema.programs")]

strawberry.enum(OrganizationKind, description="What a member of the network is to it.")


@described
class OrganizationAccess:
    """What the viewer may do with an organization now."""

    manage: Permit = strawberry.field(description="Decide about its people, roles, groups and settings.")
    manage_programs: Permit = strawberry.field(description="Decide about its programs.")
    support: Permit = strawberry.field(
        description="For a partner company, decide about its units and case managers; else, take in partner companies."
    )


@kind
class Organization(Node):
    """A member of the network."""

    id: strawberry.ID = column(rows.Organization.id, "Its id.")
    version: int = column(rows.Organization.version, "Grows with each change.")
    name: str = column(rows.Organization.name, "Its name.")
    kind: OrganizationKind = column(rows.Organization.kind, "What it is to the network.")
    description: str | None = column(rows.Organization.description, "What it does.")
    website: str | None = column(rows.Organization.website, "Its website.")
    email: str | None = column(rows.Organization.email, "Its e-mail address.")
    phone: str | None = column(rows.Organization.phone, "Its phone number.")
    has_portal: bool = column(rows.Organization.has_portal, "Whether its clients may have accounts of their own.")
    silences_closed: bool = column(
        rows.Organization.silences_closed, "Whether nobody is notified of its closed and inactive clients."
    )
    records_views: bool = column(
        rows.Organization.records_views, "Whether opening one of its referrals leaves a line in the history."
    )
    programs: Connection[LazyProgram] = connection(
        loaders.programs.of_organization, rows.Organization.id, "Its programs that take referrals, by name."
    )
    sites: Connection[Annotated["Site", strawberry.lazy("schema.organizations")]] = connection(
        loaders.organizations.sites_of_organization, rows.Organization.id, "Its sites, by name."
    )
    groups: Connection[Annotated["Group", strawberry.lazy("schema.organizations")]] = connection(
        loaders.organizations.groups_of_organization,
        rows.Organization.id,
        "Its groups; known inside it.",
        {"search": (str | None, "Only those whose name contains this.")},
    )
    client_types: Connection[ClientType] = connection(
        loaders.records.types_of_organization, rows.Organization.id, "The types for its clients; known inside it."
    )
    invitations: Connection[Invitation] = connection(
        loaders.invitations.of_organization,
        rows.Organization.id,
        "Invitations to membership, newest first; known inside it.",
    )
    roles: Connection[Role] = connection(
        loaders.people.roles_of_organization, rows.Organization.id, "Its roles; known inside it."
    )
    members: Connection[Membership] = connection(
        loaders.people.memberships_of_organization, rows.Organization.id, "Who belongs to it; known inside it."
    )
    partner_of: Annotated["Organization", strawberry.lazy("schema.organizations")] | None = edge(
        loaders.organizations.by_id, rows.Organization.partner_of_id, "For a partner company, who looks after it."
    )
    partners: Connection[Annotated["Organization", strawberry.lazy("schema.organizations")]] = connection(
        loaders.partners.companies_of_organization, rows.Organization.id, "The companies that it looks after, by name."
    )
    business_units: Connection[BusinessUnit] = connection(
        loaders.partners.units_of_company,
        rows.Organization.id,
        "For a partner company, its parts; known inside it and to those who look after it.",
    )
    case_managers: Connection[CaseManager] = connection(
        loaders.partners.of_company,
        rows.Organization.id,
        "For a partner company, who books with us; known inside it and to those who look after it.",
        FILTER,
    )
    positions: Connection[Position] = connection(
        loaders.partners.positions_of_organization,
        rows.Organization.id,
        "The positions that its partners' case managers may have; known inside it and to its partners.",
    )
    personas: Connection[LazyPersona] = connection(
        loaders.phases.personas_of_organization,
        rows.Organization.id,
        "How it describes some of its clients, by name; known inside it.",
    )
    delegations: Connection[LazyDelegation] = connection(
        loaders.delegations.of_organization, rows.Organization.id, "Who stands in for whom; known inside it."
    )
    chapter: Chapter | None = edge(
        loaders.chapters.by_id, rows.Organization.id, "What it is as a chapter, if it is one."
    )
    access: OrganizationAccess = derived(
        lambda actor, row: {
            "manage": permit(policy.manage(actor, row["id"])),
            "manage_programs": permit(policy.manage_programs(actor, row["id"])),
            "support": permit(partner_policy.support(actor, row["partner_of_id"] or row["id"])),
        },
        {"id": rows.Organization.id, "partner_of_id": rows.Organization.partner_of_id},
        "What the viewer may do with it now.",
    )


@kind
class Site(Node):
    """A place where an organization meets people."""

    id: strawberry.ID = column(rows.Site.id, "Its id.")
    name: str = column(rows.Site.name, "Its name.")
    address: str | None = column(rows.Site.address, "Street and number.")
    city: str | None = column(rows.Site.city, "The city.")
    region: str | None = column(rows.Site.region, "The state or region.")
    postal_code: str | None = column(rows.Site.postal_code, "The postal code.")
    country: str | None = column(rows.Site.country, "The country.")
    latitude: float | None = column(rows.Site.latitude, "Degrees north.")
    longitude: float | None = column(rows.Site.longitude, "Degrees east.")
    organization: Organization | None = edge(
        loaders.organizations.by_id, rows.Site.organization_id, "Whose site it is."
    )
    programs: Connection[LazyProgram] = connection(
        loaders.programs.of_site, rows.Site.id, "The programs that are offered here, by name."
    )


@kind
class Group(Node):
    """Members of one organization who work together; known inside it."""

    id: strawberry.ID = column(rows.Group.id, "Its id.")
    version: int = column(rows.Group.version, "Grows with each change.")
    name: str = column(rows.Group.name, "Its name.")
    shares_outbound_since: datetime | None = column(
        rows.Group.shares_outbound_since, "Since when its members' referrals are shared among them; null: they are not."
    )
    organization: Organization | None = edge(
        loaders.organizations.by_id, rows.Group.organization_id, "Whose group it is."
    )
    clients: Connection[LazyClient] = connection(
        loaders.records.clients_of_group, rows.Group.id, "The clients in it whose records the viewer keeps, by name."
    )
