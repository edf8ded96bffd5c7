"""The tail: every event once, in order, without a gap, whatever happens to its connections and its server."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text

from models.base import Id
from models.database import Database, Row, Statement
from models.migrations import migrate
from server import postgres
from subscriptions.cursors import Mark
from subscriptions.tail import BATCH, Tail
from tests.waiting import until
from tests.world import World


class Ear:
    """Keeps what the tail tells."""

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.epochs: list[Id] = []

    def publish(self, events: list[Row]) -> None:
        self.positions += [event["position"] for event in events]

    def restart(self, epoch: Id, end: Mark) -> None:
        self.epochs.append(epoch)


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[tuple[Tail, Ear]]:
    ear = Ear()
    tail = Tail(database, ear)
    await tail.start()
    try:
        yield tail, ear
    finally:
        await tail.stop()


NUMBER = "select number_events()"
CUT = Statement(
    text(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
)
"""All connections to the database but the one that asks."""
WRITE = """
insert into events (action, subject_id, version, kind, record_id, topics, at)
select 'test', gen_random_uuid(), 1, 'user', gen_random_uuid(), '{}', now() from generate_series(1, $1)
"""


@pytest.mark.rule("XX1")
async def test_everything_is_told_once_and_in_order_also_in_batches(database: Database) -> None:
    async with listening(database) as (tail, ear):
        for count in (1, BATCH, BATCH + 1, 2 * BATCH):
            await database.pool.execute(WRITE, count)
            await database.pool.execute(NUMBER)
            tail.wake()
        head: int = await database.pool.fetchval("select head from log")
        await until(lambda: len(ear.positions) >= head, 60)
        assert ear.positions == list(range(1, head + 1))
        assert tail.end.position == head


@pytest.mark.rule("XX1")
async def test_a_lost_ring_costs_no_event(database: Database, world: World) -> None:
    start: int = await database.pool.fetchval(NUMBER)
    async with listening(database) as (tail, ear):
        await world.refer("helen")
        head: int = await database.pool.fetchval(NUMBER)
        await until(lambda: tail.end.position == head, 60)
        assert ear.positions == list(range(start + 1, head + 1))


async def test_a_gap_is_waited_for_and_not_told_over(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    async with listening(database) as (tail, ear):
        await database.pool.execute(WRITE, 3)
        await database.pool.execute("update events set position = id + 1 where id > (select min(id) from events)")
        tail.wake()
        await until(lambda: "positions 1 to" in caplog.text, 60)
        assert ear.positions == []
        await database.pool.execute("update events set position = null")
        head: int = await database.pool.fetchval(NUMBER)
        await until(lambda: tail.end.position == head, 60)
        assert ear.positions == list(range(1, head + 1))


@pytest.mark.rule("XX1")
async def test_another_log_is_noticed_and_told(database: Database) -> None:
    async with listening(database) as (tail, ear):
        await database.pool.execute(WRITE, 3)
        await database.pool.execute(NUMBER)
        await until(lambda: tail.end.position == 3, 60)
        await database.pool.execute("delete from events")
        await database.pool.execute("update log set epoch = gen_random_uuid(), head = 0")
        await until(lambda: len(ear.epochs) == 2, 60)
        await database.pool.execute(WRITE, 1)
        await database.pool.execute(NUMBER)
        await until(lambda: ear.positions == [1, 2, 3, 1], 60)


@pytest.mark.rule("XX1")
async def test_the_tail_goes_on_after_its_connections_are_cut(database: Database, world: World, dsn: str) -> None:
    start: int = await database.pool.fetchval(NUMBER)
    async with Database(dsn, size=2) as other, listening(other) as (tail, ear):
        for _ in range(3):
            await database.rows(CUT)
            await world.refer("helen")
            head: int = await database.pool.fetchval(NUMBER)
            tail.wake()
            await until(lambda head=head: tail.end.position == head, 60)  # type: ignore[misc]
        assert ear.positions == list(range(start + 1, head + 1))


@pytest.mark.rule("XX1")
async def test_the_tail_goes_on_after_the_database_was_restarted() -> None:
    # Not below pytest's own folder: each run of pytest closes that one to all but its own user.
    with tempfile.TemporaryDirectory(prefix="tail-", ignore_cleanup_errors=True) as folder:
        server = postgres.start(Path(folder) / "pg")
        address = postgres.dsn(server)
        try:
            await migrate(address)
            async with Database(address, size=2) as database, listening(database) as (tail, ear):
                await write(address)
                await until(lambda: tail.end.position == 1, 60)
                server.cleanup()
                tail.wake()
                server = postgres.start(Path(folder) / "pg")
                await write(address)
                await until(lambda: tail.end.position == 2, 60)
                assert ear.positions == [1, 2]
                assert len(ear.epochs) == 1
        finally:
            server.cleanup()


async def write(address: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(WRITE, 1)
    await connection.execute(NUMBER)
    await connection.close()
