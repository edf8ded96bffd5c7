"""Many streams that are told one event at once, and what can come between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import orjson
import pytest

from models.base import Id
from models.referrals import ReferralStatus as S
from schema.feed import ResyncReason
from server.rendering import Operation
from subscriptions.cursors import Cursor
from subscriptions.log import look
from tests.laws.process import Process
from tests.waiting import until
from tests.world import World
from workflows import clients, people
from workflows.referrals.set_status import set_status

NAMES = ("paul", "petra", "helen")
_AGAIN = """
insert into events (action, subject_id, version, kind, record_id, topics, at)
select action, subject_id, version + 1, kind, record_id, topics, now() from events where record_id = $1
"""


class Screen:
    """A viewer whose connection takes messages at once, or does not."""

    def __init__(self, process: Process, user_id: Id, after: str | None = None) -> None:
        self.takes = True
        self.put: list[dict[str, Any]] = []
        """What came directly."""
        self.told: list[dict[str, Any]] = []
        """What came by the stream's own task; checkpoints aside."""
        self._operation = process.operation(user_id, after=after)
        self.task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async with aclosing(self._operation.deliveries(self._put)) as deliveries:
            async for delivery in deliveries:
                payload = await self._operation.render(delivery)
                message = _message(payload) if payload is not None else {}
                if message.get("__typename") != "FeedCheckpoint":
                    self.told.append(message)

    def _put(self, payload: str) -> bool:
        if self.takes:
            self.put.append(_message(payload))
        return self.takes


def _message(payload: str) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(payload)["data"]["feed"]
    return message


@asynccontextmanager
async def watching(world: World, process: Process) -> AsyncIterator[dict[str, Screen]]:
    await process.head()
    screens = {name: Screen(process, world.people[name]) for name in NAMES}
    await until(lambda: sum(stream.is_live for stream in process.app.feed.streams()) == len(NAMES))
    # They rest a moment after they are live.
    await asyncio.sleep(0.05)
    try:
        yield screens
    finally:
        for screen in screens.values():
            screen.task.cancel()
        await asyncio.gather(*(screen.task for screen in screens.values()), return_exceptions=True)


