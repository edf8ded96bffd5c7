"""A kept database carries nothing from one test to the next."""

import asyncpg
import pytest

from models.database import Database
from tests.databases import USES, Kept, look
from tests.world import World

pytestmark = pytest.mark.anyio

OID = "select oid from pg_database where datname = current_database()"
STATE = """
select
    (select count(*) from organizations), (select count(*) from events), (select max(id) from events),
    (select head from log), (select epoch from log), (select home from log), (select count(*) from pgqueuer),
    (select last_value from pg_sequences where sequencename = 'events_id_seq')
"""


async def test_the_next_test_finds_what_the_first_one_found(server_dsn: str) -> None:
    kept = Kept(server_dsn)
    found = []
    for _ in range(3):
        async with kept.lend() as dsn, Database(dsn, size=2) as database:
            found.append((dsn, await database.pool.fetchval(OID), await database.pool.fetchrow(STATE)))
            world = await World.build(database)
            await world.refer("helen")
            await database.pool.execute("select number_events(), settle_epoch()")
            assert await database.pool.fetchrow(STATE) != found[0][2]
    assert len({name for name, *_ in found}) == 3
    assert found[0][1:] == found[1][1:] == found[2][1:]


async def test_a_copied_world_is_the_one_that_was_built(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.world._first", None)
    kept = Kept(server_dsn)
    worlds, states = [], []
    for _ in range(2):
        async with kept.lend() as dsn, Database(dsn, size=2) as database:
            world = await World.found(database)
            worlds.append({**vars(world), "database": None, "people": dict(world.people)})
            world.people["somebody"] = "of this test"
            connection = await asyncpg.connect(dsn)
            tables = await connection.fetchval(
                "select array_agg(tablename::text) from pg_tables where schemaname = 'public'"
            )
            states.append(await look(connection, tables))
            await connection.close()
    assert states[0] == states[1]
    assert worlds[0] == worlds[1]


async def test_one_whose_shape_was_changed_is_not_lent_again(server_dsn: str) -> None:
    kept = Kept(server_dsn)
    changes = [
        "alter table engagements add constraint never check (previous_id is null)",
        "create or replace function settle_epoch() returns void language sql as ''",
        "drop table notes cascade",
        "create sequence more",
        "truncate events",
        "alter type pgqueuer_status add value 'lost'",
        "alter table notes alter column id set default gen_random_uuid()",
        "analyze users",
        "vacuum users",
        "do $$ begin execute format('alter database %I set jit = off', current_database()); end $$",
    ]
    lent = []
    for change in changes:
        async with kept.lend() as dsn, Database(dsn, size=2) as database:
            lent.append(await database.pool.fetchval(OID))
            await database.pool.execute(change)
    assert len(set(lent)) == len(changes)


async def test_who_stays_connected_is_cut_and_does_not_find_it_again(server_dsn: str) -> None:
    kept = Kept(server_dsn)
    async with kept.lend() as dsn:
        stays = await asyncpg.connect(dsn)
        lent = await stays.fetchval(OID)
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresError)):
        await stays.fetch(OID)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(dsn)
    async with kept.lend() as dsn, Database(dsn, size=2) as database:
        assert await database.pool.fetchval(OID) == lent


async def test_after_many_tests_it_is_made_anew(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.databases.USES", 2)
    kept = Kept(server_dsn)
    lent = []
    for _ in range(3):
        async with kept.lend() as dsn, Database(dsn, size=2) as database:
            lent.append(await database.pool.fetchval(OID))
    assert USES > 2
    assert lent[0] == lent[1] != lent[2]
