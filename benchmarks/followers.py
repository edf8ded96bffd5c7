"""A county for measuring the feed: programs, each with people who follow it, one server process, and light clients."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import socket as sockets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from models.base import Id
from models.database import Database
from models.organizations import OrganizationKind
from models.people import Permission
from policies.actors import actor as read_actor
from server.auth import Tokens
from tests.chaos.cluster import Cluster, Replica, cluster
from tests.chaos.follower import PROTOCOL, ask
from tests.chaos.history import instruments
from tests.journeys.server import SECRET
from workflows import clients, organizations, people, sessions
from workflows.referrals.submit import submit

FEED = """
subscription ($after: FeedCursor) {
  feed(after: $after, filter: { kinds: [REFERRAL] }) {
    __typename
    ... on ReferralChanged { cursor eventId toStatus referral { id version status client { id firstName lastName } } }
    ... on FeedCheckpoint { cursor }
  }
}
"""
SET_STATUS = """
mutation ($input: ReferralSetStatusInput!) { referralSetStatus(input: $input) { referral { id } userErrors { code } } }
"""
REFERRALS = 20
"""To each program."""
_ESTABLISHED = 1
_EVENT_ID = re.compile(rb'"eventId":"(\d+)"')
_PING = re.compile(rb"\x89([\0-\x7d])", re.DOTALL)
"""A ping and the length of its payload; or a part of some message, which is answered, too, and does no harm."""


@dataclass
class County:
    """Who follows what: tokens by program."""

    helper: str = ""
    tokens: list[list[str]] = field(default_factory=list)
    referrals: list[list[Id]] = field(default_factory=list)

    @classmethod
    async def build(cls, database: Database, programs: int, followers: int, comments: str | None = None) -> County:
        """So many programs with so many followers each."""
        county, tokens = cls(), Tokens(SECRET, 24 * 3600, database)

        async def signed_in(number: int | str) -> tuple[Id, str]:
            user_id = await people.register(tx, email=f"{number}@bench.test", first_name="A", last_name=f"B{number}")
            return user_id, tokens.issue(await sessions.open_session(tx, user_id))[0]

        async with database.transaction() as tx:
            agency = await organizations.create(tx, name="Agency", kind=OrganizationKind.AGENCY)
            role = await people.add_role(
                tx,
                organization_id=agency,
                name="Worker",
                permissions=list(Permission),
            )
            helper_id, county.helper = await signed_in("helper")
            await people.join(tx, None, user_id=helper_id, organization_id=agency, role_ids=[role])
            helper = await read_actor(tx, helper_id)
            assert helper is not None
            made = [
                await clients.create(tx, helper, organization_id=agency, first_name="Client", last_name=f"No. {number}")
                for number in range(REFERRALS)
            ]
        for place in range(programs):
            async with database.transaction() as tx:
                bank = await organizations.create(tx, name=f"Bank {place}", kind=OrganizationKind.AGENCY)
                role = await people.add_role(tx, organization_id=bank, name="Worker", permissions=[])
                program = await organizations.add_program(tx, organization_id=bank, name=f"Program {place}")
                county.tokens.append([])
                for person in range(followers):
                    user_id, token = await signed_in(f"{person}.{place}")
                    membership = await people.join(tx, None, user_id=user_id, organization_id=bank, role_ids=[role])
                    await people.place(tx, None, membership_id=membership, program_id=program)
                    county.tokens[-1].append(token)
                county.referrals.append(
                    [
                        await submit(tx, helper, client_id=id, program_id=program, consent=True, comments=comments)
                        for id in made
                    ]
                )
        return county


class Reader:
    """One follower's connection, which keeps what came and when, and parses nothing but what has to be answered."""

    def __init__(self, url: str, token: str, query: str = FEED, after: str | None = None) -> None:
        self.heard: list[tuple[float, bytes]] = []
        self.let_go = 0
        """How often the server ended the connection of one who reads nothing."""
        self._url, self._token, self._query, self._after = (
            url.replace("http", "ws", 1) + "/graphql",
            token,
            query,
            after,
        )

    @asynccontextmanager
    async def _subscribed(self, sock: sockets.socket | None = None) -> AsyncIterator[ClientConnection]:
        async with connect(
            self._url, sock=sock, subprotocols=[PROTOCOL], compression=None, ping_interval=None,
            open_timeout=60, close_timeout=1, proxy=None,
        ) as socket:  # fmt: skip
            for message in (
                {"type": "connection_init", "payload": {"authorization": f"Bearer {self._token}"}},
                {
                    "type": "subscribe",
                    "id": "1",
                    "payload": {"query": self._query, "variables": {"after": self._after}},
                },
            ):
                await socket.send(orjson.dumps(message).decode())
            yield socket

    async def follow(self) -> None:
        """Read for ever."""
        async with self._subscribed() as socket:
            listening = _Listening(self, socket)
            socket.transport.set_protocol(listening)
            try:
                await listening.ended
            finally:
                assert isinstance(socket.transport, asyncio.Transport)
                socket.transport.abort()

    def hears(self, data: bytes) -> None:
        """It came now."""
        self.heard.append((time.time(), data))

    async def hang(self) -> None:
        """Subscribe with a small buffer, read nothing until the server lets go, and come again."""
        while True:
            sock = sockets.socket()
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
            sock.setblocking(False)
            host, port = self._url.removeprefix("ws://").removesuffix("/graphql").split(":")
            await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
            with contextlib.suppress(ConnectionClosed, OSError, TimeoutError):
                async with self._subscribed(sock) as socket:
                    assert isinstance(socket.transport, asyncio.Transport)
                    socket.transport.pause_reading()
                    # Whoever reads nothing does not read the end either, but the kernel knows of it.
                    while sock.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_INFO, 1)[0] == _ESTABLISHED:
                        await asyncio.sleep(0.5)
                    self.let_go += 1
                    socket.transport.abort()


