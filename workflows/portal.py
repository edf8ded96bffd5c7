"""A client's account in the portal: from pending to active, and bans (EL5)."""

from sqlalchemy import bindparam, select

from models.base import Id
from models.clients import PortalStatus
from models.database import Row, Statement, Transaction
from models.notifications import NotificationKind
from models.people import User
from policies import records as policy
from policies.actors import UUID, Actor, shut_out
from workflows import clock
from workflows.lifecycle import Lifecycle, Step
from workflows.notifications import notify
from workflows.people import revoke_sessions
from workflows.records import change, lock
from workflows.refusals import require
from workflows.rights import changing_rights, lock_user

S = PortalStatus
LIFECYCLE = Lifecycle(
    "portal account",
    S.PENDING,
    [
        Step("enrol", frozenset({S.PENDING}), S.ACTIVE),
        Step("ban", frozenset({S.PENDING, S.ACTIVE}), S.BANNED),
        Step("unban, not enrolled", frozenset({S.BANNED}), S.PENDING),
        Step("unban, enrolled", frozenset({S.BANNED}), S.ACTIVE),
    ],
)

_IS_SHUT_OUT = Statement(select(shut_out()).where(User.id == bindparam("id", type_=UUID)))


def standing(client: Row) -> PortalStatus:
    """What an account is that is not banned: active once the client is enrolled, where enrolment is asked for."""
    return S.PENDING if client["enrols"] and client["enrolled_at"] is None else S.ACTIVE


async def enrol(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Enrol the client in the organization's enrolment program; a pending account becomes active by that."""
    client = await lock(transaction, actor, id, "id")
    require(policy.enrol(actor, client), "id")
    await change(transaction, actor, client, "client.enrolled", {"enrolled_at": clock.now()})
    if client["portal_status"] == S.PENDING:
        enrolled = {**client, "enrolled_at": clock.now(), "record_version": client["record_version"] + 1}
        await set_status(transaction, actor, enrolled, S.ACTIVE)
    return str(client["id"])


async def ban(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Shut the client out of the portal.

    The record leaves their streams at once; where it was all that let them in, their sessions end and their open
    sockets are closed.
    """
    client = await lock(transaction, actor, id, "id")
    require(policy.ban(actor, client), "id")
    user = await lock_user(transaction, client["user_id"])
    async with changing_rights(transaction, actor, user, "portal.banned"):
        await set_status(transaction, actor, client, S.BANNED)
        if await transaction.value(_IS_SHUT_OUT, id=user["id"]):
            await revoke_sessions(transaction, user["id"])
    return str(client["id"])


async def unban(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Let the client into the portal again."""
    client = await lock(transaction, actor, id, "id")
    require(policy.unban(actor, client), "id")
    user = await lock_user(transaction, client["user_id"])
    async with changing_rights(transaction, actor, user, "portal.unbanned"):
        await set_status(transaction, actor, client, standing(client))
    return str(client["id"])


async def set_status(transaction: Transaction, actor: Actor | None, client: Row, status: PortalStatus) -> None:
    """Give the account of the locked client this status, and tell the navigators, but not in set-up."""
    before, after = {"portal_status": client["portal_status"]}, {"portal_status": status.value}
    action = "client.portal_status_set"
    await change(transaction, actor, client, action, {"portal_status": status}, before=before, after=after)
    if actor is not None:
        await notify(transaction, actor, NotificationKind.PORTAL_CHANGED, client["id"])
