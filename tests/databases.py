"""Databases for tests: copies of a migrated template, made for one test, or kept and given back as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from models.base import new_id
from models.migrations import migrate

TEMPLATE = "throughline_template"
USES = 100
"""What is deleted stays in the files of its tables: after so many tests, a new database costs less."""

# A table whose file is empty has no rows, and is not opened for that.
_TOUCHED = """
select array_agg(oid::regclass::text) from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0
"""
# A script is one transaction. In this one rows come and go, whatever refers to them.
_IN_ANY_ORDER = "set local session_replication_role = replica;"
# Whatever changes the shape of a database, or what is known of its tables, leaves a row in one of these, or takes one.
_CATALOGS = "class", "attribute", "constraint", "depend", "enum", "proc", "sequence", "statistic", "trigger", "type"
# What is generated comes by itself.
_COLUMNS = """
select string_agg(quote_ident(attname), ', ') from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
"""
_ROWS = """
select format('insert into {table} ({columns}) select {columns} from unnest(%L::{table}[]);', array_agg(t))
from {table} as t having count(*) > 0
"""
_NUMBERS = """
select format('select setval(%L, %s, %L);', format('%I.%I', schemaname, sequencename),
    coalesce(last_value, start_value), last_value is not null)
from pg_sequences
"""


async def make_template(server_dsn: str, template_dsn: str) -> None:
    """Migrate the template, once a run, on a server that is made to forget at a power cut."""
    connection = await asyncpg.connect(server_dsn)
    try:
        if await connection.fetchval("select 1 from pg_database where datname = $1", TEMPLATE):
            return
        # Without autovacuum, statistics are what a test makes them: how it is run depends on no other.
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            await connection.execute(f"alter system set {setting} = off")
        await connection.execute("select pg_reload_conf()")
        await connection.execute(f"create database {TEMPLATE}")
        await migrate(template_dsn)
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(server_dsn: str, template: str = TEMPLATE) -> AsyncIterator[str]:
    """A database of its own, dropped at the end; a copy of one to which nobody is connected."""
    name = _new_name()
    connection = await asyncpg.connect(server_dsn)
    try:
        await connection.execute(f"create database {name} template {template} strategy file_copy")
        yield _address(server_dsn, name)
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()


async def snapshot(dsn: str) -> str:
    """The script that gives another database of this shape the rows and the sequences of this one."""
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetchval(_TOUCHED)
        deletes = [f"delete from {table};" for table in tables]
        rows = []
        for table in tables:
            columns = await connection.fetchval(_COLUMNS, table)
            rows.append(await connection.fetchval(_ROWS.format(table=table, columns=columns)))
        numbers = [row[0] for row in await connection.fetch(_NUMBERS)]
    finally:
        await connection.close()
    return "".join([_IN_ANY_ORDER, *deletes, *filter(None, rows), *numbers])


class Kept:
    """The database that a worker keeps: lent to one test after the other, under a new name each time.

    After each test its rows and sequences are set back. Where it is not the template then, row by row and down to the
    catalogs, because the test changed its shape, it is dropped, and the next test gets another one.
    """

    def __init__(self, server_dsn: str) -> None:
        self._server_dsn = server_dsn
        self._name: str | None = None
        self._uses = 0
        self._back = ""
        self._state: list[str] = []

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[str]:
        """Lend it to one test; nobody is connected, and nobody who knew it before finds it."""
        admin = await asyncpg.connect(self._server_dsn)
        try:
            name = self._name or await self._make(admin)
            self._name = None
            yield _address(self._server_dsn, name)
            self._uses += 1
            with suppress(asyncpg.PostgresError):
                if self._uses < USES and await self._clean(admin, name):
                    other = _new_name()
                    await admin.execute(f"alter database {name} rename to {other}")
                    self._name = other
            if self._name is None:
                await admin.execute(f"drop database {name} with (force)")
        finally:
            await admin.close()

    async def _make(self, admin: asyncpg.Connection[asyncpg.Record]) -> str:
        name = _new_name()
        await admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
        address = _address(self._server_dsn, name)
        self._uses, self._back = 0, await snapshot(address)
        connection = await asyncpg.connect(address)
        try:
            touched = await connection.fetchval(_TOUCHED)
            self._state = await look(connection, touched)
        finally:
            await connection.close()
        await _leave_alone(admin, name)
        return name

    async def _clean(self, admin: asyncpg.Connection[asyncpg.Record], name: str) -> bool:
        """Set it back; whether it is as it was made, and nobody is connected."""
        await _leave_alone(admin, name)
        connection = await asyncpg.connect(_address(self._server_dsn, name))
        try:
            touched = await connection.fetchval(_TOUCHED)
            deletes = "".join(f"delete from {table};" for table in touched)
            await connection.execute(f"{_IN_ANY_ORDER} {deletes} {self._back}")
            state = await look(connection, touched)
        finally:
            await connection.close()
        await _leave_alone(admin, name)
        return state == self._state


async def look(connection: asyncpg.Connection[asyncpg.Record], tables: list[str]) -> list[str]:
    """All rows of the tables, the sequences, and of each catalog how many rows it has and which one is newest."""
    looks = [f"select concat_ws(' ', '{table}', t) from {table} as t" for table in tables]
    looks += [
        f"select concat_ws(' ', '{catalog}', count(*), max(xmin::text::bigint)) from pg_{catalog}"
        for catalog in _CATALOGS
    ]
    looks.append("select concat_ws(' ', sequencename, last_value) from pg_sequences")
    looks.append("select concat_ws(' ', 'statistics', sum(relpages), sum(reltuples)) from pg_class")
    looks.append("select concat_ws(' ', 'setting', setdatabase, setrole, setconfig) from pg_db_role_setting")
    return sorted(row[0] for row in await connection.fetch(" union all ".join(looks)))


async def _leave_alone(admin: asyncpg.Connection[asyncpg.Record], name: str) -> None:
    """Cut who is connected to it, and wait until they are gone."""
    cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = $1"
    async with asyncio.timeout(10):
        while await admin.fetchval(cut, name):
            await asyncio.sleep(0.002)


def _new_name() -> str:
    return f"t_{new_id().replace('-', '')}"


def _address(server_dsn: str, name: str) -> str:
    return server_dsn.replace("/postgres?", f"/{name}?")
