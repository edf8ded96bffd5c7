"""Leaves: from the value in a row to the value in the response."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType, GraphQLScalarType

PLAIN: dict[str, type] = {"ID": str, "String": str, "Boolean": bool, "DateTime": datetime}
"""By scalar, the type of which a value is left to the JSON writer as it is."""


class Leaf:
    """How a leaf's value is written, and whether it may be null."""

    def __init__(self, kind: GraphQLOutputType) -> None:
        self.nullable = not isinstance(kind, GraphQLNonNull)
        bare: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        self.write = _writer(bare)
        self.plain = PLAIN.get(bare.name) if isinstance(bare, GraphQLScalarType) else None
        """Values of just this type need no writing."""


def _writer(kind: Any) -> Callable[[Any], Any]:
    match kind:
        case GraphQLScalarType():
            return kind.serialize
        case GraphQLEnumType():
            # Rows hold the value of the Python enum's member, or the member, which hashes alike.
            names = {getattr(value.value, "value", value.value): name for name, value in kind.values.items()}
            return names.__getitem__
        case GraphQLList():
            of = kind.of_type
            nullable = not isinstance(of, GraphQLNonNull)
            return _list_writer(_writer(of if nullable else of.of_type), nullable=nullable)
    raise TypeError(kind)


def _list_writer(inner: Callable[[Any], Any], *, nullable: bool) -> Callable[[Any], Any]:
    def write(values: Any) -> list[Any]:
        if not nullable and None in values:
            raise ValueError("a null in a list that has none")
        return [None if value is None else inner(value) for value in values]

    return write
