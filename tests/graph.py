"""The API without a server: operations of the real schema, answered as a client would read them.

`ask` is for queries, `do` for mutations that must succeed, `refused` for those that must not; `statements` holds the
reads of the last query. A conftest takes the fixture by `from tests.graph import graph as graph`.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
import pytest
from graphql import GraphQLError, GraphQLObjectType, get_named_type

from models.base import Id
from models.database import Database, Row, Statement, Transaction
from models.people import Permission
from policies import uploads
from policies.actors import Actor
from policies.actors import actor as read_actor
from policies.signing import Signer
from schema.context import Context, Credentials, Services
from server.documents import Documents, is_mutation
from server.execution import as_json, run
from server.schema import build
from tests.world import World
from workflows import people
from workflows.sessions import SignedIn

SIGNER = Signer("a secret for tests")
_SCHEMA = build()
_DOCUMENTS = Documents(_SCHEMA)
_SHOWN = ("id", "version", "status", "body")


class ProtocolError(AssertionError):
    """The answer has errors at its top."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


class Refused(NamedTuple):
    """The one entry of a payload's `userErrors`."""

    code: str
    field: list[str] | None
    message: str


class Watched(Database):
    """The test's database, which remembers the statements that it was asked."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.dsn)
        self._pool, self._connections = database.pool, database._connections
        self.statements: list[str] = []

    async def rows(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        statement.arguments(parameters)
        self.statements.append(statement.sql)
        return await super().rows(statement, **parameters)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.statements.append("begin")
        async with super().transaction() as transaction:
            yield transaction


class Graph:
    """Answers operations; `people` are the ids of those who may ask, by name."""

    def __init__(self, database: Database, people: Mapping[str, Id]) -> None:
        self.database = Watched(database)
        self.people = people
        self._services = Services(
            self.database, _issue_token, lambda upload: f"/images/upload/{uploads.token(SIGNER, upload)}"
        )

    @property
    def statements(self) -> list[str]:
        """The reads that were made."""
        return self.database.statements

    async def answer(self, who: str | Actor | None, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        """The whole answer. An error that nobody foresaw is raised: no test expects one."""
        document = _DOCUMENTS.get(text)
        if document.errors:
            raise ProtocolError([dict(error.formatted) for error in document.errors])
        operation = document.operation(None)
        assert operation is not None
        result = await run(_SCHEMA, document, await self._context(who, mutates=is_mutation(operation)), variables, None)
        for error in result.errors or ():
            if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
                raise error.original_error
        answered: dict[str, Any] = orjson.loads(as_json(result))
        return answered

    async def ask(self, who: str | Actor | None, query: str, /, **variables: Any) -> Any:
        """The data that the operation answers; raises ProtocolError where it has errors."""
        answered = await self.answer(who, query, variables)
        if "errors" in answered:
            raise ProtocolError(answered["errors"])
        return answered["data"]

    async def payload(self, who: str | Actor | None, name: str, show: str = "", /, **input: Any) -> dict[str, Any]:
        """What the mutation answers, with its `userErrors`."""
        assert _SCHEMA.mutation_type is not None
        field = _SCHEMA.mutation_type.fields[name]
        selection = show or _selection(get_named_type(field.type))
        text = (
            f"mutation($input: {field.args['input'].type}) {{ {name}(input: $input) "
            f"{{ {selection} userErrors {{ code field message }} }} }}"
        )
        data = await self.ask(who, text, input=input)
        payload: dict[str, Any] = data[name]
        return payload

    async def do(self, who: str | Actor | None, name: str, show: str = "", /, **input: Any) -> dict[str, Any]:
        """What the mutation answers; it must not refuse."""
        payload = await self.payload(who, name, show, **input)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload

    async def refused(self, who: str | Actor | None, name: str, /, **input: Any) -> Refused:
        """Why the mutation was refused; it must be, with nothing to show but the error."""
        payload = await self.payload(who, name, **input)
        assert len(payload["userErrors"]) == 1, payload
        return Refused(**payload["userErrors"][0])

    async def _context(self, who: str | Actor | None, *, mutates: bool) -> Context:
        user_id = self.people[who] if isinstance(who, str) else None if who is None else who.id
        if user_id is None:
            return Context(self._services, None)
        credentials = Credentials(user_id, None, time.time() + 60)
        if mutates:
            # It reads its actor inside its own transaction.
            return Context(self._services, None, credentials)
        actor = who if isinstance(who, Actor) else await read_actor(self.database, user_id)
        self.statements.clear()
        return Context(self._services, actor, credentials)


def _selection(payload: Any) -> str:
    """The plain fields of each record in a payload."""
    parts = []
    for name, field in payload.fields.items():
        kind = get_named_type(field.type)
        if name != "userErrors" and isinstance(kind, GraphQLObjectType):
            parts.append(f"{name} {{ {' '.join(n for n in _SHOWN if n in kind.fields)} }}")
    return " ".join(parts)


def _issue_token(signed_in: SignedIn) -> tuple[str, float]:
    return f"token of {signed_in.user_id}", time.time() + 60


@pytest.fixture
def graph(world: World) -> Graph:
    """The API over the test's world."""
    return Graph(world.database, world.people)


async def hire(world: World, name: str, organization_id: Id, *permissions: Permission, last_name: str = "New") -> None:
    """Add a person to the world: a member of the organization, in a role of their own."""
    async with world.database.transaction() as tx:
        world.people[name] = await people.register(
            tx, email=f"{name}@example.test", first_name=name.title(), last_name=last_name
        )
        role = await people.add_role(tx, organization_id=organization_id, name=name, permissions=list(permissions))
        world.memberships[name] = await people.join(
            tx, None, user_id=world.people[name], organization_id=organization_id, role_ids=[role]
        )


async def everything(database: Database) -> dict[str, str]:
    """What every table holds, to see whether anything changed."""
    names = "select tablename from pg_tables where schemaname = 'public' order by tablename"
    rows = "select coalesce(string_agg(t::text, chr(10) order by t::text), '') from {} t"
    return {row[0]: await database.pool.fetchval(rows.format(row[0])) for row in await database.pool.fetch(names)}
