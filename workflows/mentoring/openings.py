"""Who has a request open: so that two coordinators never work on it unknowingly.

Whoever has it open says so again before the time is over; who falls silent is taken off. It changes nothing about
the request, so the request keeps its version.
"""

from datetime import timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from models.base import Id, new_id
from models.database import Reads, Row, Statement, Transaction
from models.mentoring import MentoringOpening
from policies import mentoring as policy
from policies.actors import UUID, Actor
from workflows import clock
from workflows.mentoring.change import KIND, lock, lock_unasked
from workflows.record import record
from workflows.refusals import require

LASTS = timedelta(minutes=2)

_MINE = (
    MentoringOpening.request_id == bindparam("request_id", type_=UUID),
    MentoringOpening.user_id == bindparam("user_id", type_=UUID),
)
_COLUMNS = ("id", "request_id", "user_id", "opened_at", "until")
_OPEN = Statement(
    insert(MentoringOpening)
    .values({name: bindparam(name) for name in _COLUMNS})
    .on_conflict_do_update(index_elements=["request_id", "user_id"], set_={"until": bindparam("until")})
    .returning(MentoringOpening.id)
)
_CLOSE = Statement(delete(MentoringOpening).where(*_MINE).returning(MentoringOpening.id))
_CLOSE_SILENT = Statement(
    delete(MentoringOpening).where(*_MINE, MentoringOpening.until <= bindparam("now")).returning(MentoringOpening.id)
)
_SILENT = Statement(
    select(MentoringOpening.request_id, MentoringOpening.user_id)
    .where(MentoringOpening.until <= bindparam("now"))
    .order_by(MentoringOpening.until)
)


async def open_(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Show the chapter's coordinators that one has the request open, for two minutes."""
    request = await lock(transaction, actor, id, "id")
    require(policy.open_(actor, request), "id")
    now = clock.now()
    fresh = new_id()
    values = dict(zip(_COLUMNS, (fresh, request["id"], actor.id, now, now + LASTS), strict=True))
    if await transaction.value(_OPEN, **values) == fresh:
        await _record(transaction, actor, request, "mentoring_request.opened", actor.id)
    return str(request["id"])


async def close(transaction: Transaction, actor: Actor, id: str) -> Id:
    """Show them that one has it open no longer."""
    request = await lock(transaction, actor, id, "id")
    require(policy.open_(actor, request), "id")
    if await transaction.value(_CLOSE, request_id=request["id"], user_id=actor.id):
        await _record(transaction, actor, request, "mentoring_request.closed", actor.id)
    return str(request["id"])


async def silent(reads: Reads) -> list[Row]:
    """The `request_id` and `user_id` of those who have not said for two minutes that they have it open."""
    return await reads.rows(_SILENT, now=clock.now())


async def close_silent(transaction: Transaction, request_id: Id, user_id: Id) -> None:
    """Take them off, unless they said so meanwhile."""
    request = await lock_unasked(transaction, request_id)
    if await transaction.value(_CLOSE_SILENT, request_id=request_id, user_id=user_id, now=clock.now()):
        await _record(transaction, None, request, "mentoring_request.closed", user_id)


async def _record(transaction: Transaction, actor: Actor | None, request: Row, action: str, user_id: Id | None) -> None:
    await record(
        transaction,
        actor,
        action,
        subject_id=new_id(),
        version=1,
        kind=KIND,
        record_id=request["id"],
        after={"user_id": user_id},
        topics=[f"intake:{request['chapter_id']}"],
    )
