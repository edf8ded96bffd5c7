"""The policy, asked again at each delivery, for many people and records in one statement.

Streams that ask about an event in the same turn of the event loop are answered by one statement, and what they are
shown is rendered once for all whose view of the record is the same (`Sight.scope`). A later turn asks anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Select,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.visitors import replacement_traverse

from models.base import Id
from models.clients import Client
from models.database import Database, Row, Statement
from models.events import Event
from models.mentoring import MentoringRequest
from models.mentors import Mentor
from models.people import User
from models.referrals import Referral
from policies import clients, mentoring, mentors, notes, referrals
from policies.actors import FORMER, ONE, UUID, UUIDS, Actor, Who, actor_from, each, everyone


@dataclass(eq=False)
class Moment:
    """One reading of the database; what is rendered from it may be shared by all who were decided in it."""

    rendered: dict[Any, asyncio.Future[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see of one record now."""

    visible: bool
    details: bool
    """Whether they see more of a client than the name, or of a request what is for those who work on it."""
    scope: Actor
    """On whose behalf to render it: the person, or anyone with their rights where that makes no difference."""
    client_id: Id | None
    program_id: Id | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class ShutOut:
    """The person is banned or gone."""


@dataclass(frozen=True)
class Noun:
    """A kind of record on the feed: who sees it, for whom it may look different, and which filters find it."""

    table: Any
    visible: Callable[[Who], ColumnElement[bool]]
    involved: Callable[[Who], ColumnElement[bool]]
    client_id: Any = field(default_factory=lambda: cast(null(), UUID))
    program_id: Any = field(default_factory=lambda: cast(null(), UUID))
    details: Callable[[Who], ColumnElement[bool]] = lambda who: literal(True)


NOUNS = {
    "referral": Noun(
        Referral,
        referrals.visible,
        lambda who: referrals.involved(who, Referral.client_id),
        Referral.client_id,
        Referral.program_id,
    ),
    "client": Noun(
        Client,
        clients.visible,
        lambda who: referrals.involved(who, Client.id),
        Client.id,
        details=clients.details_visible,
    ),
    "mentoring_request": Noun(
        MentoringRequest,
        mentoring.visible,
        mentoring.involved,
        MentoringRequest.client_id,
        details=mentoring.staff,
    ),
    "mentor": Noun(Mentor, mentors.visible, mentors.involved),
}


def _decision(noun: Noun) -> Statement:
    rights = everyone(User.id == any_(bindparam("user_ids", type_=UUIDS)))
    who = each(rights)
    return Statement(
        select(
            rights,
            noun.table.id.label("record_id"),
            func.coalesce(noun.visible(who), literal(False)).label("visible"),
            func.coalesce(noun.involved(who), literal(True)).label("involved"),
            noun.client_id.label("client_id"),
            noun.program_id.label("program_id"),
            func.coalesce(noun.details(who), literal(False)).label("details"),
        ).select_from(rights.outerjoin(noun.table, noun.table.id == any_(bindparam("record_ids", type_=UUIDS))))
    )


_DECISIONS = {kind: _decision(noun) for kind, noun in NOUNS.items()}

_NOBODY = literal("00000000-0000-0000-0000-000000000000", UUID)
_POSITION: ColumnElement[int] = bindparam("position")


def _before_later(record_id: Any, name: str) -> Any:
    """What the first event after the position says that a value of the record was before it."""
    return (
        select(Event.before[name])
        .where(
            Event.record_id == record_id,
            Event.before.has_key(name),
            or_(Event.position.is_(None), Event.position > _POSITION),
        )
        .order_by(Event.id)
        .limit(1)
    )


def _then(table: Any, name: str, changed: dict[str, ColumnElement[Any]]) -> CTE:
    """The records of a table as they were at the position, as far as sight of them depends on it."""
    columns = dict(table.__table__.c) | changed
    return (
        select(*(column.label(name) for name, column in columns.items()))
        .where(exists().where(Event.record_id == table.id, Event.position <= _POSITION))
        .cte(name)
        .prefix_with("not materialized")
    )


