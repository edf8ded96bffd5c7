"""Who sees an invitation."""

from sqlalchemy import ColumnElement, and_, any_, exists, func, or_

from models.clients import Client
from models.invitations import Invitation
from models.people import User
from policies import records
from policies.actors import Who


def is_open() -> ColumnElement[bool]:
    """It is neither accepted nor revoked; it may have expired."""
    return and_(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))


def sent_to(who: Who) -> ColumnElement[bool]:
    """It is to membership, open, and was sent to their address."""
    theirs = exists().where(User.id == who.id, func.lower(User.email) == func.lower(Invitation.address))
    return and_(Invitation.client_id.is_(None), is_open(), theirs)


def visible(who: Who) -> ColumnElement[bool]:
    """To the portal: whoever sees the box of the client's record; to membership: its members, and who is invited."""
    of_record = exists().where(Client.id == Invitation.client_id, records.visible(who))
    inside = and_(Invitation.client_id.is_(None), Invitation.organization_id == any_(who.organizations))
    return or_(of_record, inside, sent_to(who))
