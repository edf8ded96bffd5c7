"""Marking requests about which nothing has been done for too long (SC6)."""

from sqlalchemy import ColumnElement, DateTime, bindparam, func, select

from models.base import Id
from models.chapters import Chapter
from models.database import Reads, Statement, Transaction
from models.mentoring import MailKind, MentoringRequest
from policies.actors import UUID
from workflows import clock
from workflows.mentoring.change import change, lock_unasked
from workflows.mentoring.mails import tell_coordinators

_AT_ONCE = 500


def _is_due() -> ColumnElement[bool]:
    """In the queue, not yet marked, and without movement for its chapter's days; never where that has none."""
    since = bindparam("now", type_=DateTime(timezone=True)) - func.make_interval(
        0, 0, 0, 0, Chapter.stagnation_days * 24
    )
    return MentoringRequest.moved_at <= since


_FROM = (
    MentoringRequest.session_at.is_(None),
    MentoringRequest.stagnant_since.is_(None),
    _is_due(),
)
_DUE = Statement(
    select(MentoringRequest.id)
    .join(Chapter, Chapter.id == MentoringRequest.chapter_id)
    .where(*_FROM)
    .order_by(MentoringRequest.moved_at, MentoringRequest.id)
    .limit(_AT_ONCE)
)
_STILL_DUE = Statement(
    select(MentoringRequest.id)
    .join(Chapter, Chapter.id == MentoringRequest.chapter_id)
    .where(MentoringRequest.id == bindparam("id", type_=UUID), *_FROM)
)


async def due(reads: Reads) -> list[Id]:
    """The requests to be marked now."""
    return [row["id"] for row in await reads.rows(_DUE, now=clock.now())]


async def mark(transaction: Transaction, request_id: Id) -> bool:
    """Mark the request as stagnant and tell its chapter's coordinators, if it is; whether it was."""
    request = await lock_unasked(transaction, request_id)
    if not await transaction.value(_STILL_DUE, id=request_id, now=clock.now()):
        return False
    # The mark is no movement.
    kept = {"moved_at": request["moved_at"], "stagnant_since": clock.now()}
    await change(transaction, None, request, "mentoring_request.stagnant", staff=True, **kept)
    await tell_coordinators(transaction, request["chapter_id"], request["id"], MailKind.STAGNANT)
    return True
