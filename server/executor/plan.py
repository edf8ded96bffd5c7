"""Plans: what to do at each level of an operation. Compiled once (compile.py), run for every request."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Protocol, TypeVar

from graphql import FieldNode, GraphQLField, get_argument_values

from loaders.edges import Columns, Many, One
from schema.fields import Lookup
from schema.paging import ConnectionRow, filters_from, slice_from
from server.executor.build import Build, Part, Rows, UnusualError, generate
from server.executor.leaves import Leaf
from workflows.text import as_id

Row = Any
Response = dict[str, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Run:
    """One execution: who asks, and the coerced variables."""

    context: Any
    variables: Any


class Branch(Protocol):
    """A field that leads on, to other rows."""

    async def fill(self, rows: Sequence[Row], out: Sequence[Response], run: Run) -> None:
        """Put the field's value for each row into its response object."""


class Shape(Protocol):
    """What rows of a composite type become."""

    async def objects(self, rows: Sequence[Row], run: Run) -> list[Response]:
        """The response objects of these rows, in their order."""


@dataclass(eq=False)
class Objects:
    """Rows of one object type."""

    parts: Sequence[Part]
    rows: Rows | None
    """What is known of the rows; None: only their names."""
    branches: Sequence[Branch]
    serial: bool = False
    """One branch after the other: the root of mutations."""

    @property
    def columns(self) -> Columns:
        """The columns of rows that have a statement of their own."""
        assert self.rows is not None
        assert self.rows.columns is not None
        return self.rows.columns

    @cached_property
    def build(self) -> Build:
        """Generated at the first row: that takes longer than the rest of compiling, and many a level never has one."""
        return generate(self.parts, self.rows)

    async def objects(self, rows: Sequence[Row], run: Run) -> list[Response]:
        """The response objects, all branches filled in."""
        if not rows:
            return []
        out = self.build(rows, run.context)
        if self.serial:
            for branch in self.branches:
                await branch.fill(rows, out, run)
        else:
            await together([branch.fill(rows, out, run) for branch in self.branches])
        return out


@dataclass(eq=False)
class Variants:
    """Rows of an interface or a union; each says its type."""

    of_type: Callable[[str], Shape]

    async def objects(self, rows: Sequence[Row], run: Run) -> list[Response]:
        """The response objects, each as its own type has them."""
        by_type: dict[str, list[int]] = {}
        for i, row in enumerate(rows):
            by_type.setdefault(row["typename"], []).append(i)
        out: list[Response] = [{}] * len(rows)
        for name, places in by_type.items():
            made = await self.of_type(name).objects([rows[i] for i in places], run)
            for i, response in zip(places, made, strict=True):
                out[i] = response
        return out


@dataclass(eq=False)
class ToOne:
    """An edge to one row; parents that share the row share the response object, too."""

    key: str
    to: One
    by: str
    columns: Columns
    child: Shape
    nullable: bool

    async def fill(self, rows: Sequence[Row], out: Sequence[Response], run: Run) -> None:
        """One batch for the different keys of all rows, which stand where the objects are to be."""
        key = self.key
        wanted = {response[key] for response in out}
        made: dict[Any, Response | None] = {}
        if keys := [key for key in wanted if key is not None]:
            found = await run.context.loaders.ones(self.to, self.columns, keys)
            made.update(zip(found, await self.child.objects(list(found.values()), run), strict=True))
        if not self.nullable and len(made) < len(wanted):
            raise UnusualError
        for response in out:
            response[key] = made.get(response[key])


@dataclass(frozen=True)
class Arguments:
    """A field's arguments; coerced at each run, since variables may be among them."""

    field: GraphQLField
    node: FieldNode
    names: Mapping[str, str]
    """The name in Python, by that in GraphQL."""

    def raw(self, run: Run) -> dict[str, Any]:
        """The coerced values by their GraphQL names."""
        if not self.field.args:
            return {}
        return get_argument_values(self.field, self.node, run.variables)

    def given(self, run: Run) -> dict[str, Any]:
        """The coerced values by their Python names."""
        return {self.names[name]: value for name, value in self.raw(run).items()}


