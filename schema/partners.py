"""Partner companies: their business units, the list of positions, and their case managers."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import aliased

import loaders.organizations
import loaders.partners
import loaders.people
import models.partners as rows
from models.organizations import Organization as Organizations
from models.partners import ConsentMethod, RecruitmentStatus
from policies import partners as policy
from policies.actors import ONE
from schema.access import Permit, Withheld, permit
from schema.fields import arguments, column, connection, derived, described, edge, kind
from schema.node import Node
from schema.paging import Connection
from schema.people import Actor

if TYPE_CHECKING:
    from schema.organizations import Organization

LazyOrganization = Annotated["Organization", strawberry.lazy("schema.organizations")]

strawberry.enum(RecruitmentStatus, description="How far a case manager has come towards booking with us.")
strawberry.enum(ConsentMethod, description="How somebody agreed to promotions.")

_details = policy.details_visible(ONE)
_DETAILS = (
    "mobile", "suburb", "postcode", "state", "linkedin", "referralSource", "recruitmentStatus", "bso", "bsoAssignedAt",
    "verifiedBy", "promotionsSince", "promotionsMethod", "createdBy",
)  # fmt: skip
_company = aliased(Organizations)
_partner_of = select(_company.partner_of_id).where(_company.id == rows.CaseManager.company_id).scalar_subquery()


def _detail(value: Any) -> ColumnElement[Any]:
    """The value for the case manager and those who look after the company, null for colleagues."""
    return case((_details, value))


def _withheld(actor: object, row: Mapping[str, Any]) -> list[dict[str, str]]:
    if row["details_visible"]:
        return []
    reason = "Only the case manager and those who look after the company see it."
    return [{"field": name, "reason": reason} for name in _DETAILS]


@arguments
class CaseManagerFilter:
    """Which case managers; all conditions together."""

    active: bool | None = strawberry.field(
        default=None, description="True: those who can be chosen for new work. False: those who are deactivated."
    )
    recruitment_status: RecruitmentStatus | None = strawberry.field(
        default=None, description="With this recruitment status; finds nobody whose status one may not see."
    )


FILTER: Mapping[str, tuple[Any, str]] = {
    "search": (str | None, "Only those whose name contains this."),
    "filter": (CaseManagerFilter | None, "Only these."),
}


@kind
class BusinessUnit(Node):
    """A part of a partner company, whose members see the referrals that their colleagues in it make."""

    id: strawberry.ID = column(rows.BusinessUnit.id, "Its id.")
    version: int = column(rows.BusinessUnit.version, "Grows with each change.")
    name: str = column(rows.BusinessUnit.name, "Its name.")
    company: LazyOrganization | None = edge(
        loaders.organizations.by_id, rows.BusinessUnit.company_id, "The company that it is a part of."
    )
    case_managers: Connection[Annotated["CaseManager", strawberry.lazy("schema.partners")]] = connection(
        loaders.partners.of_unit, rows.BusinessUnit.id, "Its members, by name.", FILTER
    )


@kind
class Position(Node):
    """A value of the list of positions."""

    id: strawberry.ID = column(rows.Position.id, "Its id.")
    version: int = column(rows.Position.version, "Grows with each change.")
    name: str = column(rows.Position.name, "Its name.")
    retired_at: datetime | None = column(
        rows.Position.retired_at, "Since when it is not chosen any more; null: it may be chosen."
    )


@described
class CaseManagerAccess:
    """What the viewer may do with a case manager's record now."""

    edit: Permit = strawberry.field(description="Change the record.")
    support: Permit = strawberry.field(
        description="Move them, and decide about their position, BSO and recruitment status."
    )
    verify: Permit = strawberry.field(description="Confirm their contact details.")
    agree_to_promotions: Permit = strawberry.field(description="Note whether they agree to promotions.")
    manage_login: Permit = strawberry.field(description="Open, activate and close their login.")


