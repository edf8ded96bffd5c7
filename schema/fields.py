"""A field is declared once, as a column or as an edge (docs/decisions/0002-fields-are-declarations.md).

- `column(expression)`: a value that comes with the row.
- `derived(function, needs)`: a pure function of the actor and of columns that come with the row.
- `edge(One, key)`: the row that a column of this row leads to.
- `connection(Many, key)`: the list that a column of this row leads to, in pages.
- `lookup(One)`: the row whose id is the field's argument.

Under graphql-core the declarations run as resolvers over rows; a compiler can read them from `declaration(field)`.
Rows are mappings by field name. A type is registered by `kind`, which gathers the columns that its rows must have.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, dataclass_transform

import strawberry
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import ColumnElement

from loaders.edges import Columns, Many, One
from models.database import Row
from schema.paging import ConnectionRow, filters_from, slice_from
from workflows.text import as_id

if TYPE_CHECKING:
    from policies.actors import Actor

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Column:
    """The value of an SQL expression."""

    expression: Any


@dataclass(frozen=True, eq=False)
class Derived:
    """A pure function of the actor and the row, and the columns that it needs."""

    function: Callable[[Actor, Mapping[str, Any]], Any]
    needs: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Edge:
    """Where a column of this row leads: to a row, or to a list."""

    to: One | Many
    key: str
    expression: Any
    """The key as an SQL expression; None where the row is not from a table and simply has it."""
    default: int = 20
    """How many rows of a list, where nothing is said."""


@dataclass(frozen=True, eq=False)
class Lookup:
    """A row by the id that is the field's argument."""

    to: One
    also: Mapping[str, Any]
    """Columns that it has besides those that are asked for."""
    opened: Opened | None

    async def seen(self, context: Any, row: Row | None) -> Row | None:
        """The row, once what has to be done about it is done."""
        if row is None or self.opened is None or await self.opened(context, row):
            return row
        return None


Opened = Callable[[Any, Row], Awaitable[bool]]
"""What has to be done when a row is looked up, with the context; whether the viewer still sees it then."""
Declaration = Column | Derived | Edge | Lookup

_KEY = "declaration"
_PARENT: Any = strawberry.Parent
_ANY_PARENT: Any = _PARENT[Any]
_columns: dict[str, Columns] = {}
_types: dict[str, Any] = {}


def declaration(field: Any) -> Declaration | None:
    """What a field of a registered type was declared as; None for hand-written resolvers."""
    found: Declaration | None = field.metadata.get(_KEY)
    return found


def columns_of(type_name: str) -> Columns:
    """The columns that rows of this GraphQL type must have."""
    return _columns[type_name]


def registered(type_name: str) -> Any:
    """The class of a registered type; None where there is none of this name."""
    return _types.get(type_name)


def column(expression: Any, description: str) -> Any:
    """A field whose value comes with the row."""
    return strawberry.field(description=description, metadata={_KEY: Column(expression)})


def derived(function: Callable[[Any, Any], Any], needs: Mapping[str, Any], description: str) -> Any:
    """A field computed from the actor and columns of the row, without I/O."""

    def resolve(root: Any, info: Any) -> Any:
        return function(info.context.actor, root)

    return _field(resolve, {}, description, Derived(function, needs))


def edge(to: One, key: Any, description: str) -> Any:
    """A field that leads to one row, by a column of this row (or by the name of a value that this row has)."""
    declared = Edge(to, *_key(key))
    name = declared.key

    async def resolve(root: Any, info: Any) -> Any:
        return await info.context.loaders.one(to, _target(info), root[name])

    return _field(resolve, {}, description, declared)


def connection(
    to: Many, key: Any, description: str, arguments: Mapping[str, tuple[Any, str]] | None = None, *, default: int = 20
) -> Any:
    """A field that leads to a list, by a column of this row; `arguments` are those filters of the list it offers."""
    declared = Edge(to, *_key(key), default)
    name = declared.key

    async def resolve(root: Any, info: Any, **given: Any) -> Any:
        return await connect(info, to, root[name], given, default=default)

    return _field(resolve, {**(arguments or {}), **PAGING}, description, declared)


def lookup(to: One, description: str, *, also: Mapping[str, Any] | None = None, opened: Opened | None = None) -> Any:
    """A field that finds a row by its argument `id`, for the roots of queries."""
    declared = Lookup(to, also or {}, opened)

    @cache
    def complete(columns: Columns) -> Columns:
        return Columns({**columns.named, **declared.also})

    async def resolve(root: Any, info: Any, id: str) -> Any:
        return await declared.seen(info.context, await info.context.loaders.one(to, complete(_target(info)), as_id(id)))

    return _field(resolve, {"id": (strawberry.ID, "The record's id.")}, description, declared)


