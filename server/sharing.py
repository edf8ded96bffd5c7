"""Which messages of a subscription may be rendered once for all viewers of one scope.

A scope is somebody's rights without the person (subscriptions/sights.py). Who sees a record otherwise than a colleague
with equal rights is decided about by themself; but that is known of the record and of what is its own only
(`Kind.own`). Further away, in another client's referrals or the people of a company, a message is rendered for many
only as long as nothing that it selects asks who the viewer is. The declarations of the fields say that themselves.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)  # fmt: skip
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import dialect

from loaders.edges import Columns, Many
from policies.actors import ONE
from schema.fields import Column, Derived, Edge, declaration
from subscriptions.kinds import KINDS

_NAMED = frozenset({"Actor", "User"})
"""People: one's own name is the only thing that depends on who one is, and all who share a scope know it of each other,
since they belong to the same organizations."""


def shared_messages(
    schema: GraphQLSchema, feed: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> frozenset[str]:
    """The types of message for which this selection of the feed reads the same to all viewers of one scope."""
    walks = {kind.message: _Walk(schema, fragments, kind.own) for kind in KINDS.values()}
    return frozenset(name for name, walk in walks.items() if walk.is_alike(name, feed, near=True))


class _Walk:
    """Through the selection for one type of message."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], own: frozenset[str]
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._own = own

    def is_alike(self, type_name: str, selection: SelectionSetNode, *, near: bool) -> bool:
        """Whether the selection reads the same to all; `near`: what it is of is the record's own."""
        kind: Any = self._schema.get_type(type_name)
        for node in self._fields(kind, selection):
            field = kind.fields.get(node.name.value)
            if field is None:
                continue  # __typename
            if not near and type_name not in _NAMED and asks_who(self._schema, type_name, node.name.value):
                return False
            if node.selection_set is None:
                continue
            found = get_named_type(field.type)
            for target in self._schema.get_possible_types(found) if is_abstract_type(found) else (found,):
                stays = near and (target.name in self._own or _is_page(target))
                if not self.is_alike(target.name, node.selection_set, near=stays):
                    return False
        return True

    def _fields(self, kind: GraphQLObjectType, selection: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selection.selections:
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode(type_condition=condition, selection_set=inner):
                    if condition is None or self._applies(condition.name.value, kind):
                        yield from self._fields(kind, inner)
                case FragmentSpreadNode(name=name):
                    fragment = self._fragments[name.value]
                    if self._applies(fragment.type_condition.name.value, kind):
                        yield from self._fields(kind, fragment.selection_set)

    def _applies(self, condition: str, kind: GraphQLObjectType) -> bool:
        named: Any = self._schema.get_type(condition)
        return named is kind or (not is_object_type(named) and self._schema.is_sub_type(named, kind))


def _is_page(kind: Any) -> bool:
    """Whether it is a page of a list, or a row of one: what is in it is what the list is of."""
    return "pageInfo" in kind.fields or "node" in kind.fields


@cache
def asks_who(schema: GraphQLSchema, type_name: str, field_name: str) -> bool:
    """Whether the value of this field, the rows or columns that are read for it, may depend on the viewer's own id."""
    kind: Any = schema.get_type(type_name)
    definition = kind.fields[field_name].extensions["strawberry-definition"]
    match declaration(definition):
        case Column(expression):
            return _mentions_who(select(expression))
        case Edge(to=to, expression=expression):
            nothing = Columns({})
            if isinstance(to, Many):
                rows = to.page(nothing, frozenset(to.where), to.order, after=False, backward=False)
            else:
                rows = to.statement(nothing)
            return _mentions_who(rows) or (expression is not None and _mentions_who(select(expression)))
        case Derived():
            # A function of the actor.
            return True
    # A resolver of its own may ask anything.
    return definition.base_resolver is not None


def _mentions_who(clause: Any) -> bool:
    return ONE.id.key in clause.compile(dialect=dialect()).params  # type: ignore[no-untyped-call]