class Gate:
    """Stops decisions until it is opened; then one of them may fail."""

    def __init__(self, process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self.failure: Exception | None = None
        self.decisions = 0
        of = process.app.feed.sights.of

        async def gated(*arguments: Any) -> Any:
            self.decisions += 1
            self.reached.set()
            await self.opened.wait()
            failure, self.failure = self.failure, None
            if failure is not None:
                raise failure
            return await of(*arguments)

        monkeypatch.setattr(process.app.feed.sights, "of", gated)


@pytest.fixture
def gate(process: Process, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(process, monkeypatch)


async def change(world: World, id: Id, *statuses: S) -> None:
    for status in statuses:
        async with world.database.transaction() as tx:
            await set_status(tx, await world.actor("helen", tx), id, status)


@asynccontextmanager
async def undecided(world: World, process: Process, gate: Gate) -> AsyncIterator[tuple[Id, dict[str, Screen]]]:
    """A referral and those who watch it, at the moment when it is decided who of them is told of its change."""
    id = await world.refer()
    async with watching(world, process) as screens:
        await change(world, id, S.PENDING)
        await process.head()
        await gate.reached.wait()
        yield id, screens


@pytest.mark.rule("XX1")
async def test_whoever_is_at_rest_is_told_directly_and_decided_about_once(
    world: World, process: Process, gate: Gate
) -> None:
    gate.opened.set()
    id = await world.refer()
    async with watching(world, process) as screens:
        await change(world, id, S.PENDING)
        await process.head()
        await until(lambda: all(len(screen.put) == 1 for screen in screens.values()))
        assert gate.decisions == 1
        await change(world, id, S.ELIGIBLE)
        await process.head()
        await until(lambda: all(len(screen.put) == 2 for screen in screens.values()))
        assert not any(screen.told for screen in screens.values())
        assert len({message["cursor"] for screen in screens.values() for message in screen.put}) == 2 * len(NAMES)


@pytest.mark.rule("XX1")
async def test_a_connection_that_takes_nothing_is_waited_for_by_its_own_stream_alone(
    world: World, process: Process
) -> None:
    id = await world.refer()
    async with watching(world, process) as screens:
        screens["paul"].takes = False
        await change(world, id, S.PENDING)
        await process.head()
        await until(lambda: len(screens["paul"].told) == 1 and len(screens["petra"].put) == 1)
        screens["paul"].takes = True
        await asyncio.sleep(0.05)
        await change(world, id, S.ELIGIBLE)
        await process.head()
        await until(lambda: len(screens["paul"].put) == 1 and len(screens["petra"].put) == 2)
        assert len(screens["paul"].told) == 1


@pytest.mark.rule("XX1")
async def test_what_comes_meanwhile_is_told_after_it(world: World, process: Process, gate: Gate) -> None:
    async with undecided(world, process, gate) as (id, screens):
        await change(world, id, S.ELIGIBLE, S.GOT_HELP)
        other = await world.refer()
        await process.head()
        gate.opened.set()
        await until(lambda: all(len(screen.put) >= 4 for screen in screens.values()))
        for screen in screens.values():
            assert [message["referral"]["id"] for message in screen.put if "referral" in message] == [id] * 3 + [other]


@pytest.mark.rule("XX1")
async def test_who_has_left_meanwhile_is_told_nothing(world: World, process: Process, gate: Gate) -> None:
    async with undecided(world, process, gate) as (_, screens):
        screens["paul"].task.cancel()
        await asyncio.gather(screens["paul"].task, return_exceptions=True)
        gate.opened.set()
        await until(lambda: len(screens["petra"].put) == 1)
        assert screens["paul"].put == []


@pytest.mark.rule("XX1")
async def test_who_has_to_start_again_meanwhile_is_told_that_and_nothing_else(
    world: World, process: Process, gate: Gate
) -> None:
    async with undecided(world, process, gate) as (_, screens):
        for stream in process.app.feed.streams():
            stream.resync(ResyncReason.EPOCH)
        await asyncio.sleep(0.02)
        assert not any(screen.told for screen in screens.values())
        gate.opened.set()
        await until(lambda: all(screen.task.done() for screen in screens.values()))
        for screen in screens.values():
            assert screen.put == []
            assert [message["__typename"] for message in screen.told] == ["ResyncRequired"]


@pytest.mark.rule("XX1")
async def test_what_fails_for_all_is_tried_again_by_each(world: World, process: Process, gate: Gate) -> None:
    id = await world.refer()
    async with watching(world, process) as screens:
        gate.failure = OSError("the database is away")
        gate.opened.set()
        await change(world, id, S.PENDING)
        await process.head()
        await until(lambda: all(len(screen.told) == 1 for screen in screens.values()))
        assert not any(screen.put for screen in screens.values())


@pytest.mark.rule("XX1", "XX2")
async def test_ends_of_access_and_of_rights_come_after_what_was_before(
    world: World, process: Process, gate: Gate
) -> None:
    async with undecided(world, process, gate) as (id, screens):
        async with world.database.transaction() as tx:
            await people.unplace(tx, await world.actor("pam", tx), world.placements["petra.program"])
        async with world.database.transaction() as tx:
            await clients.withdraw_consent(tx, await world.actor("helen", tx), world.sam)
        await process.head()
        gate.opened.set()
        # By now neither sees it: the change before is nothing to them any more.
        await until(lambda: all(len(screens[name].told) == 2 for name in ("paul", "petra")))
        for name in ("paul", "petra"):
            assert screens[name].put == []
            assert {message["__typename"] for message in screens[name].told} == {"AccessEnded"}
            assert {message["id"] for message in screens[name].told} == {id, world.sam}


@pytest.mark.rule("XX1")
async def test_a_stream_that_runs_over_meanwhile_reads_the_log(
    world: World, process: Process, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("subscriptions.streams.BUFFER", 3)
    async with undecided(world, process, gate) as (id, screens):
        await change(world, id, *[S.ELIGIBLE, S.PENDING] * 3)
        await process.head()
        gate.opened.set()
        await until(lambda: all(len(screen.told) + len(screen.put) == 7 for screen in screens.values()))
        for screen in screens.values():
            assert len({message["eventId"] for message in (*screen.told, *screen.put)}) == 7


@pytest.mark.rule("XX2")
async def test_what_is_rendered_is_not_sent_past_a_change_of_rights(
    world: World, process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await world.refer()
    reached, opened = asyncio.Event(), asyncio.Event()
    execute = Operation._execute

    async def gated(*arguments: Any) -> Any:
        reached.set()
        await opened.wait()
        return await execute(*arguments)

    async with watching(world, process) as screens:
        monkeypatch.setattr(Operation, "_execute", gated)
        await change(world, id, S.PENDING)
        await process.head()
        await reached.wait()
        async with world.database.transaction() as tx:
            await people.unplace(tx, await world.actor("pam", tx), world.placements["paul.program"])
        await process.head()
        opened.set()
        await until(lambda: len(screens["petra"].put) == 1 and len(screens["paul"].told) == 2)
        assert screens["paul"].put == []
        assert {message["__typename"] for message in screens["paul"].told} == {"AccessEnded"}


@pytest.mark.rule("XX2")
async def test_half_of_a_loss_is_not_told_again_by_a_process_that_is_behind(world: World, process: Process) -> None:
    paul = world.people["paul"]
    referral = await world.refer()
    first, second = sorted([referral, world.sam])
    await process.head()
    await process.app.tail.stop()
    await world.database.pool.execute(_AGAIN, referral)
    async with world.database.transaction() as tx:
        await people.unplace(tx, await world.actor("pam", tx), world.placements["paul.program"])
    database, feed = process.app.database, process.app.feed
    await database.pool.execute("select number_events()")
    last = await database.pool.fetch("select position, kind from events order by position desc limit 2")
    assert [row["kind"] for row in last] == ["user", "referral"]
    after = Cursor(last[1]["position"], (await look(database)).end, first)
    screen = Screen(process, paul, feed.cursors.write(after, paul, feed.epoch))
    try:
        await until(lambda: any(stream.is_live for stream in feed.streams()))
        await asyncio.sleep(0.05)
        await process.app.tail._read()
        await until(lambda: bool(screen.told))
        await asyncio.sleep(0.1)
        assert [message["id"] for message in screen.told] == [second]
    finally:
        screen.task.cancel()
        await asyncio.gather(screen.task, return_exceptions=True)
