"""Deleting a client's record, and restoring it (EL9).

The record is kept. Its referrals stay where they are, and say that their client is deleted; nobody finds the record
any more but those who may restore it.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import bindparam, exists, or_, select, union

from models.base import Id
from models.clients import Client, ClientNavigator
from models.database import Row, Statement, Transaction
from models.people import Membership
from models.referrals import Referral
from policies import records as policy
from policies import referrals as referral_policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.clients import change_client, touch_referrals
from workflows.invitations import revoke_for_client
from workflows.notifications import clear_of_client
from workflows.records import lock
from workflows.referrals.lock import program_topic
from workflows.refusals import not_found, require
from workflows.rights import changing_rights, lock_user

_LOCK_DELETED = Statement(
    select(Client)
    .where(Client.id == bindparam("id", type_=UUID), policy.deleted_visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_CONCERNED = Statement(
    union(
        select(Client.user_id).where(Client.id == bindparam("id", type_=UUID), Client.user_id.is_not(None)),
        select(ClientNavigator.user_id).where(ClientNavigator.client_id == bindparam("id", type_=UUID)),
    )
)

_SHOWN_BY = Statement(
    select(
        Referral.made_by_id,
        Referral.shared_with,
        Referral.program_id,
        or_(
            Referral.organization_id.is_(None),
            exists().where(
                Membership.user_id == Referral.made_by_id,
                Membership.organization_id == Referral.organization_id,
                Membership.ended_at.is_(None),
            ),
        ).label("to_maker"),
        referral_policy.reaches_program().label("to_program"),
    ).where(Referral.client_id == bindparam("id", type_=UUID))
)


async def delete(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Delete the record: it leaves every dashboard at once, and its referrals show a tombstone."""
    client = await lock(transaction, actor, id, "id")
    require(policy.delete(actor, client), "id")
    await revoke_for_client(transaction, client["id"])
    await clear_of_client(transaction, actor, client["id"])
    async with _changing_rights_of_all(transaction, actor, client, "client.deleted"):
        await change_client(
            transaction,
            actor,
            client,
            "client.deleted",
            {"deleted_at": clock.now(), "deleted_by_id": actor.id},
            before={"deleted": False},
            after={"deleted": True},
            ended_topics=await _viewers(transaction, client),
        )
        await touch_referrals(transaction, actor, client["id"], "referral.client_deleted")
    return str(client["id"])


async def _viewers(transaction: Transaction, client: Row) -> list[str]:
    """The topics of those who see the record now, and of nobody else: only they are told of its end."""
    found = {f"client:{client['id']}", f"navigator-of:{client['id']}", f"clients-of:{client['organization_id']}"}
    for referral in await transaction.rows(_SHOWN_BY, id=client["id"]):
        found.update(f"team:{id}" for id in referral["shared_with"])
        if referral["to_maker"]:
            found.add(f"user:{referral['made_by_id']}")
        if referral["to_program"]:
            found.add(program_topic(referral["program_id"]))
    return sorted(found)


async def restore(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Bring the record back to all who saw it; invitations and notifications stay gone."""
    known = text.known_id(id, "deleted client", "id")
    client = await transaction.row(_LOCK_DELETED, id=known, **actor.parameters())
    if client is None:
        raise not_found("deleted client", "id")
    require(policy.delete(actor, client), "id")
    async with _changing_rights_of_all(transaction, actor, client, "client.restored"):
        await change_client(
            transaction,
            actor,
            client,
            "client.restored",
            {"deleted_at": None, "deleted_by_id": None},
            before={"deleted": True},
            after={"deleted": False},
        )
        await touch_referrals(transaction, actor, client["id"], "referral.client_restored")
    return str(client["id"])


@asynccontextmanager
async def _changing_rights_of_all(
    transaction: Transaction, actor: Actor, client: Row, action: str
) -> AsyncIterator[None]:
    """Record what the block takes from, or gives to, the client themself and their navigators."""
    concerned: Iterable[Row] = await transaction.rows(_CONCERNED, id=client["id"])
    async with AsyncExitStack() as stack:
        for user_id in sorted(row[0] for row in concerned):
            user = await lock_user(transaction, user_id)
            await stack.enter_async_context(changing_rights(transaction, actor, user, action))
        yield
