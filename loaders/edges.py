"""Where edges lead, in SQL: to one row (`One`) or to a list (`Many`).

The columns come from whoever asks. Every statement carries the noun's `visible` predicate, so nothing is loaded that
may not be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
)  # fmt: skip

from models.base import Base
from policies.actors import ONE, UUID, UUIDS, Who

Visible = Callable[[Who], ColumnElement[bool]]
Split = Callable[[Who], tuple[ColumnElement[Any], Callable[[ColumnElement[Any]], ColumnElement[bool]]]]
"""A predicate that is a union over some ids: the ids, and the predicate for one of them."""

_NONE: ColumnElement[int] = literal_column("0")

NOW = bindparam("now", type_=DateTime(timezone=True))
"""The moment as of which an operation asks, for columns that depend on the time."""


class Columns:
    """The columns to select of a noun, by the names under which its rows answer them.

    The rows of a page also say their places in its order, `_place_0` and so on, if they are `placed`. Then come the
    columns of the rows that are joined: `_0_` before the names of the first one's, where `_0__key` is null if there is
    none.
    """

    def __init__(
        self, named: Mapping[str, ColumnElement[Any]], *, placed: bool = True, joins: Sequence[Join] = ()
    ) -> None:
        self.named = dict(named)
        self.placed = placed
        self.joins = tuple(joins)

    def labelled(self) -> list[ColumnElement[Any]]:
        """The columns under their names, without those of joined rows."""
        return [column.label(name) for name, column in self.named.items()]

    def joined(self) -> list[str]:
        """The names of the columns of joined rows, in their order."""
        return [
            f"_{i}_{name}"
            for i, join in enumerate(self.joins)
            for name in ("_key", *join.columns.named, *join.columns.joined())
        ]


def _joined(
    columns: Columns, rows: FromClause, source: FromClause, prefix: str
) -> tuple[FromClause, list[ColumnElement[Any]]]:
    found: list[ColumnElement[Any]] = []
    for i, join in enumerate(columns.joins):
        name = f"{prefix}_{i}_"
        # The offset keeps PostgreSQL from looking at more rows than those that are led to.
        one = join.to.rows(join.columns, join.to.by == source.c[join.by]).offset(_NONE).lateral(name)
        rows = rows.outerjoin(one, true())
        found += [one.c[label].label(f"{name}{label}") for label in ("_key", *join.columns.named)]
        rows, more = _joined(join.columns, rows, one, name)
        found += more
    return rows, found


@dataclass(frozen=True, eq=False)
class One:
    """An edge to at most one row: that of `table` whose `by` is the key, if the viewer may see it."""

    table: type[Base]
    by: Any
    visible: Visible

    def rows(self, columns: Columns, wanted: ColumnElement[bool]) -> Select[Any]:
        """The rows that are wanted, each beside its `_key`, without what is joined."""
        key = self.by.label("_key")
        return select(key, *columns.labelled()).select_from(self.table).where(wanted, self.visible(ONE))

    def statement(self, columns: Columns) -> Select[Any]:
        """The rows for `:keys`, each beside its `_key`."""
        query = self.rows(columns, self.by == any_(bindparam("keys", type_=UUIDS)))
        if not columns.joins:
            return query
        found = query.subquery("found")
        rows, joined = _joined(columns, found, found, "")
        return select(*found.c, *joined).select_from(rows)


@dataclass(frozen=True)
class Join:
    """An edge whose row comes in the statement of the row that leads there, instead of in a batch."""

    to: One
    by: str
    """The name of the column that leads there."""
    columns: Columns


@dataclass(frozen=True, eq=False)
class Order:
    """A total order: all columns in one direction, the last one unique."""

    columns: tuple[Any, ...]
    descending: bool = False


@dataclass(frozen=True, eq=False)
class Many:
    """An edge to a list, in a stable order, page by page: the rows whose `by` is the key; all rows where it is None."""

    table: type[Base]
    by: Any
    visible: Visible
    order: Order
    joins: tuple[tuple[type[Base], ColumnElement[bool]], ...] = ()
    where: Mapping[str, Callable[[], ColumnElement[bool]]] = field(default_factory=dict)
    """By the name of an optional argument, the condition that it adds; its value is the parameter of that name."""
    orders: Mapping[str, Order] = field(default_factory=dict)
    """By the name of an optional argument, the order that it asks for instead."""
    split: Split | None = None
    """`visible`, part by part, where parts have no row in common and an index holds each in the list's order: of each
    part only as much is read as the page may need, not all of them to be sorted."""

    def order_for(self, filters: Mapping[str, Any]) -> Order:
        """The order in which these arguments ask for the list."""
        return next((order for name, order in self.orders.items() if name in filters), self.order)

    def _matching(
        self, query: Select[Any], names: frozenset[str], visible: ColumnElement[bool] | None = None
    ) -> Select[Any]:
        query = query.select_from(self.table)
        for table, on in self.joins:
            query = query.join(table, on)
        conditions = [self.where[name]() for name in sorted(names) if name in self.where]
        return query.where(self.visible(ONE) if visible is None else visible, *conditions)

    def page(
        self, columns: Columns, names: frozenset[str], order: Order, *, after: bool, backward: bool
    ) -> Select[Any]:
        """For each of `:keys` at most `:limit` rows beside their `_key`, after the cursor where there is one."""
        keys = func.unnest(bindparam("keys", type_=UUIDS)).table_valued("key", name="parent").render_derived()
        key: Any = keys.c.key
        descending = order.descending is not backward

        def cut(query: Select[Any]) -> Select[Any]:
            if self.by is not None:
                query = query.where(self.by == key)
            if after:
                bound = [bindparam(f"after_{i}", type_=column.type) for i, column in enumerate(order.columns)]
                place, cursor = tuple_(*order.columns), tuple_(*bound)
                query = query.where(place < cursor if descending else place > cursor)
            return query.order_by(*_direct(order.columns, descending)).limit(bindparam("limit"))

        query = self._matching(select(*columns.labelled(), *_places(order)), names)
        if self.split is not None:
            ids, visible = self.split(ONE)
            parts = func.unnest(ids).table_valued("id", name="parts").render_derived()
            part = cut(self._matching(select(*_places(order)), names, visible(parts.c.id))).lateral("part")
            places = [part.c[f"_place_{i}"] for i in range(len(order.columns))]
            first = select(places[-1]).select_from(parts.join(part, true()))
            first = first.order_by(*_direct(places, descending)).limit(bindparam("limit"))
            query = query.where(order.columns[-1].in_(first))
        page = cut(query).lateral("page")
        places = [page.c[f"_place_{i}"] for i in range(len(order.columns))]
        shown = page.c if columns.placed else [page.c[name] for name in columns.named]
        rows, joined = _joined(columns, keys.join(page, true()), page, "")
        return select(key.label("_key"), *shown, *joined).select_from(rows).order_by(*_direct(places, order.descending))

    def count(self, names: frozenset[str]) -> Select[Any]:
        """For each of `:keys` the number of rows."""
        if self.by is None:
            keys = func.unnest(bindparam("keys", type_=UUIDS)).table_valued("key", name="parent").render_derived()
            count = self._matching(select(func.count()), names).scalar_subquery()
            return select(keys.c.key.label("_key"), count.label("count"))
        query = select(self.by.label("_key"), func.count().label("count"))
        return self._matching(query, names).where(self.by == any_(bindparam("keys", type_=UUIDS))).group_by(self.by)


def _places(order: Order) -> list[ColumnElement[Any]]:
    return [column.label(f"_place_{i}") for i, column in enumerate(order.columns)]


def _direct(columns: Sequence[Any], descending: bool) -> list[ColumnElement[Any]]:
    return [column.desc() if descending else column.asc() for column in columns]


def of_id(name: str, column: Any) -> Callable[[], ColumnElement[bool]]:
    """The condition that a column is the id given as this argument."""
    return lambda: column == bindparam(name, type_=UUID)
