"""Who sees a person, and under which name."""

from typing import Any

from sqlalchemy import ColumnElement, and_, any_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from models.organizations import Organization, Site
from models.people import Membership, MembershipRole, Permission, Placement, Role, User
from models.programs import Program
from policies.actors import Who


def visible(who: Who) -> ColumnElement[bool]:
    """Themself, and the members of their organizations."""
    membership = aliased(Membership)
    # As an EXISTS, PostgreSQL would gather all members of the organizations to tell it of a few people.
    is_member = (
        select(func.bool_or(membership.organization_id == any_(who.organizations)))
        .where(membership.user_id == User.id, membership.ended_at.is_(None))
        .correlate_except(membership)
        .scalar_subquery()
    )
    return or_(User.id == who.id, func.coalesce(is_member, literal(False)))


def holds(permission: Permission, organization_id: Any) -> ColumnElement[bool]:
    """They are not banned, and a role of theirs in this organization carries the permission."""
    return and_(
        User.banned_at.is_(None),
        exists().where(
            Membership.user_id == User.id,
            Membership.organization_id == organization_id,
            Membership.ended_at.is_(None),
            MembershipRole.membership_id == Membership.id,
            Role.id == MembershipRole.role_id,
            literal(permission.value) == any_(Role.permissions),
        ),
    )


def last_name(who: Who) -> ColumnElement[Any]:
    """The last name inside the person's organization, its initial to people outside (FH8)."""
    return case((visible(who), User.last_name), else_=func.concat(func.left(User.last_name, 1), literal(".")))


def name(who: Who) -> ColumnElement[Any]:
    """The full name inside the person's organization, first name and last initial to people outside (FH8)."""
    return func.concat(User.first_name, literal(" "), last_name(who))


def place() -> ColumnElement[Any]:
    """What the person's name stands beside: the site or program they came to first, else their organization (FH9)."""
    current_first = (Membership.ended_at.is_not(None), Placement.ended_at.is_not(None), Placement.started_at)
    placed = (
        select(func.coalesce(Site.name, Program.name))
        .select_from(Placement)
        .join(Membership, Membership.id == Placement.membership_id)
        .outerjoin(Site, Site.id == Placement.site_id)
        .outerjoin(Program, Program.id == Placement.program_id)
        .where(Membership.user_id == User.id, Placement.group_id.is_(None))
        .order_by(*current_first, Placement.id)
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    employed = (
        select(Organization.name)
        .select_from(Membership)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.user_id == User.id)
        .order_by(Membership.ended_at.is_not(None), Membership.started_at, Membership.id)
        .limit(1)
        .correlate(User)
        .scalar_subquery()
    )
    return func.coalesce(placed, employed)
