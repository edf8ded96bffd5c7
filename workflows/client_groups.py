"""Clients in groups: many at once, in one transaction or not at all (EL6)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import any_, bindparam, delete, select, update

from models.base import Id
from models.clients import Client, ClientGroup
from models.database import Row, Statement, Transaction
from models.organizations import Group
from policies import organizations as organization_policy
from policies import records as policy
from policies.actors import ONE, UUID, UUIDS, Actor
from workflows import clock, text
from workflows.record import record_many
from workflows.records import topics
from workflows.refusals import ManyRefusedError, Refusal, RefusedError, not_found

MOST = 500

_GROUP = Statement(
    select(Group.id, Group.organization_id).where(
        Group.id == bindparam("id", type_=UUID), organization_policy.group_visible(ONE)
    )
)
_LOCK = Statement(
    select(Client.id, Client.organization_id, Client.record_version)
    .where(Client.id == any_(bindparam("ids", type_=UUIDS)), policy.visible(ONE))
    .order_by(Client.id)
    .with_for_update(of=Client, key_share=True)
)
_IN_IT = (
    ClientGroup.client_id == any_(bindparam("ids", type_=UUIDS)),
    ClientGroup.group_id == bindparam("group_id", type_=UUID),
)
_MEMBERS = Statement(select(ClientGroup.client_id).where(*_IN_IT))
_REMOVE = Statement(delete(ClientGroup).where(*_IN_IT))
_NEXT_VERSION = Statement(
    update(Client)
    .where(Client.id == any_(bindparam("ids", type_=UUIDS)))
    .values(record_version=Client.record_version + 1)
)

Results = list[dict[str, Any]]
"""For each client that was named, in that order, its `client_id` and whether it was `changed`."""


async def add(transaction: Transaction, actor: Actor, *, group_id: str, client_ids: list[str]) -> Results:
    """Put clients into a group of their organization; those who are in it already stay as they are."""
    group, clients, inside = await _find(transaction, actor, group_id, client_ids)
    changed = {id: client for id, client in clients.items() if id not in inside}
    now = clock.now()
    await transaction.insert_many(
        ClientGroup, [{"client_id": id, "group_id": group["id"], "added_at": now} for id in changed]
    )
    await _record(transaction, actor, "client.group_added", changed, {"after": {"group_id": group["id"]}})
    return [{"client_id": id, "changed": id in changed} for id in clients]


async def remove(transaction: Transaction, actor: Actor, *, group_id: str, client_ids: list[str]) -> Results:
    """Take clients out of a group; those who are not in it stay as they are."""
    group, clients, inside = await _find(transaction, actor, group_id, client_ids)
    changed = {id: client for id, client in clients.items() if id in inside}
    await transaction.rows(_REMOVE, ids=list(changed), group_id=group["id"])
    await _record(transaction, actor, "client.group_removed", changed, {"before": {"group_id": group["id"]}})
    return [{"client_id": id, "changed": id in changed} for id in clients]


async def _find(
    transaction: Transaction, actor: Actor, group_id: str, client_ids: list[str]
) -> tuple[Row, dict[Id, Row], set[Id]]:
    """The group, the clients locked in the order of their ids, and which of them are in the group."""
    if not 0 < len(client_ids) <= MOST:
        raise RefusedError(Refusal.INVALID, f"Name from 1 to {MOST} clients.", "clientIds")
    group = await transaction.row(_GROUP, id=text.known_id(group_id, "group", "groupId"), **actor.parameters())
    if group is None:
        raise not_found("group", "groupId")
    known = [text.as_id(id) for id in client_ids]
    ids = sorted({id for id in known if id is not None})
    found = {row["id"]: row for row in await transaction.rows(_LOCK, ids=ids, **actor.parameters())}
    refusals = [
        refusal
        for number, id in enumerate(known)
        if (refusal := _refusal(actor, group, found.get(id or ""), number)) is not None
    ]
    if refusals:
        raise ManyRefusedError(refusals)
    inside = {row["client_id"] for row in await transaction.rows(_MEMBERS, ids=ids, group_id=group["id"])}
    return group, {id: found[id] for id in known if id is not None}, inside


def _refusal(actor: Actor, group: Row, client: Row | None, number: int) -> RefusedError | None:
    field = ("clientIds", str(number))
    if client is None or client["organization_id"] != group["organization_id"]:
        return not_found("client of this organization", *field)
    decision = policy.edit(actor, client)
    return None if decision.allowed else RefusedError(Refusal.FORBIDDEN, decision.reason, *field)


async def _record(
    transaction: Transaction, actor: Actor, action: str, clients: Mapping[Id, Row], change: dict[str, Any]
) -> None:
    await transaction.rows(_NEXT_VERSION, ids=list(clients))
    await record_many(
        transaction,
        actor,
        action,
        [
            {
                "subject_id": id,
                "version": client["record_version"] + 1,
                "kind": "client",
                "record_id": id,
                "topics": topics(client),
                "internal_to_id": client["organization_id"],
                **change,
            }
            for id, client in clients.items()
        ],
    )
