"""Who sees the box of a client's record, which is for those who keep it, and what they may do with it."""

from sqlalchemy import ColumnElement, and_, any_, exists, or_

from models.clients import Client, ClientGroup, ClientType, ClientWarning, PortalStatus
from models.database import Row
from models.organizations import Group
from models.people import Permission
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def kept(who: Who) -> ColumnElement[bool]:
    """They are its navigator, or its organization lets them open its client records."""
    return or_(Client.id == any_(who.navigated), Client.organization_id == any_(who.client_organizations))


def visible(who: Who) -> ColumnElement[bool]:
    """Whether they see the box: not even the person it is about does."""
    return and_(Client.deleted_at.is_(None), kept(who))


def deleted_visible(who: Who) -> ColumnElement[bool]:
    """Those who could open the record are told that it was deleted."""
    return and_(Client.deleted_at.is_not(None), Client.organization_id == any_(who.client_organizations))


def type_visible(who: Who) -> ColumnElement[bool]:
    """The list of types is known inside the organization."""
    return ClientType.organization_id == any_(who.organizations)


def warning_visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees the box."""
    return exists().where(Client.id == ClientWarning.client_id, visible(who))


def group_visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees the box, and belongs to the organization whose group it is."""
    return and_(
        Group.organization_id == any_(who.organizations),
        exists().where(Client.id == ClientGroup.client_id, visible(who)),
    )


Facts = Row
"""What a decision knows of the record: `id`, `organization_id` and what else it names."""


def edit(actor: Actor, record: Facts) -> Decision:
    """Its navigators, and members of its organization whose role lets them edit client records."""
    if record["id"] in actor.navigated:
        return allow("EL4", "You are their navigator.")
    if actor.may(Permission.EDIT_CLIENTS, record["organization_id"]):
        return allow("EL4", "Your role lets you edit this organization's client records.")
    return deny("EL4", "Your role does not let you edit this organization's client records.")


def set_case_number(actor: Actor, record: Facts) -> Decision:
    """Members whose role has the permission for it."""
    return _by_role(actor, record, Permission.CASE_NUMBERS, "EL2", "change case numbers")


def invite(actor: Actor, record: Facts) -> Decision:
    """Members whose role has the permission, where there is a portal; needs `has_portal` and `portal_status`."""
    if not record["has_portal"]:
        return deny("EL8", "The organization has no portal.")
    if record["portal_status"] is not None:
        return deny("EL8", "There is an account already.")
    return _by_role(actor, record, Permission.INVITE_CLIENTS, "EL8", "invite clients to the portal")


def handle_invitation(actor: Actor, record: Facts) -> Decision:
    """To send an invitation again, or revoke it, is for those who may invite."""
    return _by_role(actor, record, Permission.INVITE_CLIENTS, "EL8", "invite clients to the portal")


def ban(actor: Actor, record: Facts) -> Decision:
    """Members whose role has the permission, where there is an account; needs `portal_status`."""
    if record["portal_status"] is None:
        return deny("EL5", "There is no account.")
    if record["portal_status"] == PortalStatus.BANNED:
        return deny("EL5", "They are banned already.")
    return _by_role(actor, record, Permission.BAN_CLIENTS, "EL5", "ban clients from the portal")


def unban(actor: Actor, record: Facts) -> Decision:
    """Members whose role has the permission; needs `portal_status`."""
    if record["portal_status"] != PortalStatus.BANNED:
        return deny("EL5", "They are not banned.")
    return _by_role(actor, record, Permission.BAN_CLIENTS, "EL5", "ban clients from the portal")


def enrol(actor: Actor, record: Facts) -> Decision:
    """Those who may edit the record, once, where there is an enrolment program; needs `enrolled_at` and `enrols`."""
    if not record["enrols"]:
        return deny("EL5", "The organization has no enrolment program.")
    if record["enrolled_at"] is not None:
        return deny("EL5", "They are enrolled already.")
    return edit(actor, record)


def delete(actor: Actor, record: Facts) -> Decision:
    """Members whose role has the permission; they restore, too."""
    return _by_role(actor, record, Permission.DELETE_CLIENTS, "EL9", "delete and restore client records")


def _by_role(actor: Actor, record: Facts, permission: Permission, rule: str, what: str) -> Decision:
    if actor.may(permission, record["organization_id"]):
        return allow(rule, f"Your role lets you {what}.")
    return deny(rule, f"Your role does not let you {what}.")
