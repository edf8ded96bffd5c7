"""Saved views of lists: named, changed, pinned, deleted (AM3). That they fit the list is checked by whoever asks."""

from typing import Any

from sqlalchemy import bindparam, delete, select, update

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.list_views import ListView
from policies import list_views as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, expect_version, not_found
from workflows.rights import lock_user

_LOCK = Statement(
    select(ListView)
    .where(ListView.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(key_share=True)
)
_NAMED = Statement(
    select(ListView.id).where(
        ListView.user_id == bindparam("user_id", type_=UUID),
        ListView.list == bindparam("list"),
        ListView.name == bindparam("name"),
    )
)
_UNPIN = Statement(
    update(ListView)
    .where(ListView.user_id == bindparam("user", type_=UUID), ListView.list == bindparam("of_list"), ListView.pinned)
    .values(pinned=False, version=ListView.version + 1, updated_at=bindparam("now"))
)
_DELETE = Statement(delete(ListView).where(ListView.id == bindparam("id", type_=UUID)))


async def save(
    transaction: Transaction, actor: Actor, *, list: str, name: str, arguments: dict[str, Any], pinned: bool = False
) -> Id:
    """Save a view of a list under a name of one's own."""
    assert actor.id is not None
    # A person's views take turns: of two that are pinned at once, the later stays pinned.
    await lock_user(transaction, actor.id)
    named = await _new_name(transaction, actor, list, name)
    if pinned:
        await _unpin(transaction, actor, list)
    now = clock.now()
    id = new_id()
    await transaction.insert(
        ListView,
        id=id,
        user_id=actor.id,
        list=list,
        name=named,
        arguments=arguments,
        pinned=pinned,
        created_at=now,
        updated_at=now,
    )
    await _record(transaction, actor, "list_view.saved", id, 1)
    return id


async def find(transaction: Transaction, actor: Actor, id: str) -> Row:
    """The view, locked until the transaction ends, if it is the actor's own."""
    assert actor.id is not None
    await lock_user(transaction, actor.id)
    view = await transaction.row(_LOCK, id=text.known_id(id, "view", "id"), **actor.parameters())
    if view is None:
        raise not_found("view", "id")
    return view


async def change(
    transaction: Transaction,
    actor: Actor,
    view: Row,
    *,
    name: str | None = None,
    arguments: dict[str, Any] | None = None,
    pinned: bool | None = None,
    expected_version: int | None = None,
) -> Id:
    """Give the locked view another name or other arguments, pin it as the list's default, or unpin it."""
    expect_version(view["version"], expected_version, view["id"])
    values: dict[str, Any] = {}
    if name is not None and name.strip() != view["name"]:
        values["name"] = await _new_name(transaction, actor, view["list"], name)
    if arguments is not None:
        values["arguments"] = arguments
    if pinned is not None and pinned != view["pinned"]:
        if pinned:
            await _unpin(transaction, actor, view["list"])
        values["pinned"] = pinned
    if values:
        version = view["version"] + 1
        await transaction.update(ListView, view["id"], **values, version=version, updated_at=clock.now())
        await _record(transaction, actor, "list_view.changed", view["id"], version)
    return str(view["id"])


async def remove(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Delete a view."""
    view = await find(transaction, actor, id)
    await transaction.rows(_DELETE, id=view["id"])
    await _record(transaction, actor, "list_view.deleted", view["id"], view["version"] + 1)
    return str(view["id"])


async def _new_name(transaction: Transaction, actor: Actor, list: str, name: str) -> str:
    named = text.required(name, text.NAME, "name")
    known = await transaction.value(_NAMED, user_id=actor.id, list=list, name=named)
    if known is not None:
        message = "You have a view of this list by this name already."
        raise RefusedError(Refusal.CONFLICT, message, "name", current=known)
    return named


async def _unpin(transaction: Transaction, actor: Actor, list: str) -> None:
    await transaction.rows(_UNPIN, user=actor.id, of_list=list, now=clock.now())


async def _record(transaction: Transaction, actor: Actor, action: str, id: Id, version: int) -> None:
    await record(
        transaction,
        actor,
        action,
        subject_id=id,
        version=version,
        kind="list_view",
        record_id=id,
        topics=[f"user:{actor.id}"],
    )
