"""A backup that was restored is another log: whoever knows what it lost is told to start again."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from models.database import Database
from tests.databases import fresh_database
from tests.laws.process import Message, Process, running
from tests.world import World

START_AGAIN = [{"__typename": "ResyncRequired", "reason": "EPOCH"}]


async def cursor_of(process: Process, user_id: str) -> str:
    await process.head()
    data: Message = await process.ask(user_id, "{ viewer { feedHead } }")
    return str(data["viewer"]["feedHead"])


@pytest.mark.rule("XX1")
async def test_a_backup_restored_into_a_database_of_its_own(server_dsn: str, folder: Path) -> None:
    async with fresh_database(server_dsn) as yesterday:
        async with Database(yesterday, size=4) as database:
            world = await World.build(database)
            helen = world.people["helen"]
        async with running(yesterday, folder) as process:
            before = await cursor_of(process, helen)
        async with fresh_database(server_dsn, urlsplit(yesterday).path[1:]) as restored:
            async with running(yesterday, folder) as process:
                after = await cursor_of(process, helen)
                async with process.follow(helen, after=before) as listener:
                    world.database = process.app.database
                    await world.refer("helen")
                    assert [message["__typename"] for message in await listener.until(1)] == ["ReferralChanged"]
            async with running(restored, folder) as process:
                for cursor in (before, after):
                    async with process.follow(helen, after=cursor) as listener:
                        assert await listener.until(1) == START_AGAIN
                async with process.follow(helen, after=await cursor_of(process, helen)) as listener:
                    world.database = process.app.database
                    await world.refer("helen")
                    assert [message["__typename"] for message in await listener.until(1)] == ["ReferralChanged"]


@pytest.mark.rule("XX1")
async def test_a_backup_restored_in_place_where_no_name_or_number_tells(world: World, process: Process) -> None:
    helen, pool = world.people["helen"], world.database.pool
    before = await cursor_of(process, helen)
    kept = await process.head()
    await world.refer("helen")
    lost = await cursor_of(process, helen)
    end = await process.head()

    async with process.follow(helen) as open_stream:
        await pool.execute("delete from events where position > $1", kept)
        await pool.execute("update log set head = $1", kept)
        # The log grows over the lost events before anybody looks.
        while await process.head() < end:
            await world.refer("helen")
        async with process.follow(helen, after=lost) as listener:
            assert await listener.until(1) == START_AGAIN
        assert (await open_stream.until(1))[-1:] == START_AGAIN

    # What was written before the backup was made still holds: the new log begins with what it knew.
    async with process.follow(helen, after=before) as listener:
        assert [message["__typename"] for message in await listener.until(1)] == ["ReferralChanged"]
