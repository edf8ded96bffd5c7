"""Navigators: the members of a client's organization who are there for this client (EL7)."""

from sqlalchemy import bindparam, delete, select

from models.clients import Client, ClientNavigator
from models.database import Row, Statement, Transaction
from models.notifications import NotificationKind
from models.people import Membership
from policies import clients as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.clients import change_client
from workflows.notifications import notify
from workflows.refusals import Refusal, RefusedError, not_found, require
from workflows.rights import changing_rights, lock_user

_CLIENT = Statement(
    select(Client)
    .where(Client.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_MEMBER = Statement(
    select(Membership.id).where(
        Membership.user_id == bindparam("user_id", type_=UUID),
        Membership.organization_id == bindparam("organization_id", type_=UUID),
        Membership.ended_at.is_(None),
    )
)
_ASSIGNED = (
    ClientNavigator.client_id == bindparam("client_id", type_=UUID),
    ClientNavigator.user_id == bindparam("user_id", type_=UUID),
)
_IS_ASSIGNED = Statement(select(ClientNavigator.user_id).where(*_ASSIGNED))
_UNASSIGN = Statement(delete(ClientNavigator).where(*_ASSIGNED))


async def assign(transaction: Transaction, actor: Actor, *, client_id: str, user_id: str) -> str:
    """Make a member of the client's organization one of the client's navigators."""
    client = await _client(transaction, actor, client_id)
    known = text.known_id(user_id, "member of the client's organization", "userId")
    if not await transaction.value(_MEMBER, user_id=known, organization_id=client["organization_id"]):
        raise not_found("member of the client's organization", "userId")
    if await transaction.value(_IS_ASSIGNED, client_id=client["id"], user_id=known):
        raise RefusedError(Refusal.CONFLICT, "They are a navigator of this client already.", "userId")
    user = await lock_user(transaction, known)
    async with changing_rights(transaction, actor, user, "navigator.assigned"):
        await transaction.insert(ClientNavigator, client_id=client["id"], user_id=user["id"], assigned_at=clock.now())
    await change_client(transaction, actor, client, "client.navigator_assigned", {}, {"user_id": user["id"]})
    await notify(transaction, actor, NotificationKind.NAVIGATOR_ASSIGNED, client["id"], only=user["id"])
    return str(client["id"])


async def unassign(transaction: Transaction, actor: Actor, *, client_id: str, user_id: str) -> str:
    """End it: what only a navigator sees of the client leaves their dashboard at once (XX2)."""
    client = await _client(transaction, actor, client_id)
    known = text.known_id(user_id, "navigator of this client", "userId")
    if not await transaction.value(_IS_ASSIGNED, client_id=client["id"], user_id=known):
        raise not_found("navigator of this client", "userId")
    user = await lock_user(transaction, known)
    await change_client(transaction, actor, client, "client.navigator_unassigned", {}, {"user_id": user["id"]})
    async with changing_rights(transaction, actor, user, "navigator.unassigned"):
        await transaction.rows(_UNASSIGN, client_id=client["id"], user_id=user["id"])
    return str(client["id"])


async def _client(transaction: Transaction, actor: Actor, client_id: str) -> Row:
    client = await transaction.row(_CLIENT, id=text.known_id(client_id, "client", "clientId"), **actor.parameters())
    if client is None:
        raise not_found("client", "clientId")
    require(policy.assign_navigators(actor, client), "clientId")
    return client