@kind
class CaseManager(Node):
    """Somebody at a partner company, with a login or without."""

    id: strawberry.ID = column(rows.CaseManager.id, "Its id.")
    version: int = column(rows.CaseManager.version, "Grows with each change.")
    first_name: str = column(rows.CaseManager.first_name, "The first name.")
    last_name: str = column(rows.CaseManager.last_name, "The last name.")
    title: str | None = column(rows.CaseManager.title, "The title, as in Dr.")
    email: str | None = column(rows.CaseManager.email, "The e-mail address.")
    phone: str | None = column(rows.CaseManager.phone, "The phone number.")
    mobile: str | None = column(_detail(rows.CaseManager.mobile), "The mobile number.")
    company: LazyOrganization | None = edge(
        loaders.organizations.by_id, rows.CaseManager.company_id, "The company that they work for."
    )
    business_unit: BusinessUnit | None = edge(
        loaders.partners.unit_by_id, rows.CaseManager.business_unit_id, "The part of the company that they work in."
    )
    position: Position | None = edge(
        loaders.partners.position_by_id, rows.CaseManager.position_id, "What they are there."
    )
    suburb: str | None = column(_detail(rows.CaseManager.suburb), "The suburb.")
    postcode: str | None = column(_detail(rows.CaseManager.postcode), "The postal code.")
    state: str | None = column(_detail(rows.CaseManager.state), "The state.")
    linkedin: str | None = column(_detail(rows.CaseManager.linkedin), "Their LinkedIn profile.")
    referral_source: str | None = column(_detail(rows.CaseManager.referral_source), "Through whom they came to us.")
    recruitment_status: RecruitmentStatus | None = column(
        _detail(rows.CaseManager.recruitment_status), "How far they have come towards booking with us."
    )
    bso: Actor | None = edge(
        loaders.people.named, _detail(rows.CaseManager.bso_id).label("bso_id"), "Their business support officer."
    )
    bso_assigned_at: datetime | None = column(
        _detail(rows.CaseManager.bso_assigned_at), "Since when that is their business support officer."
    )
    verified_at: datetime | None = column(
        rows.CaseManager.verified_at,
        "When a person confirmed the contact details; null since they were last changed. Unconfirmed addresses get no "
        "confirmations.",
    )
    verified_by: Actor | None = edge(
        loaders.people.named, _detail(rows.CaseManager.verified_by_id).label("verified_by_id"), "Who confirmed them."
    )
    promotions_since: datetime | None = column(
        _detail(rows.CaseManager.promotions_since), "When they agreed to promotions; null: they do not."
    )
    promotions_method: ConsentMethod | None = column(
        _detail(rows.CaseManager.promotions_method), "How they agreed to promotions."
    )
    login: Actor | None = edge(loaders.people.named, rows.CaseManager.user_id, "Their account; null: they have none.")
    deactivated_at: datetime | None = column(
        rows.CaseManager.deactivated_at, "Since when they cannot be chosen for new work."
    )
    created_by: Actor | None = edge(
        loaders.people.named, _detail(rows.CaseManager.created_by_id).label("created_by_id"), "Who opened the record."
    )
    created_at: datetime = column(rows.CaseManager.created_at, "When the record was opened.")
    updated_at: datetime = column(rows.CaseManager.updated_at, "When the record was last changed.")
    withheld: list[Withheld] = derived(
        _withheld, {"details_visible": _details}, "The fields that are null because the viewer may not see them."
    )
    access: CaseManagerAccess = derived(
        lambda actor, row: {
            "edit": permit(policy.edit(actor, row)),
            "support": permit(policy.support(actor, row["partner_of_id"])),
            "verify": permit(policy.verify(actor, row)),
            "agree_to_promotions": permit(policy.agree_to_promotions(actor, row)),
            "manage_login": permit(policy.manage_login(actor, row)),
        },
        {"user_id": rows.CaseManager.user_id, "partner_of_id": _partner_of},
        "What the viewer may do with it now.",
    )
