"""The clients of docs/realtime.md, as the document has them: whatever happens to their servers, they miss nothing."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import Text, cast, or_, select

from models.base import Id
from models.database import Database, Statement
from models.events import Event
from models.referrals import ReferralStatus
from server.app import create
from server.settings import Settings
from tests.conformance.front import front
from tests.conformance.node import BUILD, HERE, node
from tests.journeys.server import ROOT, SECRET, Person, Server, free_port, serving
from tests.world import PASSWORD, World
from workflows import clients, notes
from workflows.referrals.set_status import set_status

GUIDE = (ROOT / "docs" / "realtime.md").read_text()
PROGRAMS = dict(re.findall(r"^```\w+\n(?://|#) (\S+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
LIBRARIES = ("graphql-ws", "urql", "gql")
FIELDS = "id version status comments notes { totalCount } client { id version firstName }"


class Told:
    """What a client is told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    def hear(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self._news.set()

    async def until(self, event_id: str) -> list[str]:
        """The ids of the events, once this one is told."""
        async with asyncio.timeout(60):
            while event_id not in (ids := [message["eventId"] for message in self.messages if "eventId" in message]):
                self._news.clear()
                await self._news.wait()
        return ids


@asynccontextmanager
async def following(library: str, port: int, folder: Path) -> AsyncIterator[Told]:
    """Paul's client with this library."""
    async with in_python(port) if library == "gql" else in_node(library, port, folder) as told:
        yield told


@asynccontextmanager
async def in_python(port: int) -> AsyncIterator[Told]:
    guide: dict[str, Any] = {}
    exec(PROGRAMS["follow.py"], guide)
    told = Told()
    address = Server("", Path(), port)

    async def token() -> str:
        try:
            return (await Person.sign_in(address, "paul")).token
        except httpx.TransportError as error:
            raise ConnectionError from error

    head = await (await Person.sign_in(address, "paul")).head()
    task = asyncio.create_task(guide["follow"](f"ws://127.0.0.1:{port}/graphql", token, head, told.hear))
    try:
        yield told
    finally:
        assert not task.done(), task
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def in_node(library: str, port: int, folder: Path) -> AsyncIterator[Told]:
    """With each message it tells the records that it then has."""
    command = node("main.mjs", "paul@example.test", PASSWORD, library)
    home = folder / library
    home.mkdir()
    (home / "node_modules").symlink_to(BUILD / "node_modules")
    for name in ("throughline.mjs", "urql.mjs"):
        (home / name).write_text(PROGRAMS[name].replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    (home / "main.mjs").write_bytes((HERE / "main.mjs").read_bytes())
    process = await asyncio.create_subprocess_exec(*command, cwd=home, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = Told()

    async def read(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            told.hear(json.loads(line))

    assert await process.stdout.readline() == b"signed in\n"
    reading = asyncio.create_task(read(process.stdout))
    try:
        yield told
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reading


Act = Callable[[], Awaitable[None]]


async def kill_each(servers: list[Server], act: Act) -> None:
    """One after the other crashes, and for a while both are gone."""
    one, other = servers
    one.kill()
    await act()
    other.kill()
    await act()
    other.launch()
    await other.ready()
    await act()
    one.launch()
    await one.ready()


async def restart_each(servers: list[Server], act: Act) -> None:
    """A deployment: one at a time, and the world goes on meanwhile."""

    async def roll() -> None:
        for server in servers:
            await asyncio.to_thread(server.stop)
            server.launch()
            await server.ready()

    rolling = asyncio.create_task(roll())
    while not rolling.done():
        await act()
        await asyncio.sleep(0.2)
    await rolling


@pytest.mark.rule("XX1")
@pytest.mark.parametrize("interrupt", [kill_each, restart_each])
async def test_interrupted_clients_miss_nothing(
    world: World,
    dsn: str,
    folder: Path,
    interrupt: Callable[[list[Server], Act], Awaitable[None]],
) -> None:
    id = await world.refer("helen")
    async with serving(dsn, folder) as one, serving(dsn, folder) as other, front(one.port, other.port) as port:
        async with AsyncExitStack() as stack:
            told = [await stack.enter_async_context(following(library, port, folder)) for library in LIBRARIES]
            await heard_of(world, id, told)
            await interrupt([one, other], lambda: change(world, id))
            await change(world, id)
            await check(world, told)
        paul = await Person.sign_in(one, "paul")
        dashboard = await paul.ask(f"{{ viewer {{ inboundReferrals {{ nodes {{ {FIELDS} }} }} }} }}")
    [referral] = dashboard["viewer"]["inboundReferrals"]["nodes"]
    client = referral.pop("client")
    for client_told in told[:2]:
        records = {record["id"]: record for record in client_told.messages[-1]["records"]}
        assert records[world.sam].items() >= client.items()
        assert records[id].items() >= referral.items()


@pytest.mark.rule("XX1")
async def test_clients_outlive_their_tokens(world: World, dsn: str, folder: Path) -> None:
    """A token of three seconds ends its socket with 4403; they come back with another."""
    id = await world.refer("helen")
    app = create(Settings(secret_key=SECRET, data_dir=folder, access_token_minutes=3 / 60), dsn)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, ws="server.wire:Protocol", log_level="error"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    async with AsyncExitStack() as stack:
        told = [await stack.enter_async_context(following(library, port, folder)) for library in LIBRARIES]
        await heard_of(world, id, told)
        for _ in range(8):
            await change(world, id)
            await asyncio.sleep(1)
        await change(world, id)
        await check(world, told)
    server.should_exit = True
    await task


async def heard_of(world: World, id: Id, told: list[Told]) -> None:
    """Change things until every client hears of it."""
    async with asyncio.timeout(60):
        while not all(client.messages for client in told):
            await change(world, id)
            await asyncio.sleep(0.5)


async def change(world: World, id: Id) -> None:
    """Change what Paul sees: a referral, with a new version and without one, and its client."""
    async with world.database.transaction() as tx:
        helen, paul = [await world.actor(name, tx) for name in ("helen", "paul")]
        await set_status(tx, helen, id, ReferralStatus.PENDING)
        await notes.add(tx, paul, referral_id=id, body="Among us.", shared=False)
        await set_status(tx, paul, id, ReferralStatus.ELIGIBLE)
        await clients.update(tx, helen, world.sam, {"first_name": f"Sam {id}"})


async def check(world: World, told: list[Told]) -> None:
    """Each client was told everything from its first message on, once, and in its order."""
    log = await events(world.database)
    for client in told:
        ids = await client.until(log[-1])
        assert ids == log[log.index(ids[0]) :]


async def events(database: Database) -> list[str]:
    """The ids of what the feed tells of, in order: nobody wrote at the same time, so they are in that of the log."""
    told = select(cast(Event.id, Text)).where(or_(Event.kind == "referral", Event.kind == "client")).order_by(Event.id)
    return [row[0] for row in await database.rows(Statement(told))]
