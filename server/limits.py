"""Limits of an operation, found in one pass over its document, each fragment looked at once."""

from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
)  # fmt: skip
from graphql.validation import validation_context
from graphql.validation.rules import max_introspection_depth_rule as introspection
from graphql.validation.rules import overlapping_fields_can_be_merged as overlaps

MAX_LENGTH = 50_000
MAX_TOKENS = 1000
"""Validation takes time for each token: a thousand are about 50 ms of one core, a dashboard has two hundred."""
MAX_DEPTH = 16
MAX_NESTING = 100
"""Levels of any kind, those of fragments included."""
MAX_FIELDS = 2000
MAX_COST = 50_000
"""About how many fields an answer may have: lists count as long as they are asked to be."""

# What graphql-core spends on comparing fields and fragments with each other, before it gives up. A dashboard of ours
# spends some hundreds; its own limits let a thousand tokens hold the loop for half a second.
overlaps.MAX_COMPLEXITY_BUDGET = 10_000
validation_context.MAX_FRAGMENT_WORK = 5_000
# The schema's answer about itself is executed in one go: not more of it than the standard question asks.
introspection.MAX_LIST_DEPTH = 2

_ROWS = {"nodes", "edges"}
_PAGE = 20
"""The rows of a list that is not asked for a number of them."""
_LONGEST = 1_000_000
_INTROSPECTION = {"__schema", "__type"}


class _Size(NamedTuple):
    depth: int = 0
    nesting: int = 0
    fields: int = 0
    cost: int = 0
    rows: int = 0
    """The cost of each row, where this is the selection of a connection."""


class _Refused(Exception):
    pass


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, _Size] = {}

    def of(self, selections: SelectionSetNode | None, level: int = 1, *, introspects: bool = False) -> _Size:
        """The size of a selection."""
        if level > MAX_NESTING:
            raise _Refused("The operation is nested too deeply.")
        depth = nesting = fields = cost = rows = 0
        for node in selections.selections if selections else ():
            size = self._node(node, level, introspects)
            depth, nesting = max(depth, size.depth), max(nesting, size.nesting)
            fields, cost, rows = fields + size.fields, cost + size.cost, rows + size.rows
        # Fragments can double it at each level: no number gets longer than any limit needs.
        return _Size(depth, nesting, min(fields, _LONGEST), min(cost, _LONGEST), min(rows, _LONGEST))

    def _node(self, node: object, level: int, introspects: bool) -> _Size:
        match node:
            case FieldNode():
                if node.alias and (introspects or node.name.value == "__schema"):
                    raise _Refused("The schema is asked about without aliases, so that nothing is asked twice.")
                introspects = introspects or node.name.value in _INTROSPECTION
                return _field(node, self.of(node.selection_set, level + 1, introspects=introspects))
            case FragmentSpreadNode():
                inner = self._fragment(node.name.value, level)
            case InlineFragmentNode():
                inner = self.of(node.selection_set, level + 1, introspects=introspects)
            case _:
                return _Size()
        return inner._replace(nesting=inner.nesting + 1, fields=inner.fields + 1)

    def _fragment(self, name: str, level: int) -> _Size:
        if name not in self._known:
            # What a cycle leads back to counts nothing; the validation refuses it.
            self._known[name] = _Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                introspects = fragment.type_condition.name.value.startswith("__")
                self._known[name] = self.of(fragment.selection_set, level + 1, introspects=introspects)
        return self._known[name]


def _field(node: FieldNode, inner: _Size) -> _Size:
    name = node.name.value
    # The standard question about the schema is deeper than any other; the validation has its own limit for it.
    depth = 1 if name in _INTROSPECTION else inner.depth + 1
    cost = 1 + inner.cost + inner.rows * _length(node)
    size = _Size(depth, inner.nesting + 1, inner.fields + 1, cost)
    return size._replace(cost=0, rows=cost) if name in _ROWS else size


def _length(node: FieldNode) -> int:
    """How many rows a connection is asked for at most."""
    asked = [argument.value for argument in node.arguments or () if argument.name.value in ("first", "last")]
    return max((_number(value.value) if isinstance(value, IntValueNode) else 100 for value in asked), default=_PAGE)


def _number(digits: str) -> int:
    return max(1, int(digits)) if len(digits) < 7 else _LONGEST


def check(document: DocumentNode) -> list[GraphQLError]:
    """What is too much about a document's operations, whether or not it is valid."""
    measure = _Measure(document)
    errors = []
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        try:
            size = measure.of(definition.selection_set)
        except _Refused as refused:
            return [exceeded(str(refused))]
        for what, found, most in (
            ("depth", size.depth, MAX_DEPTH),
            ("nesting", size.nesting, MAX_NESTING),
            ("fields", size.fields, MAX_FIELDS),
            ("cost", size.cost + size.rows, MAX_COST),
        ):
            if found > most:
                errors.append(
                    exceeded(f"The operation asks for too much: its {what} is {found:,}, more than {most:,}.")
                )
    return errors


def exceeded(message: str) -> GraphQLError:
    """The error of a document that is too much."""
    return GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED"})