def _lost() -> Statement:
    """What the former rights showed and the present ones do not, in the world as it was at a position of the log.

    What is seen now does not tell: somebody who is told late, after the consent has ended, too, would hear of neither.
    """
    consented = _before_later(Referral.id, "consent").with_only_columns(Event.before["consent"].as_boolean())
    consents = func.coalesce(consented.scalar_subquery(), Referral.consent_ended_at.is_(None))
    referrals_then = _then(Referral, "then", {"consent_ended_at": case((consents, null()), else_=Referral.updated_at)})

    def was(name: str) -> ColumnElement[Any]:
        earlier = _before_later(MentoringRequest.id, name).with_only_columns(
            func.coalesce(cast(Event.before[name].astext, UUID), _NOBODY)
        )
        now = getattr(MentoringRequest, name)
        return func.nullif(func.coalesce(earlier.scalar_subquery(), now), _NOBODY)

    moving = ("chapter_id", "mentor_id", "mentor_chapter_id")
    requests_then = _then(MentoringRequest, "requests_then", {name: was(name) for name in moving})
    then = {Referral.__tablename__: referrals_then, MentoringRequest.__tablename__: requests_then}

    def seen(predicate: ColumnElement[bool]) -> ColumnElement[bool]:
        def replaced(element: Any, **_: Any) -> Any:
            table = element.table.name if isinstance(element, Column) else None
            return then[table].c[element.name] if table in then else None

        return replacement_traverse(predicate, {}, replaced)

    def lost(kind: str, noun: Noun, rows: Any) -> Select[Any]:
        return select(
            literal(kind).label("kind"),
            rows.id,
            seen(noun.client_id).label("client_id"),
            seen(noun.program_id).label("program_id"),
        ).where(
            seen(noun.visible(FORMER)),
            ~func.coalesce(seen(noun.visible(ONE)), literal(False)),
            *(
                ()
                if noun.table.__tablename__ in then
                else (exists().where(Event.record_id == noun.table.id, Event.position <= _POSITION),)
            ),
        )

    found = []
    for kind, noun in NOUNS.items():
        rows = then[noun.table.__tablename__].c if noun.table.__tablename__ in then else noun.table
        found.append(lost(kind, noun, rows))
    return Statement(union_all(*found).order_by("id"))


_LOST = _lost()
_NARROWED = Statement(
    select(
        or_(
            exists().where(clients.visible(ONE), clients.details_visible(FORMER), ~clients.details_visible(ONE)),
            exists().where(notes.lost(FORMER, ONE)),
            exists().where(mentoring.narrowed(FORMER, ONE)),
        )
    )
)


class Sights:
    """Decides for all streams of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[tuple[str, Id], dict[Id, asyncio.Future[Sight | ShutOut]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def decide(self, kind: str, record_id: Id, user_id: Id) -> Sight | ShutOut:
        """What this person may see of the record at this moment."""
        asked = self._asked.get((kind, record_id))
        if asked is None:
            asked = self._asked[kind, record_id] = {}
            asyncio.get_running_loop().call_soon(self._flush, kind, record_id)
        if user_id not in asked:
            asked[user_id] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(asked[user_id])

    def _flush(self, kind: str, record_id: Id) -> None:
        asked = self._asked.pop((kind, record_id))
        task = asyncio.create_task(self._answer(kind, record_id, asked))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, kind: str, record_id: Id, asked: dict[Id, asyncio.Future[Sight | ShutOut]]) -> None:
        try:
            moment = Moment()
            rows = await self._database.rows(_DECISIONS[kind], record_ids=[record_id], user_ids=list(asked))
            found = {row["id"]: _sight(row, moment) for row in rows}
        except Exception as error:
            for future in asked.values():
                if not future.done():
                    future.set_exception(error)
            return
        for user_id, future in asked.items():
            if not future.done():
                future.set_result(found.get(user_id, ShutOut()))

    async def lost(self, former: Actor, present: Actor, *, position: int) -> list[Row]:
        """The records that, at this position, the former rights show and the present ones do not; by id."""
        return await self._database.rows(
            _LOST, position=position, **former.parameters("former"), **present.parameters()
        )

    async def narrowed(self, former: Actor, present: Actor) -> bool:
        """Whether the former rights show more of something that the present ones show, too."""
        found = await self._database.value(_NARROWED, **former.parameters("former"), **present.parameters())
        return bool(found)


def _sight(row: Row, moment: Moment) -> Sight | ShutOut:
    if row["banned"]:
        return ShutOut()
    actor = actor_from(row)
    return Sight(
        visible=row["visible"],
        details=row["details"],
        scope=actor if row["involved"] else actor.anyone(),
        client_id=row["client_id"],
        program_id=row["program_id"],
        moment=moment,
    )
