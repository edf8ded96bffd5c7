"""Mentors: who they are, and when they can take a request."""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, and_, bindparam, func, or_, select

from models.base import Id, new_id
from models.database import Reads, Row, Statement, Transaction
from models.mentors import Mentor, MentorKind
from models.people import Membership
from policies import mentors as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

LARGEST_LIMIT = 100

_BY_ID = Mentor.id == bindparam("id", type_=UUID)
_LOCK = Statement(select(Mentor).where(_BY_ID, policy.visible(ONE)).with_for_update(key_share=True))
_LOCK_UNASKED = Statement(select(Mentor).where(_BY_ID).with_for_update(key_share=True))
_OF_MEMBER = Statement(
    select(Mentor.id).where(
        Mentor.chapter_id == bindparam("chapter_id", type_=UUID), Mentor.user_id == bindparam("user_id", type_=UUID)
    )
)
_MEMBER = Statement(
    select(Membership.id).where(
        Membership.organization_id == bindparam("chapter_id", type_=UUID),
        Membership.user_id == bindparam("user_id", type_=UUID),
        Membership.ended_at.is_(None),
    )
)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_IN_PAUSE = and_(Mentor.paused_from <= _NOW, or_(Mentor.paused_until.is_(None), Mentor.paused_until > _NOW))
_PAUSES_DUE = Statement(
    select(Mentor.id)
    .where(
        Mentor.paused_from.is_not(None),
        or_(Mentor.paused != func.coalesce(_IN_PAUSE, False), Mentor.paused_until <= _NOW),
    )
    .order_by(Mentor.id)
)


async def enrol(
    transaction: Transaction,
    actor: Actor | None,
    *,
    chapter_id: str,
    user_id: str,
    kind: MentorKind,
    languages: list[str],
    expertise: list[str],
    active: bool = True,
) -> Id:
    """Say that a member of the chapter mentors, or no longer does. `actor` None is the system: set-up."""
    chapter = text.known_id(chapter_id, "chapter of yours", "chapterId")
    if actor is not None:
        if chapter not in actor.organizations:
            raise not_found("chapter of yours", "chapterId")
        require(policy.enrol(actor, chapter), "chapterId")
    user = text.known_id(user_id, "member of the chapter", "userId")
    if not await transaction.value(_MEMBER, chapter_id=chapter, user_id=user):
        raise not_found("member of the chapter", "userId")
    values: dict[str, Any] = {
        "kind": kind,
        "active": active,
        "languages": [text.required(language, text.NAME, "languages") for language in languages],
        "expertise": [text.required(subject, text.NAME, "expertise") for subject in expertise],
    }
    found = await transaction.value(_OF_MEMBER, chapter_id=chapter, user_id=user)
    if found is not None:
        mentor = await lock_unasked(transaction, found)
        await change(transaction, actor, mentor, "mentor.enrolled", **values)
        return str(found)
    now = clock.now()
    id = new_id()
    await transaction.insert(Mentor, id=id, chapter_id=chapter, user_id=user, **values, created_at=now, updated_at=now)
    await _record(transaction, actor, "mentor.enrolled", id, user, 1)
    return id


async def pause(
    transaction: Transaction,
    actor: Actor,
    id: str,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    expected_version: int | None = None,
) -> Id:
    """Take no new requests, from now or a later time, to an end or until further notice (SC17)."""
    mentor = await _own(transaction, actor, id, expected_version)
    now = clock.now()
    begin = starts_at or now
    for field, moment in (("startsAt", starts_at), ("endsAt", ends_at)):
        if moment is not None and moment.tzinfo is None:
            raise RefusedError(Refusal.INVALID, "It must name its time zone.", field)
    if ends_at is not None and ends_at <= max(begin, now):
        raise RefusedError(Refusal.INVALID, "It must lie after the beginning, and in the future.", "endsAt")
    paused = begin <= now
    values = {"paused": paused, "paused_from": begin, "paused_until": ends_at}
    await change(transaction, actor, mentor, "mentor.paused" if paused else "mentor.pause_planned", **values)
    return str(mentor["id"])


async def resume(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Take new requests again."""
    mentor = await _own(transaction, actor, id, expected_version)
    if mentor["paused_from"] is not None:
        await _resume(transaction, actor, mentor)
    return str(mentor["id"])


async def set_limit(
    transaction: Transaction, actor: Actor, id: str, limit: int | None, *, expected_version: int | None = None
) -> Id:
    """Set how many new requests a week one takes; None: as many as the chapter says (SC20)."""
    mentor = await _own(transaction, actor, id, expected_version)
    if limit is not None and not 1 <= limit <= LARGEST_LIMIT:
        raise RefusedError(Refusal.INVALID, f"It must be from 1 to {LARGEST_LIMIT}.", "weeklyLimit")
    if mentor["weekly_limit"] != limit:
        await change(transaction, actor, mentor, "mentor.limit_set", weekly_limit=limit)
    return str(mentor["id"])


async def pauses_due(reads: Reads) -> list[Id]:
    """The mentors whose pause has begun or ended, and who are not yet shown so."""
    return [row["id"] for row in await reads.rows(_PAUSES_DUE, now=clock.now())]


async def follow_pause(transaction: Transaction, id: Id) -> None:
    """Begin or end a mentor's pause, if it is time."""
    mentor = await lock_unasked(transaction, id)
    now = clock.now()
    begins, ends = mentor["paused_from"], mentor["paused_until"]
    if begins is None:
        return
    if ends is not None and ends <= now:
        await _resume(transaction, None, mentor)
    elif begins <= now and not mentor["paused"]:
        await change(transaction, None, mentor, "mentor.paused", paused=True)


async def _resume(transaction: Transaction, actor: Actor | None, mentor: Row) -> None:
    await change(transaction, actor, mentor, "mentor.resumed", paused=False, paused_from=None, paused_until=None)


async def lock_unasked(transaction: Transaction, id: Id) -> Row:
    """The mentor, locked: who assigns to them at once takes turns."""
    mentor = await transaction.row(_LOCK_UNASKED, id=id)
    assert mentor is not None
    return mentor


async def load_changed(transaction: Transaction, actor: Actor | None, id: Id) -> None:
    """Tell those who assign that the mentor carries more or less."""
    await change(transaction, actor, await lock_unasked(transaction, id), "mentor.load_changed")


async def change(transaction: Transaction, actor: Actor | None, mentor: Row, action: str, **values: Any) -> None:
    """Give the locked mentor these values and a new version, and record it."""
    version = mentor["version"] + 1
    await transaction.update(Mentor, mentor["id"], **values, version=version, updated_at=clock.now())
    await _record(transaction, actor, action, mentor["id"], mentor["user_id"], version)


async def _own(transaction: Transaction, actor: Actor, id: str, expected_version: int | None) -> Row:
    mentor = await transaction.row(_LOCK, id=text.known_id(id, "mentor", "id"), **actor.parameters())
    if mentor is None:
        raise not_found("mentor", "id")
    require(policy.set_availability(actor, mentor), "id")
    expect_version(mentor["version"], expected_version, mentor["id"])
    return mentor


async def _record(
    transaction: Transaction, actor: Actor | None, action: str, id: Id, user_id: Id, version: int
) -> None:
    await record(
        transaction,
        actor,
        action,
        subject_id=id,
        version=version,
        kind="mentor",
        record_id=id,
        topics=["mentors", f"user:{user_id}"],
    )
