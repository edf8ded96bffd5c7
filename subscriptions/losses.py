"""What somebody no longer sees, or sees less of, when rights of theirs have gone."""

from typing import Any

from sqlalchemy import Column, ColumnElement, exists, func, literal, or_, select, union_all
from sqlalchemy.sql.visitors import replacement_traverse

from models.base import Id
from models.database import Database, Row, Statement
from models.events import Event
from policies.actors import FORMER, ONE, Actor
from subscriptions.kinds import KINDS, POSITION


def _lost() -> Statement:
    """What the former rights showed and the present ones do not, in the world as it was at a position of the log.

    What is seen now does not tell: somebody who is told late, after the consent has ended, too, would hear of neither.
    """
    tables = {}
    for kind in KINDS.values():
        columns = dict(kind.table.__table__.c) | kind.then()
        tables[kind.table.__tablename__] = (
            select(*(column.label(name) for name, column in columns.items()))
            .where(exists().where(Event.record_id == kind.table.id, Event.position <= POSITION))
            .cte(f"{kind.table.__tablename__}_then")
            .prefix_with("not materialized")
        )

    def then(expression: Any) -> Any:
        def replaced(element: Any, **_: Any) -> Any:
            table = tables.get(element.table.name) if isinstance(element, Column) else None
            return None if table is None else table.c[element.name]

        return replacement_traverse(expression, {}, replaced)

    def is_not(seen: ColumnElement[bool]) -> ColumnElement[bool]:
        return ~func.coalesce(seen, literal(False))

    return Statement(
        union_all(
            *(
                select(
                    literal(name).label("kind"),
                    tables[kind.table.__tablename__].c.id,
                    then(kind.client_id.label("client_id")),
                    then(kind.program_id.label("program_id")),
                ).where(then(kind.visible(FORMER)), is_not(then(kind.visible(ONE))))
                for name, kind in KINDS.items()
            )
        ).order_by("id")
    )


_LOST = _lost()
_NARROWED = Statement(
    select(or_(*(exists().where(kind.narrowed(FORMER, ONE)) for kind in KINDS.values() if kind.narrowed is not None)))
)


async def lost(database: Database, former: Actor, present: Actor, event: Row) -> list[Row]:
    """The records that, at this change of rights, the former rights show and the present ones do not; by id.

    What has its position after the event's may have been committed, and seen, before it, if both were numbered
    together. So the world is looked at as it was at both ends of that.
    """
    rights = {**former.parameters("former"), **present.parameters()}
    found: dict[Id, Row] = {}
    for position in sorted({event["position"], event["numbered_to"]}):
        found |= {row["id"]: row for row in await database.rows(_LOST, position=position, **rights)}
    return [found[id] for id in sorted(found)]


async def narrowed(database: Database, former: Actor, present: Actor) -> bool:
    """Whether the former rights show more of something that the present ones show, too."""
    return bool(await database.value(_NARROWED, **former.parameters("former"), **present.parameters()))
