"""A repeated request acts once (XX7)."""

import hashlib
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from models.base import Id
from models.database import Statement, Transaction
from models.idempotency import IdempotencyKey
from policies.actors import UUID
from workflows import clock
from workflows.refusals import Refusal, RefusedError

KEPT_FOR = timedelta(days=2)

_CLAIM = Statement(
    insert(IdempotencyKey)
    .values({name: bindparam(name) for name in ("user_id", "key", "request_hash", "at")})
    .on_conflict_do_nothing()
    .returning(IdempotencyKey.key)
)
_MINE = (
    IdempotencyKey.user_id == bindparam("user_id", type_=UUID),
    IdempotencyKey.key == bindparam("key"),
)
_FIND = Statement(select(IdempotencyKey.request_hash, IdempotencyKey.result).where(*_MINE))
_KEEP = Statement(
    IdempotencyKey.__table__.update().where(*_MINE).values(result=bindparam("result"))  # type: ignore[attr-defined]
)
_FORGET = Statement(delete(IdempotencyKey).where(IdempotencyKey.at < bindparam("before")))


def fingerprint(name: str, request: Any) -> str:
    """What tells one request from another."""
    return hashlib.sha256(orjson.dumps([name, request], option=orjson.OPT_SORT_KEYS)).hexdigest()


async def claim(transaction: Transaction, user_id: Id, key: str, request_hash: str) -> dict[str, Any] | None:
    """None if the request is new, and this transaction is the one to act; else what it answered before.

    A twin still at work is waited for. A refused request keeps no key, since its transaction is rolled back.
    """
    if await transaction.row(_CLAIM, user_id=user_id, key=key, request_hash=request_hash, at=clock.now()):
        return None
    found = await transaction.row(_FIND, user_id=user_id, key=key)
    if found is None or found["request_hash"] != request_hash:
        message = "This key was used before, for another request."
        raise RefusedError(Refusal.CONFLICT, message, "idempotencyKey")
    result: dict[str, Any] = found["result"]
    return result


async def keep(transaction: Transaction, user_id: Id, key: str, result: dict[str, Any]) -> None:
    """What the repeated request will be answered."""
    await transaction.rows(_KEEP, user_id=user_id, key=key, result=result)


async def forget(transaction: Transaction) -> None:
    """Drop the keys that are too old to be repeated."""
    await transaction.rows(_FORGET, before=clock.now() - KEPT_FOR)
