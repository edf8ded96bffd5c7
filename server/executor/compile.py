"""Compiling: from the fields of an operation and their declarations to a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    is_abstract_type,
    is_leaf_type,
)  # fmt: skip
from strawberry.utils.str_converters import to_snake_case

from loaders.edges import Columns, Join, Many, One
from schema.fields import Column, Derived, Edge, Lookup, columns_of, declaration
from server.executor.build import Constant, Joined, Part, Place, Rows, Value
from server.executor.collect import Collector, UnsupportedError
from server.executor.leaves import Leaf
from server.executor.plan import Arguments, Branch, Found, Nested, Objects, Resolved, Shape, ToMany, ToOne, Variants

Selections = Sequence[SelectionSetNode | None]
Inner = tuple[str, Rows] | None
"""The rows of one type inside objects that are not from a table: the nodes of a connection."""


class Compiler:
    """Compiles the selections of one document, for given values of the variables that directives use."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], switches: Mapping[str, bool]
    ) -> None:
        self._schema = schema
        self._collector = Collector(schema, fragments, switches)
        self.fields = 0
        """How many fields were compiled."""

    def root(self, kind: GraphQLObjectType, selection: SelectionSetNode, *, serial: bool = False) -> Objects:
        """The plan of an operation."""
        plan = self._objects(kind, [selection], None)
        plan.serial = serial
        return plan

    def _shape(self, kind: Any, selections: Selections, inner: Inner = None) -> Shape:
        if not is_abstract_type(kind):
            rows = inner[1] if inner is not None and kind.name == inner[0] else None
            return self._objects(kind, selections, rows, inner)
        made: dict[str, Shape] = {}

        def of_type(name: str) -> Shape:
            if name not in made:
                concrete: Any = self._schema.get_type(name)
                made[name] = self._objects(concrete, selections, None)
            return made[name]

        return Variants(of_type)

    def _objects(
        self, kind: GraphQLObjectType, selections: Selections, rows: Rows | None, inner: Inner = None
    ) -> Objects:
        parts: list[Part] = []
        branches: list[Branch] = []
        for key, nodes in self._collector.fields(kind, selections).items():
            self.fields += 1
            name = nodes[0].name.value
            if name == "__typename":
                parts.append(Constant(key, kind.name))
                continue
            if name.startswith("__"):
                raise UnsupportedError(name)
            made = self._field(key, kind.fields[name], nodes, rows, inner)
            if isinstance(made, Value | Joined):
                parts.append(made)
            else:
                parts.append(Place(key, made.by if isinstance(made, ToOne | ToMany) else None))
                branches.append(made)
        return Objects(parts, rows, branches)

    def _field(
        self, key: str, field: GraphQLField, nodes: list[FieldNode], rows: Rows | None, inner: Inner
    ) -> Value | Joined | Branch:
        definition = field.extensions["strawberry-definition"]
        kind, nullable, many = _unwrapped(field.type)
        leaf = Leaf(field.type) if is_leaf_type(kind) else None
        selections = [node.selection_set for node in nodes]
        match declaration(definition):
            case Edge(to=One() as one, key=by):
                row = self._row(kind, selections)
                if rows is not None and _is_joinable(row):
                    join = Join(one, by, row.columns)
                    rows.add(join)
                    return Joined(key, join, row.parts, nullable)
                return ToOne(key, one, by, row.columns, row, nullable)
            case Lookup() as lookup:
                row = self._row(kind, selections, lookup)
                return Found(key, lookup, _arguments(field, nodes[0]), row.columns, row)
            case Edge(to=Many() as to_many, key=by, default=default):
                columns, shape = self._connection(kind, selections, to_many)
                return ToMany(key, to_many, by, _arguments(field, nodes[0]), default, columns, shape)
            case Derived(function=function) if leaf is not None:
                return Value(key, leaf, function=function)
            case Derived(function=function):
                child = self._shape(kind, selections)
                return Nested(key, lambda row, context: function(context.actor, row), many, nullable, child)
        if definition.base_resolver is not None:
            return Resolved(key, _arguments(field, nodes[0]), many, nullable, leaf or self._shape(kind, selections))
        name = definition.python_name
        if leaf is not None:
            return Value(key, leaf, name=name)
        return Nested(key, lambda row, context: row[name], many, nullable, self._shape(kind, selections, inner))

    def _row(self, kind: GraphQLObjectType, selections: Selections, lookup: Lookup | None = None) -> Objects:
        """The plan of rows that a statement of their own answers, one for each key."""
        rows = Rows()
        child = self._objects(kind, selections, rows)
        needs = frozenset(self._needs(kind, selections))
        rows.columns = columns_for(kind.name, needs, tuple(rows.joins), lookup=lookup)
        return child

    def _connection(self, kind: GraphQLObjectType, selections: Selections, to: Many) -> tuple[Columns, Shape]:
        """The columns that the nodes need, wherever in the connection they are asked for, and the connection's plan."""
        node, _, _ = _unwrapped(kind.fields["nodes"].type)
        edge, _, _ = _unwrapped(kind.fields["edges"].type)
        of_edges = self._inside(kind, selections, "edges")
        of_nodes = self._inside(kind, selections, "nodes") + self._inside(edge, of_edges, "node")
        placed = bool(of_edges or self._inside(kind, selections, "pageInfo"))
        lengths = {len(order.columns) for order in (to.order, *to.orders.values())} if placed else {0}
        rows = Rows(places=lengths.pop() if len(lengths) == 1 else None)
        shape = self._objects(kind, selections, None, (node.name, rows))
        needs = frozenset(self._needs(node, of_nodes))
        rows.columns = columns_for(node.name, needs, tuple(rows.joins), placed=placed)
        return rows.columns, shape

    def _inside(self, kind: GraphQLObjectType, selections: Selections, name: str) -> list[SelectionSetNode | None]:
        """What is selected of the field of this name, under whatever keys."""
        fields = chain.from_iterable(self._collector.fields(kind, selections).values())
        return [field.selection_set for field in fields if field.name.value == name]

    def _needs(self, kind: GraphQLObjectType, selections: Selections) -> set[str]:
        """The names of the columns that these fields of a registered type are made of.

        The selections may be of several places: under one key they may have different fields.
        """
        names: set[str] = set()
        for field in chain.from_iterable(self._collector.fields(kind, selections).values()):
            if field.name.value.startswith("__"):
                continue
            definition = kind.fields[field.name.value].extensions["strawberry-definition"]
            match declaration(definition):
                case Column():
                    names.add(definition.python_name)
                case Derived(needs=needs):
                    names.update(needs)
                case Edge(key=by):
                    names.add(by)
                case None:
                    # A resolver of its own may look at anything.
                    return set(columns_of(kind.name).named)
        return names


