"""People with an account, as others see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from sqlalchemy import func, select

import loaders.organizations
import loaders.people
import loaders.programs
import models.people as rows
from models.people import Permission
from policies import people as policy
from policies.actors import ONE
from schema.fields import column, connection, edge, kind
from schema.node import Node
from schema.paging import Connection

if TYPE_CHECKING:
    from schema.organizations import Group, Organization, Site
    from schema.programs import Program

LazyOrganization = Annotated["Organization", strawberry.lazy("schema.organizations")]
LazySite = Annotated["Site", strawberry.lazy("schema.organizations")]
LazyGroup = Annotated["Group", strawberry.lazy("schema.organizations")]
LazyProgram = Annotated["Program", strawberry.lazy("schema.programs")]

strawberry.enum(Permission, description="What a role may allow inside its organization.")

_home = (
    select(rows.Membership.organization_id)
    .where(rows.Membership.user_id == rows.User.id, rows.Membership.ended_at.is_(None))
    .order_by(rows.Membership.started_at, rows.Membership.id)
    .limit(1)
    .correlate(rows.User)
    .scalar_subquery()
    .label("home_id")
)


@kind
class Actor:
    """A person as the viewer may see them: full name inside one's organization, first name and last initial outside."""

    id: strawberry.ID = column(rows.User.id, "The person's id.")
    name: str = column(policy.name(ONE), "First name and last initial; the full name inside the viewer's organization.")
    first_name: str = column(rows.User.first_name, "The first name.")
    last_name: str = column(policy.last_name(ONE), "The last initial; the last name inside the viewer's organization.")
    organization: str | None = column(
        policy.place(),
        "The site's name for a worker at a site, the program's for a claimer, whichever they became first; "
        "else their organization's.",
    )
    member_of: LazyOrganization | None = edge(
        loaders.organizations.by_id, _home, "Their organization, if they have one."
    )


@kind
class User(Node):
    """A person who can sign in; seen by themself and inside their organizations."""

    id: strawberry.ID = column(rows.User.id, "Its id.")
    version: int = column(rows.User.version, "Grows with each change.")
    name: str = column(func.concat(rows.User.first_name, " ", rows.User.last_name), "The full name.")
    first_name: str = column(rows.User.first_name, "The first name.")
    last_name: str = column(rows.User.last_name, "The last name.")
    email: str = column(rows.User.email, "The e-mail address, which is also the user name.")
    phone: str | None = column(rows.User.phone, "The phone number.")
    banned_at: datetime | None = column(rows.User.banned_at, "Since when they may not sign in.")
    memberships: Connection[Annotated["Membership", strawberry.lazy("schema.people")]] = connection(
        loaders.people.memberships_of_user, rows.User.id, "Where they belong, as far as the viewer belongs there too."
    )


@kind
class Role(Node):
    """What an organization lets some of its members do."""

    id: strawberry.ID = column(rows.Role.id, "Its id.")
    name: str = column(rows.Role.name, "Its name.")
    permissions: list[Permission] = column(rows.Role.permissions, "What it allows.")


@kind
class Placement:
    """Where in the organization a member works: one of the three is set."""

    id: strawberry.ID = column(rows.Placement.id, "Its id.")
    site: LazySite | None = edge(loaders.organizations.site_by_id, rows.Placement.site_id, "At this site.")
    program: LazyProgram | None = edge(
        loaders.programs.by_id, rows.Placement.program_id, "On this program: a claimer of its referrals."
    )
    group: LazyGroup | None = edge(loaders.organizations.group_by_id, rows.Placement.group_id, "In this group.")
    started_at: datetime = column(rows.Placement.started_at, "Since when.")


@kind
class Membership(Node):
    """That a person belongs to an organization; known inside it."""

    id: strawberry.ID = column(rows.Membership.id, "Its id.")
    user: User | None = edge(loaders.people.by_id, rows.Membership.user_id, "Who.")
    organization: LazyOrganization | None = edge(loaders.organizations.by_id, rows.Membership.organization_id, "Where.")
    leader: Actor | None = edge(
        loaders.people.named, rows.Membership.leader_id, "To whom they submit what has to be approved."
    )
    started_at: datetime = column(rows.Membership.started_at, "Since when.")
    roles: Connection[Role] = connection(
        loaders.people.roles_of_membership, rows.Membership.id, "The roles they have there."
    )
    placements: Connection[Placement] = connection(
        loaders.people.placements_of_membership, rows.Membership.id, "Where in the organization they work."
    )
