"""The policy, asked again at each delivery, for many people and records in one statement.

Streams that ask about an event in the same turn of the event loop are answered by one statement, and what they are
shown is rendered once for all whose view of the record is the same (`Sight.scope`). A later turn asks anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
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
from models.partners import CaseManager
from models.people import User
from models.referrals import Referral
from policies import clients, partners, referrals
from policies.actors import FORMER, ONE, UUID, UUIDS, Actor, actor_from, each, everyone


@dataclass(eq=False)
class Moment:
    """One reading of the database; what is rendered from it may be shared by all who were decided in it."""

    rendered: dict[Any, asyncio.Future[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see of one record now."""

    visible: bool
    scope: Actor
    """On whose behalf to render it: the person, or anyone with their rights where that makes no difference."""
    client_id: Id | None
    program_id: Id | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class ShutOut:
    """The person is banned or gone."""


NOUNS: dict[str, type[Referral] | type[Client] | type[CaseManager]] = {
    "referral": Referral,
    "client": Client,
    "case_manager": CaseManager,
}
"""The nouns with dashboards of their own, by the kind of their events."""


def _decision(table: type[Referral] | type[Client] | type[CaseManager]) -> Statement:
    rights = everyone(User.id == any_(bindparam("user_ids", type_=UUIDS)))
    who = each(rights)
    if table is Referral:
        visible, involved = referrals.visible(who), referrals.involved(who, Referral.client_id)
        places: tuple[Any, ...] = (Referral.client_id, Referral.program_id)
    elif table is CaseManager:
        visible, involved = partners.visible(who), partners.involved(who)
        places = (null().label("client_id"), null().label("program_id"))
    else:
        visible, involved = clients.visible(who), referrals.involved(who, Client.id)
        places = (Client.id.label("client_id"), null().label("program_id"))
    return Statement(
        select(
            rights,
            table.id.label("record_id"),
            func.coalesce(visible, literal(False)).label("visible"),
            func.coalesce(involved, literal(True)).label("involved"),
            *places,
        ).select_from(rights.outerjoin(table, table.id == any_(bindparam("record_ids", type_=UUIDS))))
    )


_DECISIONS = {name: _decision(table) for name, table in NOUNS.items()}


def _lost() -> Statement:
    """What the former rights showed and the present ones do not, in the world as it was at a position of the log.

    What is seen now does not tell: somebody who is told late, after the consent has ended, too, would hear of neither.
    """
    position: ColumnElement[int] = bindparam("position")
    consented = (
        select(Event.before["consent"].as_boolean())
        .where(
            Event.record_id == Referral.id,
            Event.before.has_key("consent"),
            or_(Event.position.is_(None), Event.position > position),
        )
        .order_by(Event.id)
        .limit(1)
        .scalar_subquery()
    )
    consents = func.coalesce(consented, Referral.consent_ended_at.is_(None))
    columns = dict(Referral.__table__.c) | {"consent_ended_at": case((consents, null()), else_=Referral.updated_at)}
    then = (
        select(*(column.label(name) for name, column in columns.items()))
        .where(exists().where(Event.record_id == Referral.id, Event.position <= position))
        .cte("then")
        .prefix_with("not materialized")
    )

    def seen(predicate: ColumnElement[bool]) -> ColumnElement[bool]:
        def replaced(element: Any, **_: Any) -> Any:
            is_of_referrals = isinstance(element, Column) and element.table.name == Referral.__tablename__
            return then.c[element.name] if is_of_referrals else None

        return replacement_traverse(predicate, {}, replaced)

    return Statement(
        union_all(
            select(literal("referral").label("kind"), then.c.id, then.c.client_id, then.c.program_id).where(
                seen(referrals.visible(FORMER)), ~seen(referrals.visible(ONE))
            ),
            select(literal("client"), Client.id, Client.id, cast(null(), UUID)).where(
                exists().where(Event.record_id == Client.id, Event.position <= position),
                seen(clients.visible(FORMER)),
                ~seen(clients.visible(ONE)),
            ),
            select(literal("case_manager"), CaseManager.id, cast(null(), UUID), cast(null(), UUID)).where(
                exists().where(Event.record_id == CaseManager.id, Event.position <= position),
                partners.visible(FORMER),
                ~partners.visible(ONE),
            ),
        ).order_by("id")
    )


_LOST = _lost()


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


def _sight(row: Row, moment: Moment) -> Sight | ShutOut:
    if row["banned"]:
        return ShutOut()
    actor = actor_from(row)
    return Sight(
        visible=row["visible"],
        scope=actor if row["involved"] else actor.anyone(),
        client_id=row["client_id"],
        program_id=row["program_id"],
        moment=moment,
    )
