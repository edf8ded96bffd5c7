"""Connections are lent, taken back, and mended, and nobody waits in vain."""

import asyncio
import os
import signal

import asyncpg
import pytest
from sqlalchemy import text

from models import connections
from models.database import Database, Statement

NOW = Statement(text("select pg_backend_pid()"))
SLOW = Statement(text("select pg_sleep(5)"))
WRONG = Statement(text("select 1 / 0"))


async def test_few_connections_serve_many(dsn: str) -> None:
    async with Database(dsn, size=2) as database:
        rows = await asyncio.gather(*(database.value(NOW) for _ in range(20)))
        assert len(set(rows)) <= 2


async def test_a_failed_or_cancelled_statement_costs_no_connection(dsn: str) -> None:
    async with Database(dsn, size=1) as database:
        for _ in range(3):
            with pytest.raises(asyncpg.DivisionByZeroError):
                await database.rows(WRONG)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await database.rows(SLOW)
        assert await database.value(NOW)


async def test_whoever_stops_waiting_takes_nobody_s_turn(dsn: str) -> None:
    async with Database(dsn, size=1) as database:
        async with database.transaction():
            waiting = [asyncio.create_task(database.value(NOW)) for _ in range(5)]
            await asyncio.sleep(0.05)
            waiting[0].cancel()
        waiting[2].cancel()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in found] == [True, False, True, False, False]
        assert await database.value(NOW)


async def test_nobody_waits_for_ever_for_a_connection(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.2)
    async with Database(dsn, size=1) as database:
        async with database.transaction():
            for _ in range(3):
                with pytest.raises(TimeoutError):
                    await database.value(NOW)
        assert await database.value(NOW)


async def test_nobody_waits_for_ever_for_a_pool_that_is_dry(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WAIT_SECONDS", 0.2)
    async with Database(dsn, size=1) as database:
        lent = [await database.pool.acquire() for _ in range(2 * database.size)]
        with pytest.raises(TimeoutError):
            await database.value(NOW)
        for connection in lent:
            await database.pool.release(connection)
        assert await database.value(NOW)


async def test_a_statement_that_cannot_be_given_up_is_not_waited_for(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "RELEASE_SECONDS", 0.2)
    async with Database(dsn, size=1) as database:
        silent = await database.value(NOW)
        os.kill(silent, signal.SIGSTOP)
        try:
            async with asyncio.timeout(10):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.05):
                        await database.value(NOW)
                assert await database.value(NOW) != silent
        finally:
            os.kill(silent, signal.SIGCONT)


async def test_a_connection_that_was_cut_is_replaced(dsn: str) -> None:
    async with Database(dsn, size=1) as database:
        pid = await database.value(NOW)
        await database.pool.execute("select pg_terminate_backend($1)", pid)
        await asyncio.sleep(0.2)
        assert await database.value(NOW) != pid


async def test_nobody_waits_for_a_database_that_is_closing(dsn: str) -> None:
    async with asyncio.timeout(4):
        async with Database(dsn, size=1) as database:
            slow = asyncio.create_task(database.rows(Statement(text("select pg_sleep(0.5)"))))
            await asyncio.sleep(0.1)
            waiting = asyncio.create_task(database.value(NOW))
            await asyncio.sleep(0.1)
        await asyncio.gather(slow, waiting, return_exceptions=True)
        with pytest.raises(asyncpg.InterfaceError):
            await database.value(NOW)
