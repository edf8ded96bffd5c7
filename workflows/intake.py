"""The settings of a chapter's intake, and what a change of them would do to its open requests."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, bindparam, func, select

from models.base import Id
from models.chapters import Chapter
from models.database import Reads, Row, Statement, Transaction
from models.mentoring import MentoringAssignment, MentoringRequest
from models.mentors import Mentor
from policies import chapters as policy
from policies.actors import UUID, Actor
from workflows import chapters, clock, text
from workflows.mentoring.assign import WEEK
from workflows.mentoring.change import change, current_assignment, lock_unasked
from workflows.record import record_inside
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

LARGEST = {"answer_days": 60, "stagnation_days": 365, "weekly_limit": 100}
_FIELDS = {"answer_days": "answerDays", "stagnation_days": "stagnationDays", "weekly_limit": "weeklyLimit"}

_CHAPTER = MentoringRequest.chapter_id == bindparam("chapter_id", type_=UUID)
_PENDING = and_(
    MentoringAssignment.request_id == MentoringRequest.id,
    MentoringAssignment.ended_at.is_(None),
    MentoringAssignment.accepted_at.is_(None),
)
_LOCK = Statement(select(Chapter).where(Chapter.id == bindparam("id", type_=UUID)).with_for_update(key_share=True))
_OPEN = Statement(
    select(
        MentoringRequest.id,
        MentoringRequest.moved_at,
        MentoringRequest.stagnant_since,
        MentoringAssignment.assigned_at,
        MentoringAssignment.deadline,
    )
    .outerjoin(MentoringAssignment, _PENDING)
    .where(_CHAPTER, MentoringRequest.session_at.is_(None))
    .order_by(MentoringRequest.id)
)
_of_week = (
    select(
        MentoringAssignment.request_id,
        MentoringAssignment.accepted_at,
        MentoringAssignment.ended_at,
        func.row_number()
        .over(
            partition_by=MentoringAssignment.mentor_id,
            order_by=(MentoringAssignment.assigned_at, MentoringAssignment.id),
        )
        .label("number"),
    )
    .join(Mentor, Mentor.id == MentoringAssignment.mentor_id)
    .where(
        Mentor.chapter_id == bindparam("chapter_id", type_=UUID),
        Mentor.weekly_limit.is_(None),
        MentoringAssignment.assigned_at > bindparam("since"),
    )
    .subquery()
)
_OF_WEEK = Statement(
    select(_of_week.c.request_id, _of_week.c.number)
    .join(MentoringRequest, MentoringRequest.id == _of_week.c.request_id)
    .where(_CHAPTER, _of_week.c.accepted_at.is_(None), _of_week.c.ended_at.is_(None))
    .order_by(_of_week.c.request_id)
)


class EffectKind(StrEnum):
    """What a change of settings does to an open request."""

    DEADLINE = "deadline"
    STAGNATION = "stagnation"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Settings:
    """How long mentors have to answer, when a request is stagnant, and how many a mentor gets; None: never, any."""

    answer_days: int
    stagnation_days: int | None
    weekly_limit: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What would be different about one request."""

    kind: EffectKind
    request_id: Id
    deadline: datetime | None = None
    """The deadline that it would have."""
    returns: bool = False
    """It would go back to the queue at once, since that deadline is over."""
    stagnant: bool | None = None
    """Whether it would be stagnant."""
    over_limit: bool | None = None
    """Whether its mentor would not have been offered for it."""


async def simulate(reads: Reads, actor: Actor, chapter_id: str, settings: Settings) -> list[Effect]:
    """What these settings would change about the chapter's open requests; nothing is written."""
    chapter = await chapters.find(reads, chapter_id, "chapterId")
    require(policy.manage_intake(actor, chapter["id"]), "chapterId")
    _check(settings)
    return await _effects(reads, chapter, settings)


async def update(
    transaction: Transaction, actor: Actor, chapter_id: str, settings: Settings, *, expected_version: int | None = None
) -> Id:
    """Give the chapter these settings, and do to its open requests what `simulate` says."""
    chapter = await transaction.row(_LOCK, id=text.known_id(chapter_id, "chapter", "chapterId"))
    if chapter is None:
        raise not_found("chapter", "chapterId")
    require(policy.manage_intake(actor, chapter["id"]), "chapterId")
    expect_version(chapter["version"], expected_version, chapter["id"])
    _check(settings)
    effects = await _effects(transaction, chapter, settings)
    values = {name: getattr(settings, name) for name in _FIELDS}
    version = chapter["version"] + 1
    await transaction.update(Chapter, chapter["id"], **values, version=version, updated_at=clock.now())
    await record_inside(
        transaction,
        actor,
        "chapter.intake_set",
        chapter["id"],
        subject_id=chapter["id"],
        version=version,
        before={name: chapter[name] for name in values},
        after=values,
    )
    for effect in effects:
        await _apply(transaction, actor, effect)
    return str(chapter["id"])


async def _apply(transaction: Transaction, actor: Actor, effect: Effect) -> None:
    """Move the deadline, or lift the mark. What is overdue or stagnant now, the deadlines find by themselves."""
    request = await lock_unasked(transaction, effect.request_id)
    unmoved = {"moved_at": request["moved_at"], "stagnant_since": request["stagnant_since"]}
    match effect.kind:
        case EffectKind.DEADLINE:
            assignment = await current_assignment(transaction, request)
            if assignment is not None and assignment["accepted_at"] is None:
                await transaction.update(MentoringAssignment, assignment["id"], deadline=effect.deadline)
                await change(transaction, actor, request, "mentoring_request.deadline_moved", **unmoved)
        case EffectKind.STAGNATION if not effect.stagnant:
            values = {**unmoved, "stagnant_since": None}
            await change(transaction, actor, request, "mentoring_request.mark_lifted", staff=True, **values)


async def _effects(reads: Reads, chapter: Row, settings: Settings) -> list[Effect]:
    found: list[Effect] = []
    now = clock.now()
    calendar = chapters.calendar_of(chapter)
    for request in await reads.rows(_OPEN, chapter_id=chapter["id"]):
        if request["deadline"] is not None and settings.answer_days != chapter["answer_days"]:
            deadline = calendar.deadline(request["assigned_at"], settings.answer_days)
            if deadline != request["deadline"]:
                found.append(Effect(EffectKind.DEADLINE, request["id"], deadline=deadline, returns=deadline <= now))
        days = settings.stagnation_days
        stagnant = days is not None and request["moved_at"] <= now - timedelta(days=days)
        if stagnant != (request["stagnant_since"] is not None):
            found.append(Effect(EffectKind.STAGNATION, request["id"], stagnant=stagnant))
    limits = (chapter["weekly_limit"], settings.weekly_limit)
    for request in await reads.rows(_OF_WEEK, chapter_id=chapter["id"], since=now - WEEK):
        before, after = (limit is not None and request["number"] > limit for limit in limits)
        if before != after:
            found.append(Effect(EffectKind.LIMIT, request["request_id"], over_limit=after))
    return found


def _check(settings: Settings) -> None:
    for name, field in _FIELDS.items():
        value = getattr(settings, name)
        if value is not None and not 1 <= value <= LARGEST[name]:
            raise RefusedError(Refusal.INVALID, f"It must be from 1 to {LARGEST[name]}.", field)
