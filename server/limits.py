"""Limits of an operation, found in one pass over its document, each fragment looked at once."""

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

MAX_TOKENS = 2000
MAX_DEPTH = 16
MAX_FIELDS = 2000
MAX_COST = 50_000
"""About how many fields an answer may have: lists count as long as they are asked to be."""

_LIST = {"nodes", "edges"}
_INTROSPECTION = {"__schema", "__type"}


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, tuple[int, int, int]] = {}

    def of(self, selections: SelectionSetNode | None) -> tuple[int, int, int]:
        """Depth, fields and cost of a selection."""
        depth = fields = cost = 0
        for node in selections.selections if selections else ():
            d, f, c = self._node(node)
            depth, fields, cost = max(depth, d), fields + f, cost + c
        return depth, fields, cost

    def _node(self, node: object) -> tuple[int, int, int]:
        match node:
            case FieldNode():
                # Introspection is bounded by the schema, whatever its shape.
                if node.name.value in _INTROSPECTION:
                    return 1, 1, 1
                depth, fields, cost = self.of(node.selection_set)
                return depth + 1, fields + 1, 1 + cost * _length(node)
            case FragmentSpreadNode():
                name = node.name.value
                if name not in self._known:
                    self._known[name] = (0, 0, 0)
                    fragment = self._fragments.get(name)
                    self._known[name] = self.of(fragment.selection_set) if fragment else (0, 0, 0)
                return self._known[name]
            case InlineFragmentNode():
                return self.of(node.selection_set)
        return 0, 0, 0


def _length(node: FieldNode) -> int:
    """How many rows a connection is asked for; 1 for other fields, 20 for a connection that does not say."""
    for argument in node.arguments or ():
        if argument.name.value in ("first", "last"):
            value = argument.value
            return int(value.value) if isinstance(value, IntValueNode) else 100
    names = {
        s.name.value for s in (node.selection_set.selections if node.selection_set else ()) if isinstance(s, FieldNode)
    }
    return 20 if names & _LIST else 1


def check(document: DocumentNode) -> list[GraphQLError]:
    """What is too much about a valid document's operations."""
    measure = _Measure(document)
    errors = []
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        depth, fields, cost = measure.of(definition.selection_set)
        for what, found, most in (
            ("depth", depth, MAX_DEPTH),
            ("fields", fields, MAX_FIELDS),
            ("cost", cost, MAX_COST),
        ):
            if found > most:
                message = f"The operation asks for too much: its {what} is {found:,}, more than {most:,}."
                errors.append(GraphQLError(message, definition, extensions={"code": "LIMIT_EXCEEDED"}))
    return errors
