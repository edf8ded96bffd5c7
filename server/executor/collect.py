"""Collecting the fields of a selection for one object type: fragments and directives are gone afterwards."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)  # fmt: skip

Fields = dict[str, list[FieldNode]]
"""By response key, the fields that are merged under it."""


class UnsupportedError(Exception):
    """The operation has something that plans do not have; graphql-core executes it."""


class Collector:
    """Collects fields, given the fragments of a document and the values of the variables that directives use."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        switches: Mapping[str, bool],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._switches = switches

    def fields(self, kind: GraphQLObjectType, selections: Iterable[SelectionSetNode | None]) -> Fields:
        """The fields that these selections ask of the type, in the order of the response."""
        found: Fields = {}
        seen: set[str] = set()
        for selection in selections:
            if selection is not None:
                self._collect(kind, selection.selections, found, seen)
        return found

    def _collect(
        self, kind: GraphQLObjectType, selections: Iterable[SelectionNode], found: Fields, seen: set[str]
    ) -> None:
        for node in selections:
            if not self._is_included(node.directives or ()):
                continue
            match node:
                case FieldNode():
                    key = node.alias.value if node.alias else node.name.value
                    found.setdefault(key, []).append(node)
                case InlineFragmentNode():
                    if node.type_condition is None or self._applies(kind, node.type_condition.name.value):
                        self._collect(kind, node.selection_set.selections, found, seen)
                case FragmentSpreadNode() if node.name.value not in seen:
                    seen.add(node.name.value)
                    fragment = self._fragments[node.name.value]
                    if self._applies(kind, fragment.type_condition.name.value):
                        self._collect(kind, fragment.selection_set.selections, found, seen)

    def _applies(self, kind: GraphQLObjectType, condition: str) -> bool:
        if kind.name == condition:
            return True
        named: Any = self._schema.get_type(condition)
        abstract: GraphQLAbstractType = named
        return is_abstract_type(named) and self._schema.is_sub_type(abstract, kind)

    def _is_included(self, directives: Iterable[DirectiveNode]) -> bool:
        for directive in directives:
            if directive.name.value not in ("skip", "include"):
                raise UnsupportedError(f"@{directive.name.value}")
            if self._is_on(directive) is (directive.name.value == "skip"):
                return False
        return True

    def _is_on(self, directive: DirectiveNode) -> bool:
        [argument] = directive.arguments or ()
        match argument.value:
            case BooleanValueNode(value=on):
                return on
            case VariableNode(name=name) if name.value in self._switches:
                return self._switches[name.value]
        # A variable with a default may be null all the same.
        raise UnsupportedError(f"@{directive.name.value} without a value")
