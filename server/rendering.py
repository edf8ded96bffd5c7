"""Rendering deliveries: one execution and one serialisation for all viewers to whom it would read the same."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
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
    TypeInfo,
    TypeInfoVisitor,
    VariableNode,
    Visitor,
    get_argument_values,
    get_variable_values,
    visit,
)  # fmt: skip

from policies.actors import Actor
from policies.actors import actor as read_actor
from schema.context import Context, Credentials
from server.application import Application
from server.documents import Document
from server.execution import as_json, run
from subscriptions.feed import wanted_from
from subscriptions.messages import CURSOR, Delivery
from subscriptions.shared import Shared
from subscriptions.streams import ShutOutError, Wanted

_AWAY = (
    OSError,
    asyncpg.InterfaceError,
    # A connection that was cut just when it was asked.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
)
"""What the driver raises when the database is not there for us; it passes, unlike a mistake of ours."""
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
    is_shareable: bool
    """Whether viewers of one scope are shown the same; not where it goes beyond the record's own client."""

    async def deliveries(self) -> AsyncGenerator[Delivery]:
        """What the viewer is told; the cursor may be refused with a GraphQLError."""
        database = self.app.services.database
        actor = await read_actor(database, self.credentials.user_id, session_id=self.credentials.session_id)
        if actor is None:
            raise ShutOutError
        stream = await self.app.feed.open(actor, self.credentials.session_id, self.after, self.wanted)
        async for delivery in stream.deliveries():
            yield delivery

    async def render(self, delivery: Delivery) -> str | None:
        """The result in JSON; None if what it is about went out of sight meanwhile."""
        scope = delivery.scope if self.is_shareable else replace(delivery.scope, id=self.credentials.user_id)
        if delivery.moment is None:
            parts = await self._execute(delivery, scope)
        else:
            # Viewers at different places of the log may be told different events in one moment.
            key = (*self.key, delivery.message["event_id"], scope)
            rendered = delivery.moment.rendered.get(key)
            if rendered is None:
                rendered = delivery.moment.rendered[key] = Shared(self._execute(delivery, scope))
            parts = await rendered.result()
        return None if parts is None else delivery.cursor.join(parts)

    async def _execute(self, delivery: Delivery, scope: Actor) -> list[str] | None:
        """What comes between the cursors."""
        schema, message = self.app.schema, delivery.message
        for _ in range(TRIES):
            context = Context(self.app.services, scope)
            result = await run(schema, self.document, context, self.variables, self.name, root=message)
            for error in result.errors or ():
                if isinstance(error.original_error, _AWAY):
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
    fragments = _fragments(document)
    field = _root_field(operation, fragments)
    arguments = get_argument_values(app.schema.subscription_type.fields[field.name.value], field, values)
    used = _variables_in(field, fragments)
    return Operation(
        app,
        credentials,
        document,
        operation.name.value if operation.name else None,
        variables,
        arguments.get("after"),
        wanted_from(arguments.get("filter") or {}),
        (
            document.text,
            operation.name.value if operation.name else None,
            orjson.dumps({name: (variables or {}).get(name) for name in sorted(used)}),
        ),
        not _is_personal(app.schema, document),
    )


def _fragments(document: Document) -> dict[str, FragmentDefinitionNode]:
    assert document.ast is not None
    return {d.name.value: d for d in document.ast.definitions if isinstance(d, FragmentDefinitionNode)}


def _root_field(operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]) -> FieldNode:
    nodes = list(operation.selection_set.selections)
    while nodes:
        match nodes.pop(0):
            case FieldNode() as field:
                return field
            case InlineFragmentNode() as inline:
                nodes += inline.selection_set.selections
            case FragmentSpreadNode() as spread:
                nodes += fragments[spread.name.value].selection_set.selections
    raise GraphQLError("The subscription selects nothing.")


def _variables_in(field: FieldNode, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    """The variables that the field's selection uses, fragments included; its own arguments do not count."""
    names: set[str] = set()
    seen: set[str] = set()
    to_look_at: list[Node] = [field.selection_set] if field.selection_set else []

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


_PERSONAL = frozenset({"Engagement", "Progression"})
"""Types that may read otherwise to each person, whatever their rights."""


def _is_personal(schema: GraphQLSchema, document: Document) -> bool:
    """Whether it selects what may differ between people of one scope.

    That is a type of which it is always true, or referrals of other clients, of which the viewer may have made some: a
    program's. `policies.referrals.insiders` answers for the referrals of one client only.
    """
    assert document.ast is not None
    types = TypeInfo(schema)
    found = False

    class Finder(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            nonlocal found
            parent = types.get_parent_type()
            if parent is not None:
                place = (parent.name, node.name.value)
                found = found or parent.name in _PERSONAL or place == ("Program", "referrals")

    visit(document.ast, TypeInfoVisitor(types, Finder()))
    return found