def resolved(
    resolve: Callable[..., Any], description: str, arguments: Mapping[str, tuple[Any, str]] | None = None
) -> Any:
    """A field with a resolver of its own, `(root, info, **arguments)`, where a declaration does not reach."""
    return _field(resolve, arguments or {}, description, None)


PAGING = {
    "first": (int | None, "How many, from the beginning or after the cursor: 1 to 100."),
    "after": (str | None, "Go on after this cursor."),
    "last": (int | None, "How many, from the end or before the cursor: 1 to 100."),
    "before": (str | None, "Stop before this cursor."),
}


async def connect(
    info: Any,
    to: Many,
    key: Any,
    given: Mapping[str, Any],
    *,
    default: int = 20,
    extra: Mapping[str, Any] | None = None,
) -> ConnectionRow:
    """The page of a list that these GraphQL arguments ask for, as the source of a connection type."""
    filters = {**filters_from(given), **(extra or {})}
    order = to.order_for(filters)
    part = slice_from(given, order, default=default)
    page = await info.context.loaders.page(to, _nodes(info), key, part, filters)
    return ConnectionRow(page, part, order, (to, key, filters))


def _field(
    resolve: Any, arguments: Mapping[str, tuple[Any, str]], description: str, declared: Declaration | None
) -> Any:
    parameter = inspect.Parameter
    parameters = [
        parameter("root", parameter.POSITIONAL_OR_KEYWORD, annotation=_ANY_PARENT),
        parameter("info", parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info),
    ]
    for name, (annotation, text) in arguments.items():
        with_text = _annotated(annotation, strawberry.argument(description=text))
        parameters.append(parameter(name, parameter.KEYWORD_ONLY, annotation=with_text, default=strawberry.UNSET))
    resolve.__signature__ = inspect.Signature(parameters)
    metadata = {} if declared is None else {_KEY: declared}
    return strawberry.field(resolver=resolve, description=description, metadata=metadata)


def _annotated(annotation: Any, argument: Any) -> Any:
    return Annotated[annotation, argument]


def _key(key: Any) -> tuple[str, Any]:
    return (key, None) if isinstance(key, str) else (key.key, key)


def _target(info: Any) -> Columns:
    return _columns[get_named_type(info._raw_info.return_type).name]


def _nodes(info: Any) -> Columns:
    connection_type: GraphQLObjectType = get_named_type(info._raw_info.return_type)
    return _columns[get_named_type(connection_type.fields["nodes"].type).name]


@dataclass_transform(kw_only_default=True, field_specifiers=(column, derived, edge, connection, lookup, resolved))
def kind(cls: type[T]) -> type[T]:
    """Register a class as a GraphQL type whose rows come from SQL; its docstring is its description."""
    decorated: Any = strawberry.type(cls, description=_description(cls))
    named: dict[str, ColumnElement[Any]] = {}
    for field in decorated.__strawberry_definition__.fields:
        match declaration(field):
            case Column(expression):
                named[field.python_name] = expression
            case Derived(_, needs):
                named.update(needs)
            case Edge(_, key, expression) if expression is not None:
                named.setdefault(key, expression)
    _columns[decorated.__strawberry_definition__.name] = Columns(named)
    _types[decorated.__strawberry_definition__.name] = decorated
    return decorated  # type: ignore[no-any-return]


@dataclass_transform(kw_only_default=True)
def described(cls: type[T]) -> type[T]:
    """Register a class as a GraphQL type that is not a noun of ours; its docstring is its description."""
    decorated: Any = strawberry.type(cls, description=_description(cls))
    _types[decorated.__strawberry_definition__.name] = decorated
    return decorated  # type: ignore[no-any-return]


@dataclass_transform(kw_only_default=True)
def arguments(cls: type[T]) -> type[T]:
    """Register a class as a GraphQL input; its docstring is its description."""
    return strawberry.input(cls, description=_description(cls))


def _description(cls: type) -> str:
    return inspect.getdoc(cls) or ""


def idempotency_key() -> Any:
    """The input field by which a repeated request acts once."""
    text = "A repeated request with the same key acts once, for two days: 200 characters."
    return strawberry.field(default=None, description=text)


def expected_version() -> Any:
    """The input field that names the version a change was based on."""
    text = "The version that the change is based on; another one is a CONFLICT."
    return strawberry.field(default=None, description=text)