@dataclass(eq=False)
class ToMany:
    """An edge to a list, page by page."""

    key: str
    to: Many
    by: str
    arguments: Arguments
    default: int
    columns: Columns
    child: Shape

    async def fill(self, rows: Sequence[Row], out: Sequence[Response], run: Run) -> None:
        """One batch for the different keys of all rows."""
        given = self.arguments.given(run)
        filters = filters_from(given)
        order = self.to.order_for(filters)
        part = slice_from(given, order, default=self.default)
        name = self.key
        keys = list(dict.fromkeys([response[name] for response in out]))
        pages = await run.context.loaders.pages(self.to, self.columns, keys, part, filters)
        sources = [ConnectionRow(page, part, order, (self.to, key, filters)) for key, page in pages.items()]
        made = dict(zip(pages, await self.child.objects(sources, run), strict=True))
        for response in out:
            response[name] = made[response[name]]


@dataclass(eq=False)
class Found:
    """A field of the root that leads to the row with the id that is its argument."""

    key: str
    to: Lookup
    arguments: Arguments
    columns: Columns
    child: Shape

    async def fill(self, rows: Sequence[Row], out: Sequence[Response], run: Run) -> None:
        """One row, or null."""
        # Whoever is nobody is told so first.
        loaders = run.context.loaders
        id = as_id(self.arguments.given(run)["id"])
        found = await loaders.ones(self.to.to, self.columns, [id]) if id else {}
        row = await self.to.seen(run.context, found.get(id))
        for response in out:
            response[self.key] = None if row is None else (await self.child.objects([row], run))[0]


@dataclass(eq=False)
class Nested:
    """A field whose value, an object or a list of objects, is in the row or is computed from it."""

    key: str
    value: Callable[[Row, Any], Any]
    many: bool
    nullable: bool
    child: Shape

    async def fill(self, rows: Sequence[Row], out: Sequence[Response], run: Run) -> None:
        """All values of all rows together."""
        await fill_with([self.value(row, run.context) for row in rows], self, self.child, out, run)


@dataclass(eq=False)
class Resolved:
    """A field with a resolver of its own; it is called for each row."""

    key: str
    arguments: Arguments
    many: bool
    nullable: bool
    child: Shape | Leaf

    async def fill(self, rows: Sequence[Row], out: Sequence[Response], run: Run) -> None:
        """The resolvers of all rows side by side."""
        field = self.arguments.field
        arguments = self.arguments.raw(run)
        info = SimpleNamespace(
            context=run.context,
            field_name=self.arguments.node.name.value,
            return_type=field.type,
            variable_values=run.variables,
            path=SimpleNamespace(key=self.key),
        )
        assert field.resolve is not None
        resolve: Callable[..., Any] = field.resolve
        values = [resolve(row, info, **arguments) for row in rows]
        waiting = [i for i, value in enumerate(values) if inspect.isawaitable(value)]
        for i, value in zip(waiting, await together([values[i] for i in waiting]), strict=True):
            values[i] = value
        if not isinstance(self.child, Leaf):
            await fill_with(values, self, self.child, out, run)
            return
        for value, response in zip(values, out, strict=True):
            if value is None and not self.nullable:
                raise UnusualError
            response[self.key] = None if value is None else self.child.write(value)


async def fill_with(
    values: Sequence[Any], branch: Nested | Resolved, child: Shape, out: Sequence[Response], run: Run
) -> None:
    """Make objects of these values, all together, and put each into its response."""
    if not branch.nullable and None in values:
        raise UnusualError
    if branch.many:
        rows = [row for value in values if value is not None for row in value]
        if None in rows:
            raise UnusualError
        made = iter(await child.objects(rows, run))
        for value, response in zip(values, out, strict=True):
            response[branch.key] = None if value is None else [next(made) for _ in value]
    else:
        made = iter(await child.objects([value for value in values if value is not None], run))
        for value, response in zip(values, out, strict=True):
            response[branch.key] = None if value is None else next(made)


async def together(waiting: Sequence[Awaitable[T]]) -> Sequence[T]:
    """The results of all; where some fail, the first failure, but not before the others have ended, too."""
    if len(waiting) < 2:
        return [await one for one in waiting]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results  # type: ignore[return-value]
