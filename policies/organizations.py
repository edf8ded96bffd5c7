"""Who sees organizations and what is inside them. The directory itself is open to everyone who is signed in."""

from typing import Any

from sqlalchemy import ColumnElement, any_, true
from sqlalchemy.orm import InstrumentedAttribute

from models.base import Id
from models.organizations import Group
from models.people import Permission
from models.programs import Program
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def visible(who: Who) -> ColumnElement[bool]:
    """Organizations, their sites and programs are the network's directory: everyone who is signed in sees them."""
    return true()


def program_listed(who: Who) -> ColumnElement[bool]:
    """Lists of programs show those that take referrals; others are still seen where something leads to them."""
    return Program.active.is_(True)


def group_visible(who: Who) -> ColumnElement[bool]:
    """A group is known inside its organization."""
    return Group.organization_id == any_(who.organizations)


def member_of(who: Who, organization_id: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """They belong to the organization: roles and memberships are known inside it."""
    return organization_id == any_(who.organizations)


def manage(actor: Actor, organization_id: Id) -> Decision:
    """An administrator of the organization decides about its people, roles, groups and settings."""
    if actor.may(Permission.MANAGE_ORGANIZATION, organization_id):
        return allow("FH13", "Your role lets you manage this organization.")
    return deny("FH13", "Only an administrator of the organization may do this.")


def manage_programs(actor: Actor, organization_id: Id) -> Decision:
    """A program administrator decides about the organization's programs."""
    if actor.may(Permission.MANAGE_PROGRAMS, organization_id):
        return allow("FH14", "Your role lets you manage this organization's programs.")
    return deny("FH14", "Only a program administrator of the organization may do this.")