class _Listening(asyncio.Protocol):
    """A connection from now on: it costs the processor as little as can be, which is needed for what is measured."""

    def __init__(self, reader: Reader, connection: ClientConnection) -> None:
        self.ended = asyncio.get_running_loop().create_future()
        self._reader = reader
        self._connection = connection

    def data_received(self, data: bytes) -> None:
        """Keep it; a ping is answered."""
        ping = _PING.search(data)
        while ping is not None:
            payload = data[ping.end() :][: ping[1][0]]
            assert isinstance(self._connection.transport, asyncio.Transport)
            self._connection.transport.write(bytes((0x8A, 0x80 | len(payload), 0, 0, 0, 0)) + payload)
            ping = _PING.search(data, ping.end() + len(payload))
        self._reader.hears(data)

    def connection_lost(self, error: Exception | None) -> None:
        """It must not end by itself."""
        self._connection.connection_lost(error)
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the server has ended the connection"))


def event_ids(readers: list[Reader]) -> list[tuple[float, int]]:
    """When each event was heard: by all of these readers, one after the other."""
    found = []
    for reader in readers:
        rest = b""
        for at, data in reader.heard:
            # What comes at once may end in the middle of a message.
            rest += data
            end = 0
            for match in _EVENT_ID.finditer(rest):
                found.append((at, int(match[1])))
                end = match.end()
            rest = rest[end:]
    return found


@asynccontextmanager
async def serving(
    programs: int, followers: int, comments: str | None = None
) -> AsyncIterator[tuple[Cluster, Replica, County]]:
    """A database with such a county, and one server process over it."""
    async with cluster() as found:
        for statement in instruments(0):
            await found.query(statement)
        async with Database(found.dsn, size=4) as database:
            county = await County.build(database, programs, followers, comments)
        # The e-mails about these referrals are not what is measured.
        await found.query("delete from pgqueuer")
        await found.query("vacuum analyze")
        await found.launch(1)
        # Who was placed where is told first: followers who come before that would be told to start again.
        while await found.query("select from events where position is null limit 1"):
            await asyncio.sleep(0.1)
        yield found, found.replicas[0], county


async def act(replica: Replica, county: County, rate: float, seconds: float, place: Callable[[int], int]) -> None:
    """Set the status of a referral so many times a second; `place` says to which program the next one belongs."""
    loop = asyncio.get_running_loop()
    statuses = itertools.cycle(["PENDING", "ELIGIBLE"])
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=20)
    async with httpx.AsyncClient(timeout=30, limits=limits, trust_env=False) as http, asyncio.TaskGroup() as tasks:
        began = loop.time()
        for number in range(int(rate * seconds)):
            await asyncio.sleep(began + number / rate - loop.time())
            referrals = county.referrals[place(number)]
            input = {"id": referrals[number % REFERRALS], "status": next(statuses)}
            url = f"http://127.0.0.1:{replica.port}"
            tasks.create_task(ask(http, url, county.helper, SET_STATUS, input=input))


async def delays(found: Cluster, readers: list[Reader]) -> list[float]:
    """From the commit of each event to each reader, in order of size."""
    rows = await found.query("select event_id, extract(epoch from at)::float8 from chaos_commits")
    committed = {row[0]: row[1] for row in rows}
    return sorted(at - committed[id] for at, id in event_ids(readers))
