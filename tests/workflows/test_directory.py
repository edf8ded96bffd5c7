"""The directory's own act: what is staged becomes ours, once."""

import asyncio
from datetime import timedelta

from models.base import new_id
from models.database import Database
from models.programs import Program
from tests.world import World
from workflows import clock, directory
from workflows.directory import Written
from workflows.directory.rows import Finding, Organization, Service, Staged


def organization(name: str = "Harbor", *, line: int = 2, depth: int = 0) -> Organization:
    return Organization("organizations.csv", line, depth, new_id(), "o1", name, None, None, None)


def service(name: str = "Pantry", *, id: str = "s1", owner: str = "o1") -> Service:
    return Service("services.csv", 2, 0, new_id(), id, owner, name, None, None, None, None, None, True)


async def run(database: Database, *rows: Staged, source: str = "county") -> tuple[dict[str, Written], list[Finding]]:
    async with database.transaction() as tx:
        await directory.begin(tx, source)
        for row in rows:
            await directory.stage(tx, [row])
        written = await directory.settle(tx, source)
        return written, [finding async for finding in directory.findings(tx)]


async def test_a_row_that_says_nothing_new_is_not_touched(database: Database) -> None:
    await run(database, organization(), service())
    before = await database.pool.fetch("select *, xmax, ctid from programs")
    clock.move(timedelta(days=1))
    written, found = await run(database, organization(), service())
    assert written["programs"] == Written(0, 0, 1, 0)
    assert found == []
    assert await database.pool.fetch("select *, xmax, ctid from programs") == before


async def test_a_changed_row_counts_its_version_and_keeps_its_id(database: Database) -> None:
    await run(database, organization(), service(), service(id="s2", name="Kitchen"))
    before = {row["source_id"]: row for row in await database.pool.fetch("select * from programs")}
    clock.move(timedelta(days=1))
    written, _ = await run(database, organization(), service("Food Pantry"), service(id="s2", name="Kitchen"))
    after = {row["source_id"]: row for row in await database.pool.fetch("select * from programs")}
    assert written["programs"] == Written(0, 1, 1, 0)
    assert (after["s1"]["id"], after["s1"]["name"], after["s1"]["version"]) == (before["s1"]["id"], "Food Pantry", 2)
    assert after["s1"]["updated_at"] - before["s1"]["updated_at"] > timedelta(hours=23)
    assert after["s1"]["created_at"] == before["s1"]["created_at"]
    assert after["s2"] == before["s2"]


async def test_what_is_ours_stays_and_no_event_is_recorded(database: Database, world: World) -> None:
    events = await database.pool.fetchval("select count(*) from events")
    await run(database, organization(), service())
    async with database.transaction() as tx:
        id = await tx.connection.fetchval("select id from programs where source = 'county'")
        await tx.update(Program, id, shares_outbound_since=clock.now())
    await run(database, organization(), service("Food Pantry"))
    assert await database.pool.fetchval("select shares_outbound_since from programs where id = $1", id)
    assert await database.pool.fetchval("select name from programs where id = $1", world.pantry) == "Pantry"
    assert await database.pool.fetchval("select count(*) from events") == events


async def test_what_the_source_has_no_more_is_counted_and_stays(database: Database) -> None:
    await run(database, organization(), service(), service(id="s2"))
    written, _ = await run(database, organization(), service())
    assert written["programs"] == Written(0, 0, 1, 1)
    assert await database.pool.fetchval("select count(*) from programs") == 2


async def test_two_sources_do_not_meet(database: Database) -> None:
    await run(database, organization(), service())
    written, found = await run(database, service(), source="elsewhere")
    assert written["programs"] == Written(0, 0, 0, 0)
    assert [finding.reason for finding in found] == ["There is no organization o1."]


async def test_what_an_earlier_import_brought_can_be_referred_to(database: Database) -> None:
    await run(database, organization())
    written, found = await run(database, service())
    assert (written["programs"].created, found) == (1, [])


async def test_a_row_of_its_own_wins_over_nested_copies(database: Database) -> None:
    rows = organization("A copy", depth=1), organization("First"), organization("Second", line=3)
    written, found = await run(database, *rows)
    assert written["organizations"].created == 1
    assert await database.pool.fetchval("select name from organizations") == "First"
    assert found == [
        Finding(
            "organizations.csv", 3, "organization", "o1", "id", "The id was used before (organizations.csv, 2).", True
        )
    ]


async def test_two_imports_at_once_take_turns(database: Database) -> None:
    results = await asyncio.gather(*(run(database, organization(), service()) for _ in range(3)))
    assert sorted(written["programs"].created for written, _ in results) == [0, 0, 1]
    assert await database.pool.fetchval("select count(*) from programs") == 1
