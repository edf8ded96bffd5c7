"""The policy, asked again at each delivery, for many people and records in one statement.

Streams that ask about an event in the same turn of the event loop are answered by one statement, and what they are
shown is rendered once for all whose view of the record is the same (`Sight.scope`). A later turn asks anew.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import any_, bindparam, func, literal, select

from models.base import Id
from models.database import Database, Row, Statement
from models.people import User
from policies.actors import UUIDS, Actor, actor_from, each, everyone
from subscriptions.kinds import KINDS, Kind


@dataclass(eq=False)
class Moment:
    """One reading of the database; what is rendered from it may be shared by all who were decided in it."""

    rendered: dict[Any, asyncio.Future[str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sight:
    """What one person may see of one record now."""

    visible: bool
    details: bool
    """Whether they see more of the client than the name."""
    scope: Actor
    """On whose behalf to render it: the person, or anyone with their rights where that makes no difference."""
    client_id: Id | None
    program_id: Id | None
    moment: Moment


@dataclass(frozen=True, slots=True)
class ShutOut:
    """The person is banned or gone."""


def _decision(kind: Kind) -> Statement:
    rights = everyone(User.id == any_(bindparam("user_ids", type_=UUIDS)))
    who, table = each(rights), kind.table
    return Statement(
        select(
            rights,
            table.id.label("record_id"),
            func.coalesce(kind.visible(who), literal(False)).label("visible"),
            func.coalesce(kind.details(who), literal(False)).label("details"),
            func.coalesce(kind.involved(who), literal(True)).label("involved"),
            kind.client_id.label("client_id"),
            kind.program_id.label("program_id"),
        ).select_from(rights.outerjoin(table, table.id == any_(bindparam("record_ids", type_=UUIDS))))
    )


_DECISIONS = {name: _decision(kind) for name, kind in KINDS.items()}


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
