"""Clients were written before the server: the names that they rely on are all there, and mean what they expect."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    TypeNode,
    UnionTypeDefinitionNode,
    Visitor,
    is_required_argument,
    is_required_input_field,
    parse,
    print_ast,
    visit,
)

from server.schema import build

CONTRACT = Path(__file__).parents[3] / "shared" / "contract.graphql"
KINDS: dict[type[DefinitionNode], type[Any]] = {
    ScalarTypeDefinitionNode: GraphQLScalarType,
    InterfaceTypeDefinitionNode: GraphQLInterfaceType,
    ObjectTypeDefinitionNode: GraphQLObjectType,
    InputObjectTypeDefinitionNode: GraphQLInputObjectType,
    EnumTypeDefinitionNode: GraphQLEnumType,
    UnionTypeDefinitionNode: GraphQLUnionType,
}


def broken(text: str) -> Iterator[str]:
    """What the schema does not keep of the contract."""
    types = build().type_map
    document = parse(text)
    named: set[str] = set()

    class Names(Visitor):
        def enter_named_type(self, node: NamedTypeNode, *_: Any) -> None:
            named.add(node.name.value)

    visit(document, Names())
    yield from sorted(name for name in named if name not in types)
    for promised in document.definitions:
        name = promised.name.value  # type: ignore[attr-defined]
        kind: Any = types.get(name)
        expected = KINDS[type(promised)]
        if not isinstance(kind, expected):
            yield f"{name} as {expected.__name__}"
            continue
        match promised:
            case EnumTypeDefinitionNode(values=values):
                yield from (f"{name}.{v.name.value}" for v in values or () if v.name.value not in kind.values)
            case UnionTypeDefinitionNode(types=members):
                found = {member.name for member in kind.types}
                yield from (f"{name} | {m.name.value}" for m in members or () if m.name.value not in found)
            case InputObjectTypeDefinitionNode(fields=inputs):
                yield from _inputs(name, inputs or (), kind.fields, is_required_input_field)
            case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
                found = {interface.name for interface in kind.interfaces}
                yield from (f"{name} & {i.name.value}" for i in promised.interfaces or () if i.name.value not in found)
                yield from _fields(name, promised.fields or (), kind.fields)


def _fields(name: str, promised: tuple[FieldDefinitionNode, ...] | Any, found: dict[str, Any]) -> Iterator[str]:
    for field in promised:
        place = f"{name}.{field.name.value}"
        if field.name.value not in found:
            yield place
            continue
        output = found[field.name.value]
        # What a client reads may be surer than promised.
        if print_ast(field.type) not in (str(output.type), str(output.type).removesuffix("!")):
            yield f"{place}: {output.type}, not {print_ast(field.type)}"
        yield from _inputs(place, field.arguments or (), output.args, is_required_argument)


def _inputs(
    place: str, promised: tuple[InputValueDefinitionNode, ...] | Any, found: dict[str, Any], is_required: Any
) -> Iterator[str]:
    for value in promised:
        name = value.name.value
        # What a client sends may be less than promised.
        if name not in found:
            yield f"{place}({name})"
        elif str(found[name].type) not in (print_ast(value.type), _nullable(value.type)):
            yield f"{place}({name}): {found[name].type}, not {print_ast(value.type)}"
    known = {value.name.value for value in promised}
    yield from (f"{place}({n}) is required" for n, v in found.items() if n not in known and is_required(v))


def _nullable(kind: TypeNode) -> str:
    return print_ast(kind.type if isinstance(kind, NonNullTypeNode) else kind)


@pytest.mark.skipif(not CONTRACT.exists(), reason="the contract lies outside of the repository")
def test_the_contract_with_clients_is_kept() -> None:
    assert list(broken(CONTRACT.read_text())) == []


def test_a_broken_contract_would_be_found() -> None:
    contract = """
      scalar Money
      type Viewer { feedHead: Int!, friends: Viewer, clients(first: Int!, color: String): ClientConnection! }
      enum ReferralStatus { PENDING LOST }
      union FeedMessage = AccessEnded | Referral
      input ReferralSetStatusInput { id: ID!, status: String!, note: String }
      type Note implements Node & Entity { id: ID! }
      interface Client { id: ID! }
    """
    assert set(broken(contract)) == {
        "Entity",
        "Money as GraphQLScalarType",
        "Viewer.feedHead: FeedCursor!, not Int!",
        "Viewer.friends",
        "Viewer.clients(color)",
        "ReferralStatus.LOST",
        "FeedMessage | Referral",
        "ReferralSetStatusInput(status): ReferralStatus!, not String!",
        "ReferralSetStatusInput(note)",
        "Note & Entity",
        "Client as GraphQLInterfaceType",
    }
