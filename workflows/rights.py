"""Changing what a person may see.

Whatever changes somebody's rights records one event on their own topic, with the rights that it took and gave: open
streams end what is lost, and tell their client to start again where something is gained.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import bindparam, select

from models.database import Row, Statement, Transaction
from models.people import User
from policies.actors import RIGHTS, UUID, Actor
from policies.actors import actor as read_actor
from workflows import clock, text
from workflows.record import record
from workflows.refusals import not_found

_LOCK_USER = Statement(select(User).where(User.id == bindparam("id", type_=UUID)).with_for_update(key_share=True))


async def lock_user(transaction: Transaction, user_id: str) -> Row:
    """The person, locked: changes of their rights take turns."""
    user = await transaction.row(_LOCK_USER, id=text.known_id(user_id, "person", "userId"))
    if user is None:
        raise not_found("person", "userId")
    return user


@asynccontextmanager
async def changing_rights(transaction: Transaction, actor: Actor | None, user: Row, action: str) -> AsyncIterator[None]:
    """Record one event about what the block changes in the person's rights."""
    none = Actor(user["id"])
    before = await read_actor(transaction, user["id"]) or none
    yield
    after = await read_actor(transaction, user["id"]) or none
    version = user["version"] + 1
    await transaction.update(User, user["id"], version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=user["id"],
        version=version,
        kind="user",
        record_id=user["id"],
        topics=[f"user:{user['id']}"],
        before={name: sorted(getattr(before, name) - getattr(after, name)) for name in RIGHTS},
        after={name: sorted(getattr(after, name) - getattr(before, name)) for name in RIGHTS},
    )
