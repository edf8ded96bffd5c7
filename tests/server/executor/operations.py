"""Operations at random over the whole schema: valid ones, which is all that executors ever see.

The response keys of a selection say what is behind them (`notes_2` are the notes with the document's second choice of
arguments), so that wherever selections merge they agree. Keys that say nothing (`x`) are given out by place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)  # fmt: skip

DEPTH = 9
FIELDS = 250
_NOTHING = object()
_NOBODY = "00000000-0000-4000-8000-000000000000"
_NUMBERS = [1, 2, 2, 3, 3, 4, 5, 7, 100, None]
_BAD_NUMBERS = [0, 101, -1, 2**31 - 1]
_TEXTS = [
    "",
    "a",
    "a",
    "an",
    "O",
    "%",
    "100%",
    "free_of",
    "\\",
    '"now"',
    "Ünser",
    "sam stone",
    "94133",
    "9",
    "00",
    None,
]


@dataclass(frozen=True, repr=False)
class Pool:
    """What there is, for arguments."""

    ids: Mapping[str, Sequence[str]]
    """By type."""
    seen: Mapping[str, Sequence[str]]
    """Those of them that the one who asks may see."""
    cursors: Mapping[str, Sequence[str]]
    """By the type of the connection."""


@dataclass(frozen=True)
class Operation:
    """An operation, and the variables that come with it."""

    text: str
    variables: dict[str, Any] | None
    name: str | None


class _Writer:
    def __init__(self, random: Random, schema: GraphQLSchema, pool: Pool) -> None:
        self._random = random
        self._schema = schema
        self._pool = pool
        self.size = random.choice([20, 100, FIELDS])
        self._careless = random.random() < 0.25
        """Whether arguments may be refused."""
        self._fragments: list[tuple[str, GraphQLNamedType, str]] = []
        self._variables: list[tuple[str, str, str]] = []
        self.values: dict[str, Any] = {}
        self._arguments: dict[tuple[str, str], list[str]] = {}
        self._keys: dict[tuple[str, str], tuple[str, str, str]] = {}
        """By place and key, the type, field and arguments."""

    def _one_of(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    def _chance(self, percent: int) -> bool:
        return self._random.random() < percent / 100

    # Selections

    def selection(self, kind: Any, path: str | None, size: int, depth: int = 1, rows: int = 1) -> str:
        """Of about so many fields; in a field of as many that is so deep down and may be there so many times."""
        count = self._random.randint(1, max(1, min(6, size // 2)))
        parts = [self._part(kind, path, (size - count) // count, depth, rows) for _ in range(count)]
        return "{ " + " ".join(parts) + " }"

    def _part(self, kind: Any, path: str | None, size: int, depth: int, rows: int) -> str:
        if self._chance(8):
            return f"{self._one_of(['', '_t: '])}__typename{self._directive()}"
        if size > 1 and self._chance(70 if is_abstract_type(kind) else 15):
            condition = self._one_of([None, *self._conditions(kind)])
            on = "" if condition is None else f" on {condition.name}"
            inner = self.selection(condition or kind, path, size, depth, rows)
            return f"...{on}{self._directive()} {inner}"
        if size > 1 and self._chance(12):
            return f"...{self._fragment(kind, size, depth, rows)}{self._directive()}"
        return self._field(kind, path, size, depth, rows)

    def _conditions(self, kind: Any) -> list[Any]:
        if is_abstract_type(kind):
            return [*self._schema.get_possible_types(kind), *([kind] if kind.name == "Node" else [])]
        return [kind, *kind.interfaces]

    def _fragment(self, kind: Any, size: int, depth: int, rows: int) -> str:
        fitting = [name for name, on, _ in self._fragments if on in self._conditions(kind)]
        if fitting and self._chance(60):
            return str(self._one_of(fitting))
        on = self._one_of(self._conditions(kind))
        # It may be spread in other places, too, so nothing is said about where it is.
        body = self.selection(on, None, size, depth + 1, rows * 4)
        name = f"F{len(self._fragments)}"
        self._fragments.append((name, on, body))
        return name

    def _field(self, kind: Any, path: str | None, size: int, depth: int, rows: int) -> str:
        fields = kind.fields if hasattr(kind, "fields") else {}
        leaves = [name for name, field in fields.items() if is_leaf_type(get_named_type(field.type))]
        others = [name for name in fields if name not in leaves] if depth < DEPTH and size > 0 else []
        if not leaves and not others:
            return "__typename"
        name = self._one_of(others if others and (not leaves or self._chance(70)) else leaves)
        if kind.name == "Query" and self._chance(40):
            name = "viewer"
        key, name, given = self._key(kind, path, name, rows)
        field = fields[name]
        inner: Any = get_named_type(field.type)
        text = f"{'' if key == name else f'{key}: '}{name}{given}{self._directive()}"
        if is_leaf_type(inner):
            return text
        below = None if path is None else f"{path}.{key}"
        more = 4 if inner.name.endswith("Connection") else 1
        return f"{text} {self.selection(inner, below, size, depth + 1, rows * more)}"

    def _key(self, kind: Any, path: str | None, name: str, rows: int) -> tuple[str, str, str]:
        """A response key, and the field and arguments that are behind it."""
        chosen = self._arguments.setdefault((kind.name, name), [])
        if not chosen or self._chance(30):
            chosen.append(self._given(kind.fields[name], rows))
        number = self._random.randint(0, len(chosen) - 1)
        given = chosen[number]
        key = f"{name}_{number}" if number or self._chance(20) else name
        if path is not None and self._chance(30):
            key = self._one_of(["x", "y", "id", "name"])
        if path is None:
            return key, name, given
        on, asked, arguments = self._keys.setdefault((path, key), (kind.name, name, given))
        return (key, asked, arguments) if on == kind.name else (f"{name}_{number}", name, given)

    def _directive(self) -> str:
        if not self._chance(10):
            return ""
        on = self._one_of(["true", "false", "variable"])
        if on == "variable":
            value = self._chance(50)
            on = self._variable("Boolean!", value) if self._chance(50) else self._variable("Boolean", value, "true")
        return f" @{self._one_of(['skip', 'include'])}(if: {on})"

    # Arguments

    def _given(self, field: GraphQLField, rows: int) -> str:
        given = {}
        backward = self._chance(30)
        for name, argument in field.args.items():
            against = name in (("first", "after") if backward else ("last", "before"))
            needed = isinstance(argument.type, GraphQLNonNull)
            if (
                needed
                or (name == "first" and rows > 16)
                or self._chance((10 if self._careless else 0) if against else 35)
            ):
                given[name] = self._argument(field, name, argument, rows)
        return "(" + ", ".join(f"{name}: {value}" for name, value in given.items()) + ")" if given else ""

    def _argument(self, field: GraphQLField, name: str, argument: GraphQLArgument, rows: int) -> str:
        if name in ("first", "last") and rows > 16:
            return str(self._one_of([1, 2, 3]))
        value = self._value(argument.type, name, get_named_type(field.type).name)
        if self._chance(40):
            return self._passed(str(argument.type), value)
        return self._literal(argument.type, value)

    def _passed(self, kind: str, value: Any) -> str:
        """A variable of a type that fits, given, left out, or with a default."""
        if kind.endswith("!"):
            return self._variable(kind, value)
        match self._random.randint(0, 3):
            case 0 if value is not None:
                return self._variable(f"{kind}!", value)
            case 1:
                return self._variable(kind, _NOTHING)
            case 2:
                return self._variable(kind, self._one_of([value, None, _NOTHING]), "null")
        return self._variable(kind, value)

    def _variable(self, kind: str, value: Any, default: str | None = None) -> str:
        if default is not None and self._chance(30):
            value = _NOTHING
        known = [name for name, other, _ in self._variables if other == kind]
        if known and self._chance(30):
            return f"${self._one_of(known)}"
        name = f"v{len(self._variables)}"
        self._variables.append((name, kind, "" if default is None else f" = {default}"))
        if value is not _NOTHING:
            self.values[name] = value
        return f"${name}"

    def _value(self, kind: Any, name: str, of: str) -> Any:
        """A value of this type, in its JSON form; now and then one that is refused."""
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if bare is kind and name not in ("first", "last") and self._chance(8):
            return None
        if isinstance(bare, GraphQLList):
            values = [self._value(bare.of_type, name, of) for _ in range(self._random.randint(0, 3))]
            return values[0] if len(values) == 1 and self._chance(50) else values
        if isinstance(bare, GraphQLInputObjectType):
            fields = list(bare.fields.items())
            if bare.is_one_of:
                asked = [self._one_of(fields)]
            else:
                asked = [item for item in fields if isinstance(item[1].type, GraphQLNonNull) or self._chance(40)]
            return {field_name: self._value(field.type, field_name, of) for field_name, field in asked}
        if isinstance(bare, GraphQLEnumType):
            return self._one_of(list(bare.values))
        if bare.name == "ID":
            return self._id({"clientId": "Client", "programId": "Program"}.get(name, of))
        if bare.name == "Int":
            return self._one_of(_BAD_NUMBERS if self._careless and self._chance(20) else _NUMBERS)
        if name in ("after", "before"):
            cursors = self._pool.cursors.get(of, ())
            return self._one_of(["nonsense", "bnVsbA"] if self._careless and self._chance(20) else ["", *cursors])
        if bare.name == "Boolean":
            return self._one_of([True, False])
        if bare.name == "Date":
            return self._one_of(["2020-02-29", "2026-01-01", "2999-12-31"])
        texts = _TEXTS if bare is kind else [text for text in _TEXTS if text is not None]
        return self._one_of(["\0", "\ud800"] if self._careless and self._chance(20) else texts)

    def _id(self, of: str) -> str:
        among = self._pool.seen if self._chance(80) else self._pool.ids
        everything = [id for ids in among.values() for id in ids] or [_NOBODY]
        if self._chance(5):
            return str(self._one_of([_NOBODY, "", "nonsense", everything[0].upper(), f" {everything[0]}", "5"]))
        return str(self._one_of(among.get(of) or everything))

    def _literal(self, kind: Any, value: Any) -> str:
        bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        if isinstance(value, list):
            return "[" + ", ".join(self._literal(bare.of_type, item) for item in value) + "]"
        if isinstance(bare, GraphQLList) and value is not None:
            return self._literal(bare.of_type, value)
        if isinstance(value, dict):
            items = [
                f"{name}: {self._passed(str(bare.fields[name].type), item)}"
                if self._chance(20)
                else f"{name}: {self._literal(bare.fields[name].type, item)}"
                for name, item in value.items()
            ]
            return "{" + ", ".join(items) + "}"
        return str(value) if isinstance(bare, GraphQLEnumType) and value is not None else json.dumps(value)

    # The whole

    def document(self, root: str, selection: str) -> str:
        fragments = [f"fragment {name} on {on} {body}" for name, on, body in self._fragments]
        text = "\n".join([selection, *fragments])
        used = [v for v in self._variables if re.search(rf"\${v[0]}\b", text)]
        variables = ", ".join(f"${name}: {kind}{default}" for name, kind, default in used)
        return f"{root} Q{f'({variables})' if variables else ''} {text}"


def query(random: Random, schema: GraphQLSchema, pool: Pool) -> Operation:
    """A query."""
    writer = _Writer(random, schema, pool)
    assert schema.query_type is not None
    text = writer.document("query", writer.selection(schema.query_type, "", writer.size))
    if random.random() < 0.1:
        # Variables belong to an operation: of the same name, but of another type.
        text += (
            "\nquery Other($v0: [ReferralStatus!]) { viewer { inboundReferrals(filter: {status: $v0}) { totalCount }}}"
        )
    return Operation(text, writer.values or None, "Q")


def subscription(random: Random, schema: GraphQLSchema, pool: Pool) -> Operation:
    """A subscription to the feed."""
    writer = _Writer(random, schema, pool)
    assert schema.subscription_type is not None
    feed = get_named_type(schema.subscription_type.fields["feed"].type)
    text = writer.document("subscription", "{ feed " + writer.selection(feed, "", writer.size) + " }")
    return Operation(text, writer.values or None, "Q")
