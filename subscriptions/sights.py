"""The policy, asked again at each delivery, for many people and records in one statement.

Streams that ask about an event in the same turn of the event loop are answered by one statement, and what they are
shown is rendered once for all whose view of the record is the same (`Sight.scope`). A later turn asks anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    any_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.visitors import replacement_traverse

from models.base import Id
from models.clients import Client
from models.database import Database, Row, Statement
from models.events import Event
from models.people import User
from models.referrals import Referral
from policies import clients, notes, referrals
from policies.actors import FORMER, ONE, RIGHTS, UUID, UUIDS, Actor, Who, actor_from, each, everyone
from subscriptions.known import CHANGED, LOG, KnownRights
from subscriptions.shared import Shared


@dataclass(eq=False)
class Moment:
    """One reading of the database; what is rendered from it may be shared by all who were decided in it."""

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


def _seen(table: type[Referral] | type[Client], who: Who) -> tuple[ColumnElement[Any], ...]:
    """What somebody sees of a record, where there is one."""
    visible: Any = referrals.visible(who)
    details: Any = literal(True)
    places: tuple[Any, ...] = (Referral.client_id, Referral.program_id)
    if table is Client:
        visible, details = clients.visible(who), clients.details_visible(who)
        places = (Client.id.label("client_id"), null().label("program_id"))
    return (
        func.coalesce(visible, literal(False)).label("visible"),
        func.coalesce(details, literal(False)).label("details"),
        *places,
    )


def _decision(table: type[Referral] | type[Client]) -> Statement:
    """For each of these people, with their rights."""
    rights = everyone(User.id == any_(bindparam("user_ids", type_=UUIDS)))
    who = each(rights)
    involved = referrals.involved(who, Referral.client_id if table is Referral else Client.id)
    return Statement(
        select(
            rights,
            *_seen(table, who),
            func.coalesce(involved, literal(True)).label("involved"),
            *LOG,
        ).select_from(rights.outerjoin(table, table.id == bindparam("record_id", type_=UUID)))
    )


def _decision_by_scope(table: type[Referral] | type[Client]) -> Statement:
    """For each of these rights; with the first, for whom else that is no answer."""
    columns: list[Any] = [column("number", Integer()), *(column(name, UUIDS) for name in RIGHTS)]
    scopes = func.jsonb_to_recordset(bindparam("scopes", type_=JSONB())).table_valued(*columns, name="scopes")
    scopes = scopes.render_derived(with_types=True)
    who = Who(id=cast(null(), UUID), **{name: scopes.c[name] for name in RIGHTS})
    insiders = referrals.insiders(Referral.client_id if table is Referral else Client.id)
    is_first = scopes.c.number == 0
    return Statement(
        select(
            scopes.c.number,
            *_seen(table, who),
            case((is_first, insiders)).label("insiders"),
            case((is_first, CHANGED)).label("changed"),
            *LOG,
        )
        .select_from(scopes.outerjoin(table, table.id == bindparam("record_id", type_=UUID)))
        .order_by(scopes.c.number)
    )


_TABLES: dict[str, type[Referral] | type[Client]] = {"referral": Referral, "client": Client}
_DECISIONS = {kind: _decision(table) for kind, table in _TABLES.items()}
_BY_SCOPE = {kind: _decision_by_scope(table) for kind, table in _TABLES.items()}


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
        ).order_by("id")
    )


_LOST = _lost()
_NARROWED = Statement(
    select(
        or_(
            exists().where(clients.visible(ONE), clients.details_visible(FORMER), ~clients.details_visible(ONE)),
            exists().where(notes.lost(FORMER, ONE)),
        )
    )
)


class Sights:
    """Decides for all streams of this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = KnownRights()
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
        return await self._sights(kind, record_id, users)

    async def _sights(self, kind: str, record_id: Id, users: set[Id]) -> dict[Id, Sight | ShutOut]:
        moment = Moment()
        sights = await self._by_scope(kind, record_id, users, moment)
        others = [user for user in users if user not in sights]
        if others:
            for row in await self._database.rows(_DECISIONS[kind], record_id=record_id, user_ids=others):
                if row["banned"]:
                    sights[row["id"]] = ShutOut()
                    continue
                actor = actor_from(row)
                self._known.keep(actor, row["epoch"], row["head"])
                sights[row["id"]] = _sight(row, actor if row["involved"] else actor.anyone(), moment)
        return sights

    async def _by_scope(self, kind: str, record_id: Id, users: set[Id], moment: Moment) -> dict[Id, Sight | ShutOut]:
        """Those whose rights are known, and who see what anyone with such rights sees: once for each rights."""
        known, since = self._known.scopes(users)
        if not known:
            return {}
        scopes = list(dict.fromkeys(known.values()))
        asked = [{"number": i, **{n: list(getattr(scope, n)) for n in RIGHTS}} for i, scope in enumerate(scopes)]
        rows = await self._database.rows(_BY_SCOPE[kind], record_id=record_id, scopes=asked, since=since)
        first = rows[0]
        changed = first["changed"] or ()
        if not self._known.confirm(known, since, changed, first["epoch"], first["head"]):
            return {}
        apart = {*changed, *(first["insiders"] or ())}
        sights = {scope: _sight(row, scope, moment) for scope, row in zip(scopes, rows, strict=True)}
        return {user: sights[scope] for user, scope in known.items() if user not in apart}

    async def lost(self, former: Actor, present: Actor, *, position: int) -> list[Row]:
        """The records that, at this position, the former rights show and the present ones do not; by id."""
        return await self._database.rows(
            _LOST, position=position, **former.parameters("former"), **present.parameters()
        )

    async def narrowed(self, former: Actor, present: Actor) -> bool:
        """Whether the former rights show more of something that the present ones show, too."""
        found = await self._database.value(_NARROWED, **former.parameters("former"), **present.parameters())
        return bool(found)


def _sight(row: Row, scope: Actor, moment: Moment) -> Sight:
    return Sight(row["visible"], row["details"], scope, row["client_id"], row["program_id"], moment)
