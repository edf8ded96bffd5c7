"""Which log it is, and where it ends."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Label, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from models.base import Id
from models.database import Database, Statement
from models.events import Event, Log
from subscriptions.cursors import Mark, mark


@dataclass(frozen=True, slots=True)
class Look:
    """The log at one moment."""

    epoch: Id
    end: Mark
    """Its newest event."""
    holds: bool
    """Whether the event that was asked about is still the one it was."""
    next_at: datetime | None
    """When the event after the position that was asked about happened."""


def _at(position: ColumnElement[int] | InstrumentedAttribute[int], name: str) -> Label[datetime]:
    return select(Event.at).where(Event.position == position).scalar_subquery().label(name)


_LOOK = Statement(
    select(
        Log.epoch,
        Log.head,
        _at(Log.head, "head_at"),
        _at(bindparam("marked", type_=BigInteger()), "marked_at"),
        _at(bindparam("after", type_=BigInteger()) + 1, "next_at"),
    )
)
_SETTLE = Statement(select(func.settle_epoch()))


async def look(database: Database, *, marked: Mark = Mark(0, 0), after: int = 0) -> Look:  # noqa: B008 -- it is frozen
    """The log now; whether it holds the marked event, and what follows the position `after`."""
    row = await database.row(_LOOK, marked=marked.position, after=after)
    assert row is not None
    return Look(
        epoch=row["epoch"],
        end=mark(row["head"], row["head_at"]),
        holds=mark(marked.position, row["marked_at"]) == marked,
        next_at=row["next_at"],
    )


async def settle(database: Database) -> None:
    """Begin a new epoch where the log was moved: a backup that was restored tells nobody so itself."""
    await database.value(_SETTLE)
