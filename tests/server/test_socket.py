"""Sockets in trouble: tokens that end, clients that vanish, flood, or read nothing."""

import asyncio
import os
import socket as sockets
import struct
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import connect

from models.base import Id
from models.referrals import ReferralStatus
from server import application, socket
from server.app import create
from server.auth import Tokens
from server.settings import Settings
from server.socket import MAX_OPERATIONS, SEND_SECONDS
from server.wire import CLOSE_SECONDS, put_of
from tests.conformance.served import Served, served
from tests.conformance.sockets import PROTOCOL, Closed, frame, handshake, hear, init, pong, say, subscribe
from tests.conformance.sockets import socket as open_socket
from tests.journeys.server import SECRET, Person, free_port
from tests.waiting import until
from tests.world import World
from workflows import people
from workflows.referrals.set_status import set_status
from workflows.sessions import open_session


@pytest.fixture(scope="module")
async def there(server_dsn: str) -> AsyncIterator[Served]:
    async with served(server_dsn) as there:
        yield there


@pytest.fixture(autouse=True)
async def silence(there: Served) -> AsyncIterator[None]:
    """Nothing of this is worth a word in the log."""
    async with there.silent():
        yield


@pytest.fixture
async def token(there: Served) -> str:
    return await there.token("helen")


async def test_a_socket_ends_with_its_token(there: Served) -> None:
    token = await token_of(there.world, "hugo", 3)
    async with open_socket(there) as idle, open_socket(there) as busy:
        await init(idle, token)
        await init(busy, token)
        await subscribe(busy)
        for connection in (idle, busy):
            assert await Closed.of(connection) == Closed(4403, "Forbidden: the token has expired")


async def test_a_socket_ends_with_its_session(there: Served, token: str) -> None:
    ended = await token_of(there.world, "helen")
    async with open_socket(there) as mine, open_socket(there) as other, open_socket(there) as late:
        for connection, good in ((mine, ended), (other, token), (late, ended)):
            await init(connection, good)
        await subscribe(mine)
        await subscribe(other)
        await pong(mine)
        helen = Person(there.server, ended)
        await helen.ask("mutation { logout { userErrors { code } } }")
        assert await Closed.of(mine) == Closed(4403, "Forbidden: the session has ended")
        await subscribe(late)
        assert await Closed.of(late) == Closed(4403, "Forbidden: the session has ended")
        await pong(other)
    async with open_socket(there) as again:
        await say(again, "connection_init", payload={"authorization": f"Bearer {ended}"})
        assert await Closed.of(again) == Closed(4403, "Forbidden: the session has ended")


@pytest.mark.rule("XX2")
async def test_a_ban_closes_the_sockets(there: Served) -> None:
    token = await there.token("otto")
    async with open_socket(there) as connection:
        await init(connection, token)
        await subscribe(connection)
        await pong(connection)
        async with there.world.database.transaction() as transaction:
            await people.ban(transaction, None, there.world.people["otto"])
        assert await Closed.of(connection) == Closed(4403, "Forbidden: the session has ended")


async def test_a_socket_takes_only_so_many_operations(there: Served, token: str) -> None:
    async with open_socket(there) as connection:
        await init(connection, token)
        for number in range(MAX_OPERATIONS + 3):
            await subscribe(connection, str(number))
        for number in range(MAX_OPERATIONS, MAX_OPERATIONS + 3):
            answer = await hear(connection)
            assert (answer["type"], answer["id"]) == ("error", str(number))
            assert answer["payload"][0]["extensions"] == {"code": "LIMIT_EXCEEDED"}
        await say(connection, "complete", id="0")
        await pong(connection)
        await subscribe(connection, "one more")
        await pong(connection)


