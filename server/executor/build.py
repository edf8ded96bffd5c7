"""Generating the function that makes a response object of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from loaders.edges import Columns, Join
from server.executor.leaves import Leaf

Build = Callable[[Any, Any], list[dict[str, Any]]]
"""From rows and the context to the response objects, in their order; branches fill in their places later."""


class UnusualError(Exception):
    """Something that the fast path does not answer."""


@dataclass(frozen=True)
class Value:
    """A response key whose value comes with the row: a column by its name, or a function of actor and row."""

    key: str
    leaf: Leaf
    name: str | None = None
    function: Callable[[Any, Any], Any] | None = None


@dataclass(frozen=True)
class Constant:
    """A response key with the same value for all rows."""

    key: str
    value: Any


@dataclass(frozen=True)
class Place:
    """A response key that a branch fills in later; until then the column is there whose value leads on, if one does."""

    key: str
    column: str | None = None


@dataclass(frozen=True)
class Joined:
    """A response key whose object is made of the columns of a row that was joined."""

    key: str
    join: Join
    parts: Sequence[Part]
    nullable: bool


Part = Value | Constant | Place | Joined


@dataclass
class Rows:
    """The rows that a statement answers; what has to be joined to them is found while the plan is made."""

    joins: list[Join] = field(default_factory=list)
    columns: Columns | None = None
    places: int | None = 0
    """How many places in a list's order they say; None: it depends."""

    def add(self, join: Join) -> None:
        """Have these joined, once."""
        if join not in self.joins:
            self.joins.append(join)

    @property
    def layout(self) -> list[str] | None:
        """The names of the columns in their order; None where the order is not known."""
        if self.columns is None or self.places is None:
            return None
        places = (f"_place_{i}" for i in range(self.places))
        return ["_key", *self.columns.named, *places, *self.columns.joined()]


def generate(parts: Sequence[Part], rows: Rows | None) -> Build:
    """The function for these rows."""
    return _Text(rows).build(parts)


class _Text:
    """The text of such a function, while it is written."""

    def __init__(self, rows: Rows | None) -> None:
        self._columns = None if rows is None else rows.columns
        layout = None if rows is None else rows.layout
        self._positions = {name: f"_{i}" for i, name in enumerate(layout or ())}
        self._known: dict[str, Any] = {"UnusualError": UnusualError}
        self._lines = [f"{', '.join(self._positions.values())}, = row"] if self._positions else []

    def build(self, parts: Sequence[Part]) -> Build:
        response, broken = self._object(parts, "", self._columns)
        if broken:
            self._lines.append(f"if {' or '.join(broken)}: raise UnusualError")
        self._lines.append(f"out.append({response})")
        head = ["def build(rows, context):", "    out = []", "    for row in rows:"]
        body = [" " * 8 + line for line in self._lines]
        # The text is made of response keys and column names, which are GraphQL names and our own.
        exec("\n".join([*head, *body, "    return out"]), self._known)  # noqa: S102
        build: Build = self._known["build"]
        return build

    def _object(self, parts: Sequence[Part], prefix: str, columns: Columns | None) -> tuple[str, list[str]]:
        """The response object of a row whose columns' names begin so, and what would be wrong with it."""
        items, broken = [], []
        for part in parts:
            match part:
                case Constant(key, value):
                    items.append(f"{key!r}: {value!r}")
                case Place(key, name):
                    items.append(f"{key!r}: {None if name is None else self._column(prefix + name)}")
                case Value(key, leaf):
                    variable = self._value(part, prefix)
                    if not leaf.nullable:
                        broken.append(f"{variable} is None")
                    items.append(f"{key!r}: {self._written(leaf, variable)}")
                case Joined(key, join, inner, nullable):
                    assert columns is not None
                    name = f"{prefix}_{columns.joins.index(join)}_"
                    there = self._column(f"{name}_key")
                    response, wrong = self._object(inner, name, join.columns)
                    if not nullable:
                        broken += [f"{there} is None", *wrong]
                    else:
                        response = f"None if {there} is None else {response}"
                        if wrong:
                            broken.append(f"{there} is not None and ({' or '.join(wrong)})")
                    items.append(f"{key!r}: {response}")
        return f"{{{', '.join(items)}}}", broken

    def _column(self, name: str) -> str:
        if self._positions:
            return self._positions[name]
        return self._variable(f"row[{name!r}]")

    def _value(self, value: Value, prefix: str) -> str:
        if value.name is not None:
            return self._column(prefix + value.name)
        return self._variable(f"{self._constant(value.function)}(context.actor, row)")

    def _written(self, leaf: Leaf, variable: str) -> str:
        text = f"{self._constant(leaf.write)}({variable})"
        if leaf.plain is not None:
            text = f"{variable} if {variable}.__class__ is {self._constant(leaf.plain)} else {text}"
        return f"None if {variable} is None else {text}" if leaf.nullable else text

    def _variable(self, text: str) -> str:
        name = f"v{len(self._lines)}"
        self._lines.append(f"{name} = {text}")
        return name

    def _constant(self, value: Any) -> str:
        name = f"k{len(self._known)}"
        self._known[name] = value
        return name
