"""Deadlines: exact to the minute, right after an outage, never twice, never for what moved on."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs import deadlines
from jobs.deadlines import keep, periodic
from models.base import Id
from models.database import Database
from tests.intake import Intake, at
from workflows import intake as settings
from workflows import mentors
from workflows.mentoring import answer, notes, openings
from workflows.mentoring.put_back import put_back
from workflows.mentoring.sessions import record_session
from workflows.refusals import RefusedError

PACIFIC = ZoneInfo("America/Los_Angeles")
FRIDAY = datetime(2026, 3, 6, 9, 30, tzinfo=PACIFIC)
"""Before the clocks go forward on the eighth."""
BEGINNING = FRIDAY.astimezone(UTC)
"""The same moment where days have 24 hours."""
OVER = datetime(2026, 3, 13, 9, 30, tzinfo=PACIFIC)


async def actions(database: Database, record_id: Id) -> list[str]:
    """What happened to a record."""
    query = "select split_part(action, '.', 2) from events where record_id = $1 order by id"
    return [row[0] for row in await database.pool.fetch(query, record_id)]


@pytest.mark.rule("SC11")
async def test_five_business_days_to_the_minute(database: Database, intake: Intake) -> None:
    at(FRIDAY)
    id = await intake.ask()
    assignment = await intake.assign(id)
    at(OVER - timedelta(minutes=1))
    await keep(database)
    assert await actions(database, id) == ["submitted", "assigned"]
    at(OVER + timedelta(minutes=1))
    await keep(database)
    await keep(database)
    assert await actions(database, id) == ["submitted", "assigned", "timed_out"]
    row = await database.pool.fetchrow("select * from mentoring_requests where id = $1", id)
    assert row is not None
    assert (row["status"], row["mentor_id"]) == ("pending_reassignment", None)
    ending = await database.pool.fetchval("select ending from mentoring_assignments where id = $1", assignment)
    assert ending == "timed_out"
    by = await database.pool.fetchval("select actor_id from events where action = 'mentoring_request.timed_out'")
    assert by is None, "the system itself"


@pytest.mark.rule("SC11")
async def test_an_answer_after_that_is_refused_even_before_it_is_put_back(database: Database, intake: Intake) -> None:
    at(FRIDAY)
    id = await intake.ask()
    assignment = await intake.assign(id)
    mia = await intake.world.actor("mia")
    at(OVER + timedelta(minutes=1))
    for _ in range(2):
        for verb in (answer.accept, answer.decline, answer.hand_back):
            with pytest.raises(RefusedError, match="It is no longer yours"):
                async with database.transaction() as tx:
                    await verb(tx, mia, assignment)
        await keep(database)
    assert await actions(database, id) == ["submitted", "assigned", "timed_out"]


@pytest.mark.rule("SC11")
async def test_a_new_assignment_starts_a_new_clock(database: Database, intake: Intake) -> None:
    at(FRIDAY)
    id = await intake.ask()
    await intake.assign(id)
    at(OVER - timedelta(hours=1))
    await intake.assign(id, "max")
    at(OVER + timedelta(days=3))
    await keep(database)
    assert await actions(database, id) == ["submitted", "assigned", "reassigned"]
    # The twentieth is the chapter's own holiday.
    at(datetime(2026, 3, 23, 8, 31, tzinfo=PACIFIC))
    await keep(database)
    assert (await actions(database, id))[-1] == "timed_out"


@pytest.mark.rule("SC11")
async def test_never_for_a_request_that_moved_on(database: Database, intake: Intake) -> None:
    at(FRIDAY)
    accepted, declined, taken = [await intake.ask() for _ in range(3)]
    assignments = [await intake.assign(id) for id in (accepted, declined, taken)]
    async with database.transaction() as tx:
        mia, cora = await intake.world.actor("mia", tx), await intake.world.actor("cora", tx)
        await answer.accept(tx, mia, assignments[0])
        await answer.decline(tx, mia, assignments[1])
        await put_back(tx, cora, taken)
    at(OVER + timedelta(days=1))
    await keep(database)
    assert not await database.pool.fetchval("select count(*) from events where action ~ 'timed_out'")


@pytest.mark.rule("SC11")
async def test_after_a_long_outage_all_are_put_back_once_by_however_many_processes(
    database: Database, intake: Intake
) -> None:
    at(FRIDAY)
    ids = [await intake.ask() for _ in range(5)]
    for id in ids:
        await intake.assign(id)
    at(OVER + timedelta(days=5))
    processes = [periodic(database) for _ in range(3)]
    for process in processes:
        await process.start()
    async with asyncio.timeout(20):
        while await database.pool.fetchval("select count(*) from mentoring_requests where mentor_id is not null"):
            await asyncio.sleep(0.02)
    for process in processes:
        await process.stop()
    for id in ids:
        assert await actions(database, id) == ["submitted", "assigned", "timed_out"]


@pytest.mark.rule("SC11")
async def test_an_answer_at_the_last_moment_and_the_deadline_do_not_both_happen(
    database: Database, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for round_ in range(5):
        at(FRIDAY)
        id = await intake.ask()
        assignment = await intake.assign(id)
        mia = await intake.world.actor("mia")

        async def accept(assignment: Id = assignment, mia: object = mia) -> None:
            async with database.transaction() as tx:
                await answer.accept(tx, mia, assignment)  # type: ignore[arg-type]

        at(OVER - timedelta(milliseconds=3 * round_))
        await asyncio.gather(accept(), keep(database), return_exceptions=True)
        at(OVER + timedelta(minutes=1))
        await keep(database)
        assert (await actions(database, id))[2:] in (["accepted"], ["timed_out"])


async def test_a_database_that_is_away_is_waited_for(
    database: Database, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "PERIOD", 0.01)
    at(FRIDAY)
    id = await intake.ask()
    await intake.assign(id)
    at(OVER + timedelta(minutes=1))
    other = Database(database.dsn, size=1)
    process = periodic(other)
    await process.start()
    await asyncio.sleep(0.05)
    await other.start()
    async with asyncio.timeout(20):
        while (await actions(database, id))[-1] != "timed_out":
            await asyncio.sleep(0.02)
    await process.stop()
    await other.stop()


@pytest.mark.rule("SC6")
async def test_a_request_without_movement_is_marked_and_its_coordinators_told(
    database: Database, intake: Intake
) -> None:
    at(BEGINNING)
    id, with_session = await intake.ask(), await intake.ask()
    assignment = await intake.assign(with_session)
    async with database.transaction() as tx:
        mia = await intake.world.actor("mia", tx)
        await answer.accept(tx, mia, assignment)
        await record_session(tx, mia, with_session)
    at(BEGINNING + timedelta(days=14, minutes=-1))
    await keep(database)
    assert await actions(database, id) == ["submitted"]
    at(BEGINNING + timedelta(days=14, minutes=1))
    await keep(database)
    await keep(database)
    assert await actions(database, id) == ["submitted", "stagnant"]
    told = "select count(*) from mentoring_mails where kind = 'stagnant' and request_id = $1"
    assert await database.pool.fetchval(told, id) == 2
    # Whatever is done about it moves it, and it may stand still again.
    async with database.transaction() as tx:
        await notes.add(tx, await intake.world.actor("cora", tx), id, body="Called again.")
    stagnant = "select stagnant_since is not null from mentoring_requests where id = $1"
    assert not await database.pool.fetchval(stagnant, id)
    at(BEGINNING + timedelta(days=29))
    await keep(database)
    assert await database.pool.fetchval(stagnant, id)
    assert await database.pool.fetchval("select count(*) from events where record_id = $1", with_session) == 4


@pytest.mark.rule("SC6")
async def test_never_is_a_number_of_days_too(database: Database, intake: Intake) -> None:
    at(BEGINNING)
    id = await intake.ask()
    async with database.transaction() as tx:
        cora = await intake.world.actor("cora", tx)
        await settings.update(tx, cora, intake.chapters["bay"], settings.Settings(5, None, None))
    at(BEGINNING + timedelta(days=1000))
    await keep(database)
    assert await actions(database, id) == ["submitted"]


@pytest.mark.rule("SC17")
async def test_pauses_begin_and_end_by_themselves(database: Database, intake: Intake) -> None:
    at(BEGINNING)
    mia = intake.mentors["mia"]
    starts, ends = BEGINNING + timedelta(days=1), BEGINNING + timedelta(days=8)
    async with database.transaction() as tx:
        await mentors.pause(tx, await intake.world.actor("mia", tx), mia, starts_at=starts, ends_at=ends)
    paused = "select paused from mentors where id = $1"
    for moment, expected in ((BEGINNING, False), (starts, True), (ends - timedelta(minutes=1), True), (ends, False)):
        at(moment + timedelta(seconds=1))
        await keep(database)
        await keep(database)
        assert await database.pool.fetchval(paused, mia) is expected
    assert await actions(database, mia) == ["enrolled", "pause_planned", "paused", "resumed"]


@pytest.mark.rule("SC4")
async def test_who_falls_silent_has_it_open_no_longer(database: Database, intake: Intake) -> None:
    at(BEGINNING)
    id = await intake.ask()

    async def open_() -> None:
        async with database.transaction() as tx:
            await openings.open_(tx, await intake.world.actor("cora", tx), id)

    await open_()
    at(BEGINNING + timedelta(seconds=90))
    await open_()
    at(BEGINNING + timedelta(seconds=150))
    await keep(database)
    assert (await actions(database, id)) == ["submitted", "opened"]
    at(BEGINNING + timedelta(seconds=211))
    await keep(database)
    await keep(database)
    assert (await actions(database, id)) == ["submitted", "opened", "closed"]


def test_the_moments_of_these_tests_are_what_they_say() -> None:
    assert FRIDAY.utcoffset() != OVER.utcoffset()
    assert OVER.astimezone(UTC) - FRIDAY.astimezone(UTC) == timedelta(days=7, hours=-1)