async def test_sockets_cut_anywhere_leave_nothing_behind(there: Served, token: str) -> None:
    start = frame({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
    talk = start + frame({"type": "subscribe", "id": "1", "payload": {"query": "subscription { feed { __typename } }"}})
    for cut in [*range(1, len(start), len(start) // 20), len(start), *range(len(start), len(talk), 40), len(talk)]:
        _, writer = await handshake(there.server.port)
        writer.write(talk[:cut])
        await asyncio.sleep(0.01)
        # Half of them as a machine does that loses its power.
        if cut % 2:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, linger)
        writer.close()
    await until(lambda: not connections(there))


@pytest.mark.parametrize(
    "garbage",
    [b"\xff\xfe", b"\xed\xa0\x80", frame(b"\xff\xfe{"), frame(b"", 0x3), frame(b"x" * 126, 0x9), b"\x81\x00", b"GET /"],
)
async def test_what_is_no_websocket_ends_the_connection_quietly(there: Served, garbage: bytes) -> None:
    reader, writer = await handshake(there.server.port)
    writer.write(garbage)
    writer.write_eof()
    assert await asyncio.wait_for(reader.read(), CLOSE_SECONDS + 5) is not None
    writer.close()


@pytest.mark.parametrize("header", ["X-Long: " + "x" * 9000, "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 99"])
async def test_a_handshake_that_is_none_is_refused_quietly(there: Served, header: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", there.server.port)
    head = "GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    writer.write(f"{head}{header}\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), CLOSE_SECONDS + 5)
    assert b" 101 " not in answer
    writer.close()


async def test_a_reader_that_takes_nothing_is_cut_off_in_bounded_time_and_memory(there: Served, token: str) -> None:
    reader, writer = await handshake(there.server.port)
    await flood(writer, token)
    world = there.world
    id, memory, began = await world.refer(), resident(there), time.monotonic()
    while writer.get_extra_info("sockname")[1] in connections(there):
        assert time.monotonic() < began + SEND_SECONDS + CLOSE_SECONDS + 15
        await change(world, id)
    assert time.monotonic() > began + SEND_SECONDS
    assert resident(there) - memory < 50_000_000
    # What is left to read is what the buffers hold, and nothing follows.
    with suppress(ConnectionError):
        async with asyncio.timeout(10):
            while await reader.read(65_536):
                pass
    writer.close()


async def test_a_message_is_put_onto_a_connection_at_once_or_not_at_all() -> None:
    texts = ["a", "b" * 200, "c" * 70_000]
    answers: list[bool] = []
    ended = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        put = put_of(scope)
        assert put is not None
        await receive()
        answers.append(put(b"too early"))
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        answers.extend(put(text.encode()) for text in texts)
        await receive()
        # Now nobody reads.
        sent = 0
        while put(b"d" * 100_000):
            sent += 1
            assert sent < 1000
        answers.append(False)
        while (await receive())["type"] != "websocket.disconnect":
            pass
        answers.append(put(b"too late"))
        ended.set()

    async with serving(app, lifespan="off") as server:
        url = f"ws://127.0.0.1:{server.config.port}/"
        async with connect(url, subprotocols=[PROTOCOL], compression=None, proxy=None) as connection:
            assert [await connection.recv() for _ in texts] == texts
            connection.transport.pause_reading()
            await connection.send("go on")
            await asyncio.sleep(0.3)
            connection.transport.abort()
        await asyncio.wait_for(ended.wait(), 5)
    assert answers == [False, True, True, True, False, False]


async def test_who_answers_no_ping_is_cut_off_without_a_code_that_is_final() -> None:
    async def accept(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        await receive()

    async with serving(accept, ws_ping_interval=0.2, ws_ping_timeout=0.2, lifespan="off") as server:
        reader, writer = await handshake(server.config.port)
        assert (await asyncio.wait_for(reader.readexactly(6), 5)).startswith(b"\x89")
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(reader.read(), 5)
        writer.close()


async def test_who_read_too_slowly_and_reads_on_is_told_why_it_ended(
    world: World, dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "SEND_SECONDS", 0.5)
    app = create(Settings(secret_key=SECRET, data_dir=folder), dsn)
    async with serving(app) as server:
        # Streams that open before the world is told would have to start again for what Helen gained.
        async with asyncio.timeout(30):
            while app.state.app.feed.end.position < await world.database.pool.fetchval("select max(id) from events"):
                await asyncio.sleep(0.05)
        reader, writer = await handshake(server.config.port)
        await flood(writer, await token_of(world, "helen"))
        [connection] = server.server_state.connections
        id = await world.refer()
        async with asyncio.timeout(60):
            while not connection.close_sent:  # type: ignore[union-attr]
                await change(world, id)
        heard = b""
        farewell = struct.pack("!H", 1013) + b"The client reads too slowly"
        async with asyncio.timeout(CLOSE_SECONDS):
            while not heard.endswith(farewell):
                heard = heard[-100:] + await reader.read(65_536)
        writer.close()


async def test_who_cannot_be_looked_up_is_not_kept_waiting(
    world: World, dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "ACK_SECONDS", 0.3)
    app = create(Settings(secret_key=SECRET, data_dir=folder), dsn)
    async with serving(app) as server, world.database.pool.acquire() as database:
        token = await token_of(world, "helen")
        url = f"ws://127.0.0.1:{server.config.port}/graphql"
        async with database.transaction():
            await database.execute("lock table users, sessions in access exclusive mode")
            async with connect(url, subprotocols=[PROTOCOL], proxy=None) as connection:
                await say(connection, "connection_init", payload={"authorization": f"Bearer {token}"})
                assert await Closed.of(connection) == Closed(1013, "Too busy to look the token up")
        async with connect(url, subprotocols=[PROTOCOL], proxy=None) as connection:
            await init(connection, token)


async def test_many_who_come_at_once_leave_the_database_to_others(
    world: World, dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "STALE_SECONDS", 2.5)
    app = create(Settings(secret_key=SECRET, data_dir=folder), dsn)
    async with serving(app) as server, world.database.pool.acquire() as database, httpx.AsyncClient() as http:
        token = await token_of(world, "helen")
        address = f"127.0.0.1:{server.config.port}"
        async with database.transaction(), AsyncExitStack() as stack:
            await database.execute("lock table sessions in access exclusive mode")
            for _ in range(20):
                socket = connect(f"ws://{address}/graphql", subprotocols=[PROTOCOL], proxy=None)
                connection = await stack.enter_async_context(socket)
                await say(connection, "connection_init", payload={"authorization": f"Bearer {token}"})
            await asyncio.sleep(3.5)
            assert (await http.get(f"http://{address}/readyz")).json()["ready"]


async def test_a_server_that_is_stopped_says_so(world: World, dsn: str, folder: Path) -> None:
    app = create(Settings(secret_key=SECRET, data_dir=folder), dsn)
    async with serving(app) as server:
        url = f"ws://127.0.0.1:{server.config.port}/graphql"
        opening = [connect(url, subprotocols=[PROTOCOL], proxy=None) for _ in range(3)]
        fresh, idle, busy = [await connection for connection in opening]
        for connection in (idle, busy):
            await init(connection, await token_of(world, "helen"))
        await subscribe(busy)
        await pong(busy)
        server.should_exit = True
        for connection in (fresh, idle, busy):
            assert (await Closed.of(connection)).code == 1012


@asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[uvicorn.Server]:
    """A server in this process, whose deadlines can be made short."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=free_port(), ws="server.wire:Protocol", log_level="error", **options)
    )
    task = asyncio.create_task(server.serve())
    try:
        await until(lambda: server.started)
        yield server
    finally:
        server.should_exit = True
        await task


async def token_of(world: World, name: str, lifetime: float = 900) -> str:
    """A token of a fresh session."""
    async with world.database.transaction() as transaction:
        session = await open_session(transaction, world.people[name])
    return Tokens(SECRET, lifetime, world.database).issue(session)[0]


async def flood(writer: asyncio.StreamWriter, token: str) -> None:
    """Ask for so much that an event is half a megabyte: no buffer of the kernel's holds many of them."""
    wide = " ".join(f"a{number}: client {{ id }}" for number in range(140))
    query = f"subscription {{ feed {{ ... on ReferralChanged {{ referral {{ {wide} }} }} }} }}"
    writer.write(frame({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}))
    for number in range(MAX_OPERATIONS):
        writer.write(frame({"type": "subscribe", "id": str(number), "payload": {"query": query}}))
    await writer.drain()


async def change(world: World, id: Id) -> None:
    """Two events that Helen is told."""
    for status in (ReferralStatus.PENDING, ReferralStatus.ELIGIBLE):
        async with world.database.transaction() as transaction:
            await set_status(transaction, await world.actor("helen"), id, status)
    await asyncio.sleep(0.1)


def connections(there: Served) -> set[int]:
    """The clients' ports of the connections whose server's end the kernel still holds."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    closed = {"06", "0A"}  # TIME_WAIT, and the one that listens
    mine = f":{there.server.port:04X}"
    return {int(line[2].partition(":")[2], 16) for line in lines if line[1].endswith(mine) and line[3] not in closed}


def resident(there: Served) -> int:
    """The bytes of memory that the server uses."""
    assert there.server.process is not None
    return int(Path(f"/proc/{there.server.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
