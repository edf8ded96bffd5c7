"""Who sees who stands in for whom."""

from sqlalchemy import ColumnElement, any_, or_

from models.database import Row
from models.delegations import Delegation, DelegationStatus
from models.people import Permission
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def visible(who: Who) -> ColumnElement[bool]:
    """Members of the organization in which it holds."""
    return Delegation.organization_id == any_(who.organizations)


def concerning(who: Who) -> ColumnElement[bool]:
    """They are one of the two."""
    return or_(Delegation.delegator_id == who.id, Delegation.delegate_id == who.id)


Facts = Row
"""What a decision knows of the delegation: `status`, `delegator_id` and `organization_id`."""


def end(actor: Actor, delegation: Facts) -> Decision:
    """Whoever is back early, and an administrator of the organization (AM14)."""
    if delegation["status"] == DelegationStatus.ENDED:
        return deny("AM14", "It has ended already.")
    if delegation["delegator_id"] == actor.id:
        return allow("AM14", "You named the delegate.")
    if actor.may(Permission.MANAGE_ORGANIZATION, delegation["organization_id"]):
        return allow("AM14", "Your role lets you manage this organization.")
    return deny("AM14", "Only the one who was away and an administrator may end it.")
