"""Who sees partner companies from the inside, and who may decide about their case managers."""

from typing import Any

from sqlalchemy import ColumnElement, any_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.base import Id
from models.database import Row
from models.organizations import Organization
from models.partners import BusinessUnit, CaseManager, Position
from models.people import Permission
from policies.actors import UUIDS, Actor, Who
from policies.decisions import Decision, allow, deny


def looks_after(who: Who, company_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """The company is a partner of an organization whose partners they look after."""
    company = aliased(Organization)
    is_partner = exists().where(company.id == company_id, company.partner_of_id == any_(who.partner_organizations))
    # Said explicitly: inside a subquery without a company of its own, it would become anybody.
    return is_partner.correlate_except(company)


def visible(who: Who) -> ColumnElement[bool]:
    """A case manager is known to themself, to their colleagues, and to those who look after the company."""
    return or_(
        CaseManager.user_id == who.id,
        CaseManager.company_id == any_(who.organizations),
        looks_after(who, CaseManager.company_id),
    )


def details_visible(who: Who) -> ColumnElement[bool]:
    """More than colleagues need to know: for the case manager, and for those who look after the company."""
    return or_(CaseManager.user_id == who.id, looks_after(who, CaseManager.company_id))


def insiders() -> ColumnElement[Any]:
    """Those who have a record of their own in the case manager's company, and see more of that one than colleagues."""
    own = aliased(CaseManager)
    theirs = select(own.user_id).where(own.company_id == CaseManager.company_id, own.user_id.is_not(None))
    return func.array(theirs.correlate(CaseManager).scalar_subquery(), type_=UUIDS)


def involved(who: Who) -> ColumnElement[bool]:
    """Whether what they see of the case manager's company may differ from what a colleague with equal rights sees.

    It does for insiders, and for whoever belongs nowhere.
    """
    return or_(func.cardinality(who.organizations) == 0, who.id == any_(insiders()))


def unit_visible(who: Who) -> ColumnElement[bool]:
    """A business unit is known inside its company, and to those who look after it."""
    return or_(BusinessUnit.company_id == any_(who.organizations), looks_after(who, BusinessUnit.company_id))


def position_visible(who: Who) -> ColumnElement[bool]:
    """The list of positions is known inside the organization that keeps it, and to its partner companies."""
    company = aliased(Organization)
    return or_(
        Position.organization_id == any_(who.organizations),
        exists().where(company.partner_of_id == Position.organization_id, company.id == any_(who.organizations)),
    )


Facts = Row
"""What a decision knows of the case manager: their `user_id`, and the `partner_of_id` of their company."""


def support(actor: Actor, partner_of_id: Id | None) -> Decision:
    """Those whose role lets them look after the partner companies of this organization."""
    if partner_of_id is not None and actor.may(Permission.MANAGE_PARTNERS, partner_of_id):
        return allow("KW2", "Your role lets you look after this organization's partner companies.")
    return deny("KW2", "Only those who look after the company may do this.")


def edit(actor: Actor, manager: Facts) -> Decision:
    """The case manager themself, and those who look after the company."""
    if manager["user_id"] is not None and manager["user_id"] == actor.id:
        return allow("KW2", "It is your own record.")
    return support(actor, manager["partner_of_id"])


def agree_to_promotions(actor: Actor, manager: Facts) -> Decision:
    """Whoever may edit the record."""
    decision = edit(actor, manager)
    return Decision(decision.allowed, "KW6", decision.reason)


def verify(actor: Actor, manager: Facts) -> Decision:
    """Somebody else than whoever typed them for themself: those who look after the company."""
    decision = support(actor, manager["partner_of_id"])
    return Decision(decision.allowed, "KW5", decision.reason)


def manage_login(actor: Actor, manager: Facts) -> Decision:
    """Those who look after the company open and close logins."""
    decision = support(actor, manager["partner_of_id"])
    return Decision(decision.allowed, "KW8", decision.reason)
