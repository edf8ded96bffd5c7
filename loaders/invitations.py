"""How invitations are fetched together."""

from sqlalchemy import ColumnElement, and_, exists, func

from loaders.edges import Many, One, Order
from models.clients import Client
from models.invitations import Invitation
from policies import invitations as policy
from policies.actors import Who


def _open(who: Who) -> ColumnElement[bool]:
    return and_(policy.is_open(), policy.visible(who))


def _to_membership(who: Who) -> ColumnElement[bool]:
    return and_(Invitation.client_id.is_(None), policy.visible(who))


_newest_first = Order((Invitation.created_at, Invitation.id), descending=True)

by_id = One(Invitation, Invitation.id, policy.visible)
open_of_client = One(Invitation, Invitation.client_id, _open)
of_organization = Many(Invitation, Invitation.organization_id, _to_membership, _newest_first)
sent_to_viewer = Many(Invitation, None, policy.sent_to, _newest_first)
address_differs = (
    exists()
    .where(
        Invitation.client_id == Client.id,
        policy.is_open(),
        func.lower(Invitation.address) != func.lower(func.coalesce(Client.email, "")),
    )
    .correlate(Client)
)
"""Of a client: whether the open invitation went to another address than the record has now."""
