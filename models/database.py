"""PostgreSQL: statements written with SQLAlchemy, compiled once, run by asyncpg as prepared statements.

Rows are asyncpg records, UUIDs and enums are text, jsonb is Python data. There is no ORM session: nothing loads
behind the reader's back, and a read costs what its SQL costs (docs/decisions/0001-core-statements-on-asyncpg.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol, cast

import asyncpg
import orjson
from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import ClauseElement, bindparam

from models.base import Base, Id
from models.connections import Connections

Record = asyncpg.Record

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 35.0
"""Longer than PostgreSQL takes to give up a statement: a connection that is silent for so long is let go of."""

AWAY = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    # Of a connection that was told of its end and has not ended yet.
    asyncpg.InternalClientError,
)
"""What the driver raises when the database is not there for us; it passes, unlike a mistake of ours."""


class Row(Protocol):
    """A row as it is read: values by the names of its columns, or by their number."""

    def __getitem__(self, name: Any, /) -> Any:
        """The value of a column."""

    def __iter__(self) -> Iterator[Any]: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""


_dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Statement:
    """A statement with named parameters, compiled to the driver's SQL the first time it runs."""

    __slots__ = ("_clause", "_defaults", "_names", "sql")

    def __init__(self, clause: ClauseElement) -> None:
        self._clause: ClauseElement | None = clause
        self.sql = ""

    def arguments(self, parameters: dict[str, Any]) -> list[Any]:
        """The driver's arguments; a parameter that is not given must have a value in the statement."""
        if self._clause is not None:
            compiled: Any = self._clause.compile(dialect=_dialect, compile_kwargs={"render_postcompile": True})
            self.sql = str(compiled)
            self._names: list[str] = list(compiled.positiontup or ())
            self._defaults: dict[str, Any] = {
                name: value for name, value in compiled.params.items() if not compiled.binds[name].required
            }
            self._clause = None
        defaults = self._defaults
        return [parameters[name] if name in parameters else defaults[name] for name in self._names]


