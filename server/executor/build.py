"""Generating the function that makes a response object of a row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from server.executor.leaves import Leaf

Build = Callable[[Any, Any], list[dict[str, Any]]]
"""From rows and the context to the response objects, in their order; branches fill in their places later."""


class UnusualError(Exception):
    """Something that the fast path does not answer."""


@dataclass(frozen=True)
class Value:
    """A response key whose value comes with the row: a column by its name, or a function of actor and row."""

    key: str
    leaf: Leaf
    name: str | None = None
    function: Callable[[Any, Any], Any] | None = None


@dataclass(frozen=True)
class Constant:
    """A response key with the same value for all rows."""

    key: str
    value: Any


@dataclass(frozen=True)
class Place:
    """A response key that a branch fills in later; until then the column is there whose value leads on, if one does."""

    key: str
    column: str | None = None


Part = Value | Constant | Place
Layout = Sequence[str] | None
"""The names of a row's columns in their order; None where the order is not known."""


def generate(parts: Sequence[Part], layout: Layout) -> Build:
    """The function for rows with these columns in this order; by name where the order is not known."""
    known: dict[str, Any] = {"UnusualError": UnusualError}
    lines, items, required = [], [], []
    positions = {name: f"_{i}" for i, name in enumerate(layout or ())}

    def column(name: str) -> str:
        return f"row[{name!r}]" if layout is None else positions[name]

    for number, part in enumerate(parts):
        match part:
            case Constant(key, value):
                items.append(f"{key!r}: {value!r}")
            case Place(key, name):
                items.append(f"{key!r}: {None if name is None else column(name)}")
            case Value(key, leaf, name, function):
                variable = f"v{number}"
                if name is None:
                    known[f"f{number}"] = function
                    lines.append(f"{variable} = f{number}(context.actor, row)")
                elif layout is None:
                    lines.append(f"{variable} = {column(name)}")
                else:
                    variable = column(name)
                if not leaf.nullable:
                    required.append(f"{variable} is None")
                known[f"w{number}"] = leaf.write
                text = f"w{number}({variable})"
                if leaf.plain is not None:
                    known[f"p{number}"] = leaf.plain
                    text = f"{variable} if {variable}.__class__ is p{number} else {text}"
                if leaf.nullable:
                    text = f"None if {variable} is None else {text}"
                items.append(f"{key!r}: {text}")
    if layout is not None:
        lines.insert(0, f"{', '.join(positions.values())}, = row")
    if required:
        lines.append(f"if {' or '.join(required)}: raise UnusualError")
    lines.append(f"out.append({{{', '.join(items)}}})")
    head = ["def build(rows, context):", "    out = []", "    for row in rows:"]
    body = [" " * 8 + line for line in lines]
    # The text is made of response keys and column names, which are GraphQL names and our own.
    exec("\n".join([*head, *body, "    return out"]), known)  # noqa: S102
    build: Build = known["build"]
    return build
