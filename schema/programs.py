"""What a person can be referred to."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

import loaders.organizations
import loaders.phases
import loaders.referrals
import models.programs as rows
from schema.fields import column, connection, edge, kind
from schema.node import Node
from schema.organizations import Organization, Site
from schema.paging import Connection
from schema.phases import Phase

if TYPE_CHECKING:
    from schema.referrals import Referral

LazyReferral = Annotated["Referral", strawberry.lazy("schema.referrals")]


@kind
class Program(Node):
    """A service of an organization that receives referrals."""

    id: strawberry.ID = column(rows.Program.id, "Its id.")
    version: int = column(rows.Program.version, "Grows with each change.")
    name: str = column(rows.Program.name, "Its name.")
    description: str | None = column(rows.Program.description, "What it offers.")
    eligibility: str | None = column(rows.Program.eligibility, "Whom it serves.")
    fees: str | None = column(rows.Program.fees, "What it costs.")
    website: str | None = column(rows.Program.website, "Its website.")
    email: str | None = column(rows.Program.email, "Its e-mail address.")
    phone: str | None = column(rows.Program.phone, "Its phone number.")
    active: bool = column(rows.Program.active, "Whether it takes referrals.")
    is_enrolment: bool = column(
        rows.Program.is_enrolment, "Whether clients have to be enrolled in it for their account to be active."
    )
    categories: list[str] = column(rows.Program.categories, "What kinds of help it gives.")
    shares_outbound_since: datetime | None = column(
        rows.Program.shares_outbound_since,
        "Since when what its people refer elsewhere is shared among them; null: it is not.",
    )
    organization: Organization | None = edge(
        loaders.organizations.by_id, rows.Program.organization_id, "Whose program it is."
    )
    sites: Connection[Site] = connection(
        loaders.organizations.sites_of_program, rows.Program.id, "Where it is offered, by name."
    )
    phases: Connection[Phase] = connection(
        loaders.phases.of_program, rows.Program.id, "The phases through which its clients go, in their order."
    )
    referrals: Connection[LazyReferral] = connection(
        loaders.referrals.of_program, rows.Program.id, "The referrals to it that the viewer sees, newest first."
    )
