"""Numbering: positions are contiguous and follow commits."""

import asyncio

import asyncpg

from models.database import Database
from tests.world import World


async def test_positions_are_contiguous_under_concurrent_commits(database: Database, world: World) -> None:
    async def write() -> None:
        for _ in range(5):
            await world.refer()
            await database.pool.fetchval("select number_events()")

    await asyncio.gather(*(write() for _ in range(6)))
    positions = [row[0] for row in await database.pool.fetch("select position from events order by position")]
    assert positions == list(range(1, len(positions) + 1))
    assert await database.pool.fetchval("select head from log") == len(positions)


async def test_an_event_that_commits_late_gets_a_later_position(database: Database, world: World, dsn: str) -> None:
    slow = await asyncpg.connect(dsn)
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(
        "insert into events (action, subject_id, version, kind, record_id, topics, at)"
        " values ('slow', gen_random_uuid(), 1, 'user', gen_random_uuid(), '{}', now())"
    )
    await world.refer()
    head = await database.pool.fetchval("select number_events()")
    await transaction.commit()
    await slow.close()
    assert await database.pool.fetchval("select number_events()") == head + 1
    assert await database.pool.fetchval("select position from events where action = 'slow'") == head + 1
