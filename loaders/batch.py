"""Loading together what is asked for together: one statement an edge and level, for any number of rows.

An edge says in SQL terms where it leads (loaders/edges.py); the columns come from whoever asks. From both a statement
is made once and kept.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from strawberry.dataloader import DataLoader

from loaders.edges import Columns, Many, One
from models.base import Id
from models.database import Reads, Row, Statement
from policies.actors import Actor


@dataclass(frozen=True)
class Slice:
    """Which part of a list: at most `limit` rows after a place in it, or the last ones before it."""

    limit: int
    after: tuple[Any, ...] | None = None
    backward: bool = False


@dataclass(frozen=True)
class Page:
    """A part of a list, in the list's order, and whether there is more in the direction of travel."""

    rows: list[Row]
    more: bool


KEPT = 2000
_statements: OrderedDict[tuple[Hashable, ...], Statement] = OrderedDict()


def _kept(key: tuple[Hashable, ...], make: Callable[[], Select[Any]]) -> Statement:
    statement = _statements.get(key)
    if statement is None:
        statement = _statements[key] = Statement(make())
        if len(_statements) > KEPT:
            _statements.popitem(last=False)
    else:
        _statements.move_to_end(key)
    return statement


class Loaders:
    """The batches of one operation, on behalf of one actor. Never shared between operations: they remember rows.

    `ones`, `pages` and `counts` are the batches; `one`, `page` and `count` gather single questions into them.
    """

    def __init__(self, reads: Reads, actor: Actor, now: datetime) -> None:
        self.actor = actor
        self._reads = reads
        self._parameters = {**actor.parameters(), "now": now}
        self._loaders: dict[tuple[Hashable, ...], DataLoader[Id, Any]] = {}

    async def ones(self, edge: One, columns: Columns, keys: Sequence[Id]) -> dict[Id, Row]:
        """The rows that the keys lead to, as far as there are any."""
        statement = _kept((edge, columns), lambda: edge.statement(columns))
        rows = await self._reads.rows(statement, keys=keys, **self._parameters)
        return {row["_key"]: row for row in rows}

    async def pages(
        self, edge: Many, columns: Columns, keys: Sequence[Id], part: Slice, filters: Mapping[str, Any]
    ) -> dict[Id, Page]:
        """For each key the part of the list that it leads to."""
        names = frozenset(filters)
        order = edge.order_for(filters)
        after = part.after is not None
        statement = _kept(
            (edge, columns, names, after, part.backward),
            lambda: edge.page(columns, names, order, after=after, backward=part.backward),
        )
        places = {f"after_{i}": value for i, value in enumerate(part.after or ())}
        # One more than asked for tells whether there is more.
        rows = await self._reads.rows(
            statement, keys=keys, limit=part.limit + 1, **places, **filters, **self._parameters
        )
        found: dict[Id, list[Row]] = {key: [] for key in keys}
        for row in rows:
            found[row["_key"]].append(row)
        return {key: _page(rows, part) for key, rows in found.items()}

    async def counts(self, edge: Many, keys: Sequence[Id], filters: Mapping[str, Any]) -> dict[Id, int]:
        """For each key the length of the list that it leads to."""
        names = frozenset(filters)
        statement = _kept((edge, "count", names), lambda: edge.count(names))
        rows = await self._reads.rows(statement, keys=keys, **filters, **self._parameters)
        return {**dict.fromkeys(keys, 0), **{row["_key"]: row["count"] for row in rows}}

    async def one(self, edge: One, columns: Columns, key: Id | None) -> Row | None:
        """The row that the key leads to, or None."""
        if key is None:
            return None
        return await self._gather((edge, columns), lambda keys: self.ones(edge, columns, keys), key)  # type: ignore[no-any-return]

    async def page(self, edge: Many, columns: Columns, key: Id, part: Slice, filters: Mapping[str, Any]) -> Page:
        """The part of the list that the key leads to."""
        question = (edge, columns, part, _shape(filters))
        return await self._gather(question, lambda keys: self.pages(edge, columns, keys, part, filters), key)  # type: ignore[no-any-return]

    async def count(self, edge: Many, key: Id, filters: Mapping[str, Any]) -> int:
        """The length of the list that the key leads to."""
        question = (edge, "count", _shape(filters))
        return await self._gather(question, lambda keys: self.counts(edge, keys, filters), key)  # type: ignore[no-any-return]

    async def _gather(
        self, question: tuple[Hashable, ...], batch: Callable[[list[Id]], Awaitable[Mapping[Id, Any]]], key: Id
    ) -> Any:
        loader = self._loaders.get(question)
        if loader is None:

            async def load(keys: list[Id]) -> list[Any]:
                found = await batch(keys)
                return [found.get(key) for key in keys]

            loader = self._loaders[question] = DataLoader(load)
        # One asker who is cancelled must not take the answer from the others who share the batch.
        return await asyncio.shield(loader.load(key))


def _shape(filters: Mapping[str, Any]) -> Hashable:
    return tuple(sorted((name, tuple(value) if isinstance(value, list) else value) for name, value in filters.items()))


def _page(rows: list[Row], part: Slice) -> Page:
    more = len(rows) > part.limit
    if more:
        # The extra row is the farthest one in the direction of travel.
        rows = rows[1:] if part.backward else rows[:-1]
    return Page(rows, more)
