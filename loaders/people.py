"""How people are fetched together."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, true
from sqlalchemy.orm import InstrumentedAttribute

from loaders.edges import Many, One, Order, Visible
from models.clients import Client, ClientNavigator
from models.people import Membership, MembershipRole, Placement, Role, User
from policies import clients, people
from policies.organizations import member_of

by_id = One(User, User.id, people.visible)
named = One(User, User.id, lambda who: true())
"""Anyone, for the name under which the viewer may know them."""


def _inside(organization_id: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> Visible:
    return lambda who: and_(member_of(who, organization_id), *conditions)


membership_by_id = One(Membership, Membership.id, _inside(Membership.organization_id, Membership.ended_at.is_(None)))
memberships_of_user = Many(
    Membership,
    Membership.user_id,
    _inside(Membership.organization_id, Membership.ended_at.is_(None)),
    Order((Membership.started_at, Membership.id)),
)
memberships_of_organization = Many(
    Membership,
    Membership.organization_id,
    _inside(Membership.organization_id, Membership.ended_at.is_(None)),
    Order((Membership.started_at, Membership.id)),
)
role_by_id = One(Role, Role.id, _inside(Role.organization_id))
navigators_of_client = Many(
    User,
    ClientNavigator.client_id,
    lambda who: exists().where(Client.id == ClientNavigator.client_id, clients.details_visible(who)),
    Order((User.last_name, User.first_name, User.id)),
    joins=((ClientNavigator, ClientNavigator.user_id == User.id),),
)
roles_of_organization = Many(Role, Role.organization_id, _inside(Role.organization_id), Order((Role.name, Role.id)))
roles_of_membership = Many(
    Role,
    MembershipRole.membership_id,
    _inside(Role.organization_id),
    Order((Role.name, Role.id)),
    joins=((MembershipRole, MembershipRole.role_id == Role.id),),
)
placements_of_membership = Many(
    Placement,
    Placement.membership_id,
    _inside(Membership.organization_id, Placement.ended_at.is_(None)),
    Order((Placement.started_at, Placement.id)),
    joins=((Membership, Membership.id == Placement.membership_id),),
)
