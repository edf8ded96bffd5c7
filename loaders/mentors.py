"""How mentors are fetched together, and what they carry now."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, or_, select, true

from loaders.edges import NOW, Many, One, Order, of_id
from models.base import Id
from models.chapters import Chapter
from models.database import Reads, Row, Statement
from models.mentoring import MentoringAssignment, MentoringRequest
from models.mentors import Mentor
from models.people import User
from policies import mentoring as request_policy
from policies import mentors as policy
from policies import people
from policies.actors import ONE, UUID, Actor

by_id = One(Mentor, Mentor.id, policy.visible)
own = Many(Mentor, None, policy.own, Order((Mentor.chapter_id, Mentor.id)))
of_own_chapters = Many(
    Mentor,
    None,
    policy.of_own_chapters,
    Order((User.last_name, User.first_name, Mentor.id)),
    joins=((User, User.id == Mentor.user_id),),
    where={
        "paused": lambda: Mentor.paused == bindparam("paused"),
        "chapter_id": of_id("chapter_id", Mentor.chapter_id),
        "search": lambda: func.concat(User.first_name, " ", User.last_name).icontains(
            bindparam("search"), autoescape=False
        ),
    },
)


def _assignments(*where: ColumnElement[bool]) -> ColumnElement[Any]:
    return (
        select(func.count())
        .select_from(MentoringAssignment)
        .where(MentoringAssignment.mentor_id == Mentor.id, *where)
        .correlate(Mentor)
        .scalar_subquery()
    )


def load() -> ColumnElement[Any]:
    """How many requests they have now, answered or not, that had no session yet."""
    open_ = (
        select(MentoringRequest.id)
        .where(MentoringRequest.id == MentoringAssignment.request_id, MentoringRequest.session_at.is_(None))
        .correlate(MentoringAssignment)
        .exists()
    )
    return _assignments(MentoringAssignment.ended_at.is_(None), open_)


def accepted_lately() -> ColumnElement[Any]:
    """How many assignments by coordinators they accepted in the last 60 days."""
    return _assignments(
        MentoringAssignment.direct.is_(False), MentoringAssignment.accepted_at > NOW - timedelta(days=60)
    )


def direct_lately() -> ColumnElement[Any]:
    """How many clients asked for them directly in the last seven days."""
    return _assignments(MentoringAssignment.direct.is_(True), MentoringAssignment.assigned_at > NOW - timedelta(days=7))


def new_this_week() -> ColumnElement[Any]:
    """How many new requests they had in the last seven days, direct and assigned."""
    return _assignments(MentoringAssignment.assigned_at > NOW - timedelta(days=7))


_SCOPE = bindparam("scope", type_=Text())
_home = Chapter.__table__.alias("home")
_CANDIDATES = Statement(
    select(
        Mentor.id.label("mentor_id"),
        Mentor.user_id,
        people.name(ONE).label("name"),
        Mentor.chapter_id,
        Mentor.kind,
        Mentor.languages,
        Mentor.expertise,
        Mentor.paused,
        Mentor.paused_until,
        func.coalesce(Mentor.weekly_limit, Chapter.weekly_limit).label("weekly_limit"),
        load().label("load"),
        accepted_lately().label("accepted_lately"),
        direct_lately().label("direct_lately"),
        new_this_week().label("new_this_week"),
        policy.serves().label("serves"),
        (MentoringRequest.mentor_id.is_not_distinct_from(Mentor.user_id)).label("has_it"),
    )
    .select_from(MentoringRequest)
    .join(_home, _home.c.id == MentoringRequest.chapter_id)
    .join(Mentor, true())
    .join(Chapter, Chapter.id == Mentor.chapter_id)
    .join(User, User.id == Mentor.user_id)
    .where(
        MentoringRequest.id == bindparam("request_id", type_=UUID),
        request_policy.coordinates(ONE),
        policy.visible(ONE),
        or_(
            Chapter.id == _home.c.id,
            and_(_SCOPE == "district", Chapter.region == _home.c.region, Chapter.district == _home.c.district),
            and_(_SCOPE == "region", Chapter.region == _home.c.region),
            _SCOPE == "all",
        ),
    )
    .order_by("load", "name", Mentor.id)
)


async def candidates(reads: Reads, actor: Actor, request_id: Id, scope: str, now: Any) -> list[Row]:
    """The mentors of the request's chapter, or of more chapters, with what they carry: in one statement (SC8)."""
    return await reads.rows(_CANDIDATES, request_id=request_id, scope=scope, now=now, **actor.parameters())
