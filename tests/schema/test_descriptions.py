"""The schema is the manual: everything in it is described, and the committed file is the schema."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    introspection_types,
    specified_scalar_types,
)

from server import schema

SCHEMA_FILE = Path(__file__).parents[2] / "schema" / "schema.graphql"


def described() -> Iterator[tuple[str, str | None]]:
    """Everything that can have a description, by its place in the schema."""
    for kind in schema.build().type_map.values():
        if kind.name in introspection_types or kind.name in specified_scalar_types:
            continue
        yield kind.name, kind.description
        if isinstance(kind, GraphQLEnumType):
            # A value of an enum speaks for itself; the enum says what it is about.
            continue
        if isinstance(kind, GraphQLInputObjectType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, output in kind.fields.items():
                yield f"{kind.name}.{name}", output.description
                for argument, detail in output.args.items():
                    yield f"{kind.name}.{name}({argument})", detail.description


def test_everything_is_described() -> None:
    assert [place for place, text in described() if not (text or "").strip()] == []


def test_the_committed_schema_is_the_schema() -> None:
    assert SCHEMA_FILE.read_text() == schema.text(), "make schema"
