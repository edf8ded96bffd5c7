"""The policy, asked again at each delivery, for many people and records in one statement.

Streams that ask about an event in the same turn of the event loop are answered by one statement, and what they are
shown is rendered once for all whose view of the record is the same (`Sight.scope`). A later turn asks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Integer, any_, bindparam, case, cast, column, func, literal, null, select
from sqlalchemy.dialects.postgresql import JSONB

from models.base import Id
from models.database import Database, Row, Statement
from models.people import User
from policies.actors import RIGHTS, UUID, UUIDS, Actor, Who, actor_from, each, everyone
from schema.feed import Message
from subscriptions.kinds import KINDS, Kind
from subscriptions.known import CHANGED, LOG, KnownRights
from subscriptions.shared import Shared


@dataclass(eq=False)
class Moment:
    """One reading of the database; what is rendered from it may be shared by all who were decided in it."""

    messages: dict[int, Message] = field(default_factory=dict)
    """By event."""
    rendered: dict[Any, Shared[list[str] | None]] = field(default_factory=dict)


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


def _seen(kind: Kind, who: Who) -> tuple[ColumnElement[Any], ...]:
    """What somebody sees of a record, where there is one."""
    return (
        func.coalesce(kind.visible(who), literal(False)).label("visible"),
        func.coalesce(kind.details(who), literal(False)).label("details"),
        kind.client_id.label("client_id"),
        kind.program_id.label("program_id"),
    )


def _decision(kind: Kind) -> Statement:
    """For each of these people, with their rights."""
    rights = everyone(User.id == any_(bindparam("user_ids", type_=UUIDS)))
    who, table = each(rights), kind.table
    involved = func.coalesce(kind.involved(who), literal(True)).label("involved")
    return Statement(
        select(rights, *_seen(kind, who), involved, *LOG).select_from(
            rights.outerjoin(table, table.id == bindparam("record_id", type_=UUID))
        )
    )


def _decision_by_scope(kind: Kind) -> Statement:
    """For each of these rights; and, once, for whom else that is no answer."""
    columns: list[Any] = [column("number", Integer()), *(column(name, UUIDS) for name in RIGHTS)]
    scopes = func.jsonb_to_recordset(bindparam("scopes", type_=JSONB())).table_valued(*columns, name="scopes")
    scopes = scopes.render_derived(with_types=True)
    who = Who(id=cast(null(), UUID), **{name: scopes.c[name] for name in RIGHTS})
    is_first = scopes.c.number == 0
    return Statement(
        select(
            *_seen(kind, who),
            case((is_first, kind.insiders)).label("insiders"),
            case((is_first, CHANGED)).label("changed"),
            *LOG,
        )
        .select_from(scopes.outerjoin(kind.table, kind.table.id == bindparam("record_id", type_=UUID)))
        .order_by(scopes.c.number)
    )


_DECISIONS = {name: _decision(kind) for name, kind in KINDS.items()}
_BY_SCOPE = {name: _decision_by_scope(kind) for name, kind in KINDS.items() if kind.insiders is not None}


class Sights:
    """Decides for all streams of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.known = KnownRights()
        self._asked: dict[tuple[str, Id], tuple[set[Id], Shared[dict[Id, Sight | ShutOut]]]] = {}

    async def decide(self, kind: str, record_id: Id, user_id: Id) -> Sight | ShutOut:
        """What this person may see of the record at this moment."""
        asked = self._asked.get((kind, record_id))
        if asked is None:
            users: set[Id] = set()
            asked = self._asked[kind, record_id] = users, Shared(self._answer(kind, record_id, users))
        users, answers = asked
        users.add(user_id)
        return (await answers.result()).get(user_id, ShutOut())

    async def _answer(self, kind: str, record_id: Id, users: set[Id]) -> dict[Id, Sight | ShutOut]:
        # One turn of the loop later: who asks from now on is answered by another statement.
        del self._asked[kind, record_id]
        return await self.of(kind, record_id, users)

    async def of(self, kind: str, record_id: Id, users: set[Id]) -> dict[Id, Sight | ShutOut]:
        """What each of these people may see of the record at this moment; who is missing is gone."""
        moment = Moment()
        sights = await self._by_scope(kind, record_id, users, moment)
        others = [user for user in users if user not in sights]
        if others:
            for row in await self._database.rows(_DECISIONS[kind], record_id=record_id, user_ids=others):
                if row["banned"]:
                    sights[row["id"]] = ShutOut()
                    continue
                actor = actor_from(row)
                self.known.keep(actor, row["epoch"], row["head"])
                sights[row["id"]] = _sight(row, actor if row["involved"] else actor.anyone(), moment)
        return sights

    async def _by_scope(self, kind: str, record_id: Id, users: set[Id], moment: Moment) -> dict[Id, Sight | ShutOut]:
        """Those whose rights are known, and who see what anyone with such rights sees: once for each rights."""
        known, told = self.known.scopes(users), self.known.told
        if not known or kind not in _BY_SCOPE:
            return {}
        scopes = list(dict.fromkeys(known.values()))
        asked = [{"number": i, **{n: list(getattr(scope, n)) for n in RIGHTS}} for i, scope in enumerate(scopes)]
        rows = await self._database.rows(_BY_SCOPE[kind], record_id=record_id, scopes=asked, told=told)
        first = rows[0]
        if first["epoch"] != self.known.epoch or first["head"] < told:
            # It is another log, whose positions say nothing.
            return {}
        changed = first["changed"] or ()
        self.known.forget(changed)
        apart = {*changed, *(first["insiders"] or ())}
        sights = {scope: _sight(row, scope, moment) for scope, row in zip(scopes, rows, strict=True)}
        return {user: sights[scope] for user, scope in known.items() if user not in apart}


def _sight(row: Row, scope: Actor, moment: Moment) -> Sight:
    return Sight(row["visible"], row["details"], scope, row["client_id"], row["program_id"], moment)
