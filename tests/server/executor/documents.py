"""Documents by themselves: one for every type of the schema, and all smaller ones than a given one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    REMOVE,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionNode,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    visit,
)  # fmt: skip


def _page(field: Any, first: int) -> str:
    """The arguments that a field needs, and how many rows of a list are asked for."""
    arguments = [f"first: {first}"] if "first" in field.args else []
    if "text" in field.args:
        arguments.append('text: "sam stone"')
    return f"({', '.join(arguments)})" if arguments else ""


def everything(kind: Any, depth: int) -> str:
    """A selection of all fields of this type, and of what they lead to, so many levels deep."""
    parts = ["__typename"]
    for name, field in kind.fields.items() if depth > 0 else ():
        inner = get_named_type(field.type)
        page = _page(field, 2)
        parts.append(name if is_leaf_type(inner) else f"{name}{page} {everything(inner, depth - 1)}")
    return "{ " + " ".join(parts) + " }"


def ways(start: GraphQLObjectType) -> dict[str, list[str]]:
    """To each type that can be reached from this one, the fields of the shortest way."""
    found: dict[str, list[str]] = {start.name: []}
    at: list[Any] = [start]
    for kind in at:
        for name, field in kind.fields.items():
            inner: Any = get_named_type(field.type)
            if not is_leaf_type(inner) and inner.name not in found:
                found[inner.name] = [*found[kind.name], f"{name}{_page(field, 5)}"]
                at.append(inner)
    return found


def about(schema: GraphQLSchema, start: str) -> Iterator[str]:
    """For each type that can be reached from this one, a selection that asks everything about it."""
    first: Any = schema.get_type(start)
    for name, way in ways(first).items():
        selection = everything(schema.get_type(name), 1)
        for field in reversed(way):
            selection = f"{{ {field} {selection} }}"
        yield selection


def smaller(text: str) -> Iterator[str]:
    """The document without one of its selections, for each of them."""
    ast = parse(text)
    number = 0
    while True:

        class Cut(Visitor):
            left = number

            def enter(self, node: Any, *_: Any) -> Any:
                if isinstance(node, SelectionNode):
                    self.left -= 1
                    if self.left < 0:
                        self.left = len(text)
                        return REMOVE
                return None

        shorter = visit(ast, Cut())
        if shorter is ast:
            return
        yield print_ast(shorter)
        number += 1
