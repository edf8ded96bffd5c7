"""The runner: it tries again, gives up visibly, and outlives what it depends on."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from jobs import runner as module
from jobs.mail import Mail
from models.database import Database
from tests.jobs.conftest import MakeRunner, PostOffice
from tests.world import World

pytestmark = pytest.mark.anyio


async def eventually(condition: Callable[[], Awaitable[Any]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def statuses(database: Database) -> list[str]:
    return [row["status"] for row in await database.pool.fetch("select status::text from pgqueuer order by id")]


def tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


class Stuck:
    """A mailer that takes for ever."""

    def __init__(self) -> None:
        self.waiting = 0

    async def send(self, mail: Mail) -> None:
        self.waiting += 1
        await asyncio.Event().wait()


async def test_mail_is_delivered_once_the_server_is_back(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    post_office.close()
    await world.refer()
    runner = make_runner(first_delay=timedelta(milliseconds=200))
    await runner.drain()
    assert await statuses(database) == ["queued"] * 3
    post_office.open()
    await runner.start()

    async def is_delivered() -> bool:
        return len(post_office.received) == 3 and await statuses(database) == []

    await eventually(is_delivered)


async def test_a_job_that_fails_too_often_is_held(
    world: World,
    database: Database,
    post_office: PostOffice,
    make_runner: MakeRunner,
    caplog: pytest.LogCaptureFixture,
) -> None:
    post_office.answer = "550 no such person sam@example.test"
    await world.refer()
    runner = make_runner(attempts=3)
    await runner.start()

    async def is_held() -> bool:
        return await statuses(database) == ["failed"] * 3

    await eventually(is_held)
    assert [row[0] for row in await database.pool.fetch("select attempts from pgqueuer")] == [2, 2, 2]
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert sum(record.name == "throughline.jobs" for record in errors) == 3
    assert "example.test" not in caplog.text
    logged = await database.pool.fetch("select traceback::text from pgqueuer_log where traceback is not null")
    assert not any("example.test" in row[0] for row in logged)


async def test_the_runner_outlives_a_lost_connection(
    world: World, database: Database, server_dsn: str, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    runner = make_runner()
    await runner.start()
    name = await database.pool.fetchval("select current_database()")
    connected = "select pid from pg_stat_activity where application_name = 'throughline jobs' and datname = $1"
    admin = await asyncpg.connect(server_dsn)
    try:
        await eventually(lambda: admin.fetchval(connected, name))
        await admin.execute(f"alter database {name} allow_connections false")
        await admin.fetch(f"select pg_terminate_backend(pid) from ({connected}) as ours", name)
        await world.refer()
        await asyncio.sleep(0.5)
        assert post_office.received == []
        await admin.execute(f"alter database {name} allow_connections true")
        await runner.drain()
        assert len(post_office.received) == 3
    finally:
        await admin.close()


async def test_stopping_leaves_no_task_and_no_job_behind(
    world: World,
    database: Database,
    post_office: PostOffice,
    make_runner: MakeRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.2)
    before = tasks()
    stuck = Stuck()
    runner = make_runner(stuck)
    await world.refer()
    await runner.start()

    async def is_stuck() -> bool:
        return stuck.waiting == 3

    await eventually(is_stuck)
    began = time.monotonic()
    await runner.stop()
    assert time.monotonic() - began < 3
    assert tasks() <= before
    assert await statuses(database) == ["queued"] * 3
    await make_runner().drain()
    assert len(post_office.received) == 3


async def test_starting_without_a_database_is_no_error(make_runner: MakeRunner, database: Database) -> None:
    before = tasks()
    runner = make_runner()
    database.dsn = "postgresql://nobody@127.0.0.1:1/nothing"
    await runner.start()
    await asyncio.sleep(0.3)
    await runner.stop()
    assert tasks() <= before


async def test_two_runners_share_the_work(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    for runner in (make_runner(), make_runner()):
        await runner.start()
    for _ in range(10):
        await world.refer()
    await make_runner().drain()
    assert len(post_office.received) == 30
    assert await statuses(database) == []
