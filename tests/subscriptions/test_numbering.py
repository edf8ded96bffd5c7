"""Numbering: whatever is committed gets its position soon, whoever is still alive."""

import asyncio
import time

import pytest

from models.database import Database
from subscriptions.numbering import POLL, Numbering
from tests.subscriptions.test_tail import CUT
from tests.world import World


class Bell:
    """Counts how often it is rung."""

    def __init__(self) -> None:
        self.rings = 0
        self.rung = asyncio.Event()

    async def __call__(self) -> None:
        self.rings += 1
        self.rung.set()


async def unnumbered(database: Database) -> int:
    count: int = await database.pool.fetchval("select count(*) from events where position is null")
    return count


async def all_numbered(database: Database, seconds: float = 30) -> None:
    """Wait until everything is."""
    deadline = time.monotonic() + seconds
    while await unnumbered(database):
        assert time.monotonic() < deadline, "events wait for their positions"
        await asyncio.sleep(0.01)


@pytest.mark.rule("XX1")
async def test_what_a_killed_process_left_is_numbered_by_another(database: Database, world: World) -> None:
    """The world's commits wake nobody, like those of a process that ends right after them."""
    bell = Bell()
    numbering = Numbering(database, bell)
    numbering.start()
    try:
        await all_numbered(database)
        bell.rung.clear()
        await world.refer("helen")
        assert await unnumbered(database) > 0
        await all_numbered(database, 10 * POLL)
        await asyncio.wait_for(bell.rung.wait(), 30)
    finally:
        await numbering.stop()


async def test_calls_that_come_together_are_answered_together(database: Database, world: World) -> None:
    bell = Bell()
    numbering = Numbering(database, bell)
    database.on_events = numbering.wake
    numbering.start()
    try:
        await asyncio.gather(*(world.refer("helen") for _ in range(5)))
        await all_numbered(database)
    finally:
        await numbering.stop()
    assert 1 <= bell.rings <= 6


@pytest.mark.rule("XX1")
async def test_numbering_goes_on_after_its_connections_are_cut(database: Database, world: World, dsn: str) -> None:
    async with Database(dsn, size=2) as other:
        bell = Bell()
        numbering = Numbering(other, bell)
        numbering.start()
        try:
            await all_numbered(database)
            for _ in range(3):
                await cut(database)
                await world.refer("helen")
                numbering.wake()
                await all_numbered(database)
        finally:
            await numbering.stop()


async def cut(database: Database) -> None:
    """Cut all connections to this database, as an operator would."""
    await database.rows(CUT)