class Reads:
    """What can be asked of a connection, inside a transaction or outside."""

    async def rows(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """All rows that the statement answers."""
        raise NotImplementedError

    async def row(self, statement: Statement, /, **parameters: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.rows(statement, **parameters)
        return rows[0] if rows else None

    async def value(self, statement: Statement, /, **parameters: Any) -> Any:
        """The first column of the first row, or None."""
        row = await self.row(statement, **parameters)
        return None if row is None else row[0]


class Transaction(Reads):
    """One transaction on one connection. Whoever opened it commits it; nobody below does."""

    def __init__(self, connection: asyncpg.Connection[Record]) -> None:
        self.connection = connection
        self.recorded_events = False

    async def rows(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """All rows that the statement answers."""
        arguments = statement.arguments(parameters)
        rows: list[Any] = await self.connection.fetch(statement.sql, *arguments)
        return rows

    async def insert(self, table: type[Base], /, **values: Any) -> None:
        """Insert one row."""
        await self.rows(_insert(table, tuple(values)), **values)

    async def insert_many(self, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows that all have the same columns."""
        if len(rows) == 1:
            # One is the common case, and costs half as much by itself.
            await self.insert(table, **rows[0])
        elif rows:
            statement = _insert(table, tuple(rows[0]))
            arguments = [statement.arguments(row) for row in rows]
            await self.connection.executemany(statement.sql, arguments)

    async def update(self, table: type[Base], id: str, /, **values: Any) -> None:
        """Change the row with this id."""
        await self.rows(
            _update(table, tuple(values)), id=id, **{f"new_{name}": value for name, value in values.items()}
        )


class Database(Reads):
    """The pool of connections of this process."""

    def __init__(self, dsn: str, *, size: int = 10, on_events: Callable[[], None] = lambda: None) -> None:
        self.dsn = dsn
        self.size = size
        self.on_events = on_events
        """Called after the commit of a transaction that recorded events."""
        self._pool: asyncpg.Pool[Record] | None = None
        self._connections: Connections

    async def start(self) -> None:
        """Open the pool."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=1,
            # `Connections` takes half of it at most; the rest is for whoever uses the pool itself.
            max_size=2 * self.size,
            connection_class=_Connection,
            init=_prepare,
            max_inactive_connection_lifetime=300,
            statement_cache_size=1000,
            max_cached_statement_lifetime=0,
            timeout=CONNECT_SECONDS,
            command_timeout=ANSWER_SECONDS,
            server_settings={
                "application_name": "throughline",
                "statement_timeout": "30s",
                "idle_in_transaction_session_timeout": "30s",
                "jit": "off",
                "timezone": "UTC",
                # Our statements are few and prepared; planning the larger ones anew costs more than running them.
                "plan_cache_mode": "force_generic_plan",
            },
        )
        self._connections = Connections(self._pool, self.size)

    async def stop(self) -> None:
        """Close the pool; connections still at work are given five seconds."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            await self._connections.close()
            try:
                await asyncio.wait_for(pool.close(), 5)
            except TimeoutError:
                pool.terminate()

    async def __aenter__(self) -> Database:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    @property
    def pool(self) -> asyncpg.Pool[Record]:
        """The open pool."""
        assert self._pool is not None, "the database is not started"
        return self._pool

    async def rows(self, statement: Statement, /, **parameters: Any) -> list[Row]:
        """All rows that the statement answers, on a connection of its own."""
        arguments = statement.arguments(parameters)
        connection = await self._connections.take()
        try:
            rows: list[Any] = await connection.fetch(statement.sql, *arguments)
        except BaseException:
            await self._connections.give_up(connection)
            raise
        self._connections.put_back(connection)
        return rows

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A READ COMMITTED transaction, committed at the end of the block, rolled back when it raises."""
        connection = await self._connections.take()
        try:
            async with connection.transaction():
                transaction = Transaction(cast("asyncpg.Connection[Record]", connection))
                yield transaction
        except BaseException:
            await self._connections.give_up(connection)
            raise
        self._connections.put_back(connection)
        if transaction.recorded_events:
            self.on_events()


class _Connection(asyncpg.Connection):
    def get_reset_query(self) -> str:
        # The pool would send a round of resets after each use; we leave no session state to reset.
        return ""


_UUIDS_OID = 2951


async def _prepare(connection: asyncpg.Connection[Record]) -> None:
    await connection.set_builtin_type_codec("uuid", schema="pg_catalog", codec_name="text", format="text")
    # The driver looks at each id of a list several times, which took a seventh of a dashboard's time; as one text it is
    # written at once. `set_type_codec` does the same, but takes no arrays.
    settings: Any = cast("Any", connection)._protocol.get_settings()
    settings.add_python_codec(_UUIDS_OID, "_uuid", "pg_catalog", [], "scalar", _write_ids, _read_ids, "text")
    # The driver's own way to a time, by a difference of days, takes four times as long.
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=str, decoder=datetime.fromisoformat, format="text"
    )
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_encode_json,
        decoder=orjson.loads,
        format="text",
    )


def written(ids: Iterable[Id]) -> str:
    """A list of ids as text, which statements take as well: for lists that are given to many."""
    return f"{{{','.join(ids)}}}"


def _write_ids(ids: Iterable[Id] | str) -> str:
    return ids if isinstance(ids, str) else written(ids)


def _read_ids(text: str) -> list[str]:
    return text[1:-1].split(",") if len(text) > 2 else []


def _encode_json(value: Any) -> str:
    # pgqueuer hands over JSON that is text already; we never keep a bare string.
    return value if isinstance(value, str) else orjson.dumps(value).decode()


_writes: dict[tuple[str, type[Base], tuple[str, ...]], Statement] = {}


def _insert(table: type[Base], columns: tuple[str, ...]) -> Statement:
    key = ("insert", table, columns)
    if key not in _writes:
        _writes[key] = Statement(insert(table).values({name: bindparam(name) for name in columns}))
    return _writes[key]


def _update(table: type[Base], columns: tuple[str, ...]) -> Statement:
    key = ("update", table, columns)
    if key not in _writes:
        primary: Any = table.__table__.c.id
        changes: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
        _writes[key] = Statement(update(table).where(primary == bindparam("id")).values(changes))
    return _writes[key]