@lru_cache(4096)
def columns_for(
    type_name: str,
    names: frozenset[str],
    joins: tuple[Join, ...] = (),
    *,
    placed: bool = False,
    lookup: Lookup | None = None,
) -> Columns:
    """These columns of a type; the same object each time, since statements are kept by it."""
    named = {name: column for name, column in columns_of(type_name).named.items() if name in names}
    return Columns({**named, **(lookup.also if lookup else {})}, placed=placed, joins=joins)


def _is_joinable(child: Objects) -> bool:
    """Whether its objects are made of nothing but columns, so that they can be made where the row leads to them."""
    return not child.branches and all(not isinstance(p, Value) or p.function is None for p in child.parts)


def _unwrapped(kind: Any) -> tuple[Any, bool, bool]:
    """The named type, whether null is allowed, and whether it is a list (of composites: of non-null ones)."""
    nullable = not isinstance(kind, GraphQLNonNull)
    inner = kind if nullable else kind.of_type
    many = isinstance(inner, GraphQLList)
    if many:
        inner = inner.of_type
        if isinstance(inner, GraphQLNonNull):
            inner = inner.of_type
        elif not is_leaf_type(inner):
            raise UnsupportedError("a list that may hold nulls")
    if isinstance(inner, GraphQLList):
        raise UnsupportedError("a list of lists")
    return inner, nullable, many


def _arguments(field: GraphQLField, node: FieldNode) -> Arguments:
    names = {name: to_snake_case(name) for name in field.args}
    return Arguments(field, node, names)
