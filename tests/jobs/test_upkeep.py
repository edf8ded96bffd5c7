"""Upkeep drops what nobody will ask for any more, and nothing else."""

from datetime import timedelta

from jobs.upkeep import tidy
from models.database import Database
from tests.world import World
from workflows import clock, idempotency


async def test_old_idempotency_keys_are_forgotten(database: Database, world: World) -> None:
    for key in ("old", "young"):
        async with database.transaction() as tx:
            await idempotency.claim(tx, world.people["helen"], key, "a request")
        clock.move(timedelta(days=1, hours=12))
    await tidy(database)
    assert [row[0] for row in await database.pool.fetch("select key from idempotency_keys")] == ["young"]
