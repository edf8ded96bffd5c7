"""What somebody no longer sees, or sees less of, when rights of theirs have gone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, bindparam, exists, func, literal, or_, select, union_all
from sqlalchemy.sql.visitors import replacement_traverse

from models.base import Id
from models.database import Database, Row, Statement
from models.events import Event
from policies.actors import FORMER, ONE, UUID, Actor
from subscriptions.kinds import KINDS, POSITION, Kind


def _had_begun(record_id: Any, position: ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(Event.record_id == record_id, Event.position <= position)


def _world_then() -> tuple[dict[str, Any], Callable[[Any], Any]]:
    """The tables of all kinds in the world as it was at `POSITION`, and what puts them in the place of the present."""
    tables = {}
    for kind in KINDS.values():
        columns = dict(kind.table.__table__.c) | kind.then()
        tables[kind.table.__tablename__] = (
            select(*(column.label(name) for name, column in columns.items()))
            .where(_had_begun(kind.table.id, POSITION))
            .cte(f"{kind.table.__tablename__}_then")
            .prefix_with("not materialized")
        )

    def then(expression: Any) -> Any:
        def replaced(element: Any, **_: Any) -> Any:
            table = tables.get(element.table.name) if isinstance(element, Column) else None
            return None if table is None else table.c[element.name]

        return replacement_traverse(expression, {}, replaced)

    return tables, then


_TABLES, _then = _world_then()


def _is_not(seen: ColumnElement[bool]) -> ColumnElement[bool]:
    return ~func.coalesce(seen, literal(False))


def _lost() -> Statement:
    """What the former rights showed and the present ones do not, in the world as it was at a position of the log.

    What is seen now does not tell: somebody who is told late, after the consent has ended, too, would hear of neither.
    """
    return Statement(
        union_all(
            *(
                select(
                    literal(name).label("kind"),
                    (id := _TABLES[kind.table.__tablename__].c.id),
                    _then(kind.client_id.label("client_id")),
                    _then(kind.program_id.label("program_id")),
                    _had_begun(id, bindparam("begun_at")).label("had_begun"),
                ).where(_then(kind.visible(FORMER)), _is_not(_then(kind.visible(ONE))))
                for name, kind in KINDS.items()
            )
        ).order_by("id")
    )


def _showed(kind: Kind) -> Statement:
    id = _TABLES[kind.table.__tablename__].c.id
    return Statement(select(exists().where(id == bindparam("record_id", type_=UUID), _then(kind.visible(ONE)))))


_LOST = _lost()
_SHOWED = {name: _showed(kind) for name, kind in KINDS.items()}
_NARROWED = Statement(
    select(or_(*(exists().where(kind.narrowed(FORMER, ONE)) for kind in KINDS.values() if kind.narrowed is not None)))
)


@dataclass(frozen=True, slots=True)
class Loss:
    """What a change of rights has taken."""

    ended: list[Row]
    """The records that are not seen any more, by id."""
    is_all: bool
    """Whether that says it all; else the viewer has to start again."""


_BEGINNING = Statement(
    select(Event.position)
    .where(Event.position < bindparam("changed_at"), Event.numbered_to < bindparam("numbered_to"))
    .order_by(Event.position.desc())
    .limit(1)
)
"""The last position before those that were given together."""


async def lost(database: Database, former: Actor, present: Actor, event: Row) -> Loss:
    """What, at this change of rights, the former rights show and the present ones do not.

    What was numbered together with it may have been committed, and seen, in another order. So the world is looked at as
    it was before all of that, at the event, and after. What was made meanwhile has ended, too. What was there before,
    and came into sight meanwhile, may have been seen, or told of as ended already: nobody can tell.
    """
    rights = {**former.parameters("former"), **present.parameters()}
    changed_at, last = event["position"], event["numbered_to"]

    async def look(position: int, *, begun_at: int) -> dict[Id, Row]:
        return {row["id"]: row for row in await database.rows(_LOST, position=position, begun_at=begun_at, **rights)}

    beginning = await database.value(_BEGINNING, changed_at=changed_at, numbered_to=last) or 0
    ended = await look(changed_at, begun_at=beginning)
    doubtful = {id for id, row in ended.items() if row["had_begun"]} if beginning < changed_at - 1 else set()
    if doubtful:
        doubtful -= (await look(beginning, begun_at=beginning)).keys()
    if last > changed_at:
        later = await look(last, begun_at=changed_at)
        doubtful |= {id for id, row in later.items() if row["had_begun"] and id not in ended}
        ended = later | ended
    certain = [ended[id] for id in sorted(ended) if id not in doubtful]
    return Loss(certain, not doubtful and not await narrowed(database, former, present))


async def narrowed(database: Database, former: Actor, present: Actor) -> bool:
    """Whether the former rights show more of something that the present ones show, too."""
    return bool(await database.value(_NARROWED, **former.parameters("former"), **present.parameters()))


async def showed(database: Database, actor: Actor, event: Row) -> bool:
    """Whether these rights showed the event's record just before the event."""
    return bool(
        await database.value(
            _SHOWED[event["kind"]], record_id=event["record_id"], position=event["position"] - 1, **actor.parameters()
        )
    )
