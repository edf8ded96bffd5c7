"""What a watching client does about tokens that end, rights that grow, and records that go out of sight."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rich.console import Console
from sqlalchemy import bindparam, select

from models.database import Database, Statement
from models.people import Session as UserSession
from policies.actors import UUID
from server.watch import Session, SignInError, Watch
from tests.databases import fresh_database
from tests.journeys.server import Person, Server, serving
from tests.world import PASSWORD, World
from workflows import clients, people, sessions

SESSIONS = Statement(select(UserSession.id).where(UserSession.user_id == bindparam("user_id", type_=UUID)))


class Screen:
    """A watch of somebody's feed in this process."""

    def __init__(self, server: Server, name: str) -> None:
        self.session = Session(f"{server.url}/graphql", f"{name}@example.test", PASSWORD)
        self._output = io.StringIO()
        self._watch = Watch(self.session, Console(file=self._output, highlight=False, soft_wrap=True, width=200))

    @property
    def text(self) -> str:
        return self._output.getvalue()

    @asynccontextmanager
    async def on(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch.run())
        try:
            await self.shows("Status")
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(20):
            while text not in self.text:
                await asyncio.sleep(0.02)


@pytest.fixture(scope="module")
async def stage(server_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, Server]]:
    """One world and one server for all tests here: a server takes longer to start than a test to run."""
    async with fresh_database(server_dsn) as dsn, Database(dsn, size=2) as database:
        world = await World.build(database)
        async with serving(dsn, tmp_path_factory.mktemp("data")) as server:
            yield world, server


@pytest.fixture
def world(stage: tuple[World, Server]) -> World:
    return stage[0]


@pytest.fixture
def server(stage: tuple[World, Server]) -> Server:
    return stage[1]


async def test_a_wrong_password_is_said(world: World, server: Server) -> None:
    with pytest.raises(SignInError, match="wrong"):
        await Session(f"{server.url}/graphql", "paul@example.test", "guess").renew()


async def test_the_token_is_renewed_before_it_ends(world: World, server: Server) -> None:
    id = await world.refer()
    screen = Screen(server, "paul")
    async with screen.on():
        token = screen.session.authorization
        screen.session.renew_at = time.time() + 0.1
        helper = await Person.sign_in(server, "helen")
        await helper.do("referralSetStatus", id=id, status="PENDING")
        await screen.shows("→ pending")
        async with asyncio.timeout(20):
            while screen.session.authorization in (token, {}):
                await asyncio.sleep(0.02)
        await helper.do("referralSetStatus", id=id, status="ELIGIBLE")
        await screen.shows("→ eligible")
        assert screen.text.count("→ pending") == 1


@pytest.mark.rule("XX2")
async def test_an_ended_session_is_begun_again(world: World, server: Server) -> None:
    id = await world.refer()
    screen = Screen(server, "petra")
    async with screen.on():
        async with world.database.transaction() as tx:
            for session in await tx.rows(SESSIONS, user_id=world.people["petra"]):
                await sessions.close_session(tx, session["id"])
        helper = await Person.sign_in(server, "helen")
        await helper.do("referralSetStatus", id=id, status="PENDING")
        await screen.shows("→ pending")
        assert screen.text.count("Status") == 1, "it has gone on from its cursor"


@pytest.mark.rule("XX2")
async def test_the_end_of_sight_and_its_beginning_are_shown(world: World, server: Server) -> None:
    await world.refer()
    screen = Screen(server, "karl")
    async with screen.on():
        assert "Sam Stone" not in screen.text
        async with world.database.transaction() as tx:
            await people.place(tx, None, membership_id=world.memberships["karl"], program_id=world.pantry)
        await screen.shows("Sam Stone → Pantry  not updated")
        async with world.database.transaction() as tx:
            await clients.withdraw_consent(tx, await world.actor("helen"), world.sam)
        await screen.shows("No longer to be seen: Sam Stone → Pantry")
        assert screen.text.count("Status") == 2, "what was gained has to be asked for"


async def test_names_cannot_command_the_terminal(world: World, server: Server) -> None:
    async with world.database.transaction() as tx:
        await clients.update(tx, await world.actor("helen"), world.nora, {"first_name": "\x1b[2J[red]Nora"})
    screen = Screen(server, "helen")
    async with screen.on():
        helper = await Person.sign_in(server, "helen")
        await helper.do("referralSubmit", clientId=world.nora, programId=world.pantry, consent=True)
        await screen.shows("[red]Nora North → Pantry  referral submitted")
        assert "\x1b" not in screen.text
