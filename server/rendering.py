"""Rendering deliveries: one execution and one serialisation for all viewers to whom it would read the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_argument_values,
    get_variable_values,
    visit,
)  # fmt: skip

from models.database import AWAY
from policies.actors import Actor
from policies.actors import actor as read_actor
from schema.context import Context, Credentials
from server.application import Application
from server.documents import Document
from server.execution import as_json, run
from server.sharing import shared_messages
from subscriptions.messages import CURSOR, Delivery
from subscriptions.shared import Shared
from subscriptions.streams import ShutOutError, Viewer
from subscriptions.wanted import Wanted, wanted_from

KEPT = 200
"""Subscriptions whose documents have been looked at."""
TRIES = 3
"""Of rendering a record that may be seen and cannot be rendered; after that, it is a mistake of ours."""


@dataclass(frozen=True, eq=False)
class Operation:
    """A subscription of one viewer, ready to run."""

    app: Application
    credentials: Credentials
    document: Document
    name: str | None
    variables: dict[str, Any] | None
    after: str | None
    wanted: Wanted
    key: tuple[str, str | None, bytes]
    """Equal for operations that render every message alike: the text, and the variables that the selection uses."""
    shared: frozenset[str]
    """The types of message of which viewers of one scope are shown the same."""

    async def deliveries(self, put: Callable[[str], bool] | None = None) -> AsyncGenerator[Delivery]:
        """What the viewer is told; the cursor may be refused with a GraphQLError.

        With `put`, which sends a rendered message or says that it would have to wait, what many are told at once is
        sent through it, and is not among these.
        """
        database = self.app.services.database
        async with self.app.openings:
            actor = await read_actor(database, self.credentials.user_id, session_id=self.credentials.session_id)
            if actor is None:
                raise ShutOutError
            stream = await self.app.feed.open(actor, self.credentials.session_id, self.after, self.wanted)
        async for delivery in stream.deliveries(None if put is None else Viewer(self.rendering, put)):
            yield delivery

    async def render(self, delivery: Delivery) -> str | None:
        """The result in JSON; None if what it is about went out of sight meanwhile."""
        if delivery.moment is None:
            parts = await self._execute(delivery, self._scope(delivery))
        else:
            parts = await self.rendering(delivery).result()
            if parts is None and await self._is_visible(delivery):
                # It was out of sight for whoever asked first.
                parts = await self._execute(delivery, self._scope(delivery))
        return None if parts is None else delivery.cursor.join(parts)

    def rendering(self, delivery: Delivery) -> Shared[list[str] | None]:
        """What comes between the cursors of a message about a record, rendered once for all to whom it reads alike."""
        assert delivery.moment is not None
        scope = self._scope(delivery)
        # Viewers at different places of the log may be told different events in one moment.
        key = (*self.key, delivery.message["event_id"], scope)
        rendered = delivery.moment.rendered.get(key)
        if rendered is None:
            rendered = delivery.moment.rendered[key] = Shared(self._execute(delivery, scope))
        return rendered

    def _scope(self, delivery: Delivery) -> Actor:
        if delivery.message["typename"] in self.shared:
            return delivery.scope
        return replace(delivery.scope, id=self.credentials.user_id)

    async def _execute(self, delivery: Delivery, scope: Actor) -> list[str] | None:
        """What comes between the cursors."""
        schema, message = self.app.schema, delivery.message
        for _ in range(TRIES):
            context = Context(self.app.services, scope)
            result = await run(schema, self.document, context, self.variables, self.name, root=message)
            for error in result.errors or ():
                if isinstance(error.original_error, AWAY):
                    # The stream ends and the client comes back for the event; told of the error, it would pass over it.
                    raise error.original_error
            if not result.errors or delivery.moment is None:
                break
            if not await self._is_visible(delivery):
                return None
            # It, or a part of it, was out of sight while it was rendered, and is back again.
        return as_json(result).decode().split(CURSOR)

    async def _is_visible(self, delivery: Delivery) -> bool:
        kind, record_id = delivery.message["kind"], delivery.message["record_id"]
        sight = await self.app.feed.sights.decide(kind, record_id, self.credentials.user_id)
        return getattr(sight, "visible", False)


def prepare(
    app: Application,
    credentials: Credentials,
    document: Document,
    operation: OperationDefinitionNode,
    variables: dict[str, Any] | None,
) -> Operation:
    """The operation, its variables and arguments checked; raises GraphQLError."""
    values = get_variable_values(app.schema, operation.variable_definitions or (), variables or {}, max_errors=1)
    if isinstance(values, list):
        raise values[0]
    assert app.schema.subscription_type is not None
    name = operation.name.value if operation.name else None
    found = _read(app.schema, document, name)
    arguments = get_argument_values(app.schema.subscription_type.fields[found.field.name.value], found.field, values)
    return Operation(
        app,
        credentials,
        document,
        name,
        variables,
        arguments.get("after"),
        wanted_from(arguments.get("filter") or {}),
        (document.text, name, orjson.dumps({name: (variables or {}).get(name) for name in found.variables})),
        found.shared,
    )


class _Feed(NamedTuple):
    """What an operation says of the feed, whoever asks."""

    field: FieldNode
    variables: list[str]
    """Those that the selection uses, in order."""
    shared: frozenset[str]


@lru_cache(KEPT)
def _read(schema: GraphQLSchema, document: Document, name: str | None) -> _Feed:
    """Looked at once: many come back at once, after a restart, with one document."""
    operation = document.operation(name)
    assert document.ast is not None
    assert operation is not None
    fragments = {d.name.value: d for d in document.ast.definitions if isinstance(d, FragmentDefinitionNode)}
    fields = _root_fields(operation, fragments)
    selection = SelectionSetNode(
        selections=tuple(node for field in fields if field.selection_set for node in field.selection_set.selections)
    )
    used = _variables_in(selection, fragments)
    return _Feed(fields[0], sorted(used), shared_messages(schema, selection, fragments))


def _root_fields(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> list[FieldNode]:
    """The one field, as often as the document names it: each time it may select something else of it."""
    fields = []
    nodes = list(operation.selection_set.selections)
    while nodes:
        match nodes.pop(0):
            case FieldNode() as field:
                fields.append(field)
            case InlineFragmentNode() as inline:
                nodes += inline.selection_set.selections
            case FragmentSpreadNode() as spread:
                nodes += fragments[spread.name.value].selection_set.selections
    if not fields:
        raise GraphQLError("The subscription selects nothing.")
    return fields


def _variables_in(selection: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    """The variables that the selection uses, fragments included."""
    names: set[str] = set()
    seen: set[str] = set()
    to_look_at: list[Node] = [selection]

    class Collector(Visitor):
        def enter_variable(self, node: VariableNode, *_: Any) -> None:
            names.add(node.name.value)

        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
            if node.name.value not in seen:
                seen.add(node.name.value)
                to_look_at.append(fragments[node.name.value])

    while to_look_at:
        visit(to_look_at.pop(), Collector())
    return names
