"""Who sees where a client stands in a program, and what they may do about it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, any_, exists, or_
from sqlalchemy.orm import InstrumentedAttribute

from models.database import Row
from models.engagements import Engagement, EngagementStatus
from models.people import Membership, Permission, Placement, User
from policies import people
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def inside(who: Who) -> ColumnElement[bool]:
    """Its organization lets them open client records, or they are the client's navigator."""
    return or_(
        Engagement.client_id == any_(who.navigated), Engagement.organization_id == any_(who.client_organizations)
    )


def own(who: Who) -> ColumnElement[bool]:
    """It is about them, as the client."""
    return Engagement.client_id == any_(who.clients)


def visible(who: Who) -> ColumnElement[bool]:
    """The client, and those inside who may open the client's record."""
    return or_(own(who), inside(who))


def caseload(who: Who) -> ColumnElement[bool]:
    """It is active, and they are its case manager (AM1)."""
    return and_(Engagement.case_manager_id == who.id, _is_active(), visible(who))


def alerts(who: Who) -> ColumnElement[bool]:
    """They are the leader who is alerted that nobody could be assigned (AM9)."""
    return and_(Engagement.leader_id == who.id, Engagement.alerted_at.is_not(None), _is_active(), visible(who))


def work_visible(who: Who, engagement_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Assignments and outcomes are known inside only."""
    return exists().where(Engagement.id == engagement_id, inside(who))


def _is_active() -> ColumnElement[bool]:
    return Engagement.status == EngagementStatus.ACTIVE.value


def carries_caseload(organization_id: Any) -> ColumnElement[bool]:
    """For a user: they may be a case manager of the organization."""
    return and_(
        people.holds(Permission.CARRY_CASELOAD, organization_id), people.holds(Permission.VIEW_CLIENTS, organization_id)
    )


def works_at(organization_id: Any, campus_id: Any) -> ColumnElement[bool]:
    """For a user: they are placed at the campus, as a member of the organization."""
    return exists().where(
        Membership.user_id == User.id,
        Membership.organization_id == organization_id,
        Membership.ended_at.is_(None),
        Placement.membership_id == Membership.id,
        Placement.site_id == campus_id,
        Placement.ended_at.is_(None),
    )


Facts = Row
"""What a decision knows of the engagement: `status`, `organization_id` and `case_manager_id`."""


def submit(actor: Actor, engagement: Facts) -> Decision:
    """The case manager submits the clients of their caseload (AM2)."""
    if engagement["status"] != EngagementStatus.ACTIVE:
        return deny("AM2", "The engagement is not active any more.")
    if engagement["case_manager_id"] != actor.id:
        return deny("AM2", "Only the client's case manager submits them.")
    if not actor.may(Permission.CARRY_CASELOAD, engagement["organization_id"]):
        return deny("AM2", "Your role does not let you carry a caseload.")
    return allow("AM2", "You are the client's case manager.")


def manage(actor: Actor, engagement: Facts) -> Decision:
    """A leader assigns case managers, and ends engagements (AM10)."""
    if engagement["status"] != EngagementStatus.ACTIVE:
        return deny("AM10", "The engagement is not active any more.")
    if actor.may(Permission.MANAGE_CASELOADS, engagement["organization_id"]):
        return allow("AM10", "Your role lets you manage this organization's caseloads.")
    return deny("AM10", "Only a leader who manages the organization's caseloads may do this.")


def record_outcome(actor: Actor, engagement: Facts) -> Decision:
    """The case manager, and whoever manages caseloads, say how far the client has come."""
    decision = submit(actor, engagement)
    return decision if decision.allowed else manage(actor, engagement)
