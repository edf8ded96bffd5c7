"""A real server process, for tests of what goes over the wire; what it says is kept."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text

from models.database import Database, Statement
from tests.databases import fresh_database
from tests.journeys.server import ROOT, Person, Server
from tests.world import World

_NUMBERED = Statement(text("select head from log where not exists (select from events where position is null)"))


class LoggedServer(Server):
    """A server process whose output goes to a file."""

    def __init__(self, dsn: str, folder: Path, **environment: str) -> None:
        super().__init__(dsn, folder, None, **environment)
        self.log = folder / "output"

    def launch(self) -> None:
        """Start the process."""
        command = [sys.executable, "-W", "always::ResourceWarning", "-m", "server", "serve"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=output, stderr=subprocess.STDOUT
            )


@dataclass
class Served:
    """The server, the world in its database, and the tokens of those who signed in."""

    server: LoggedServer
    world: World

    @property
    def url(self) -> str:
        """Where GraphQL is asked."""
        return f"{self.server.url}/graphql"

    async def token(self, name: str) -> str:
        """An access token of a fresh session."""
        return (await Person.sign_in(self.server, name)).token

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        """Whatever clients do in this block is no reason for the server to say anything."""
        before = self.server.log.stat().st_size
        yield
        # What a task has to say when it is destroyed, it says a moment later.
        await asyncio.sleep(0.05)
        said = self.server.log.read_bytes()[before:].decode()
        assert said == "", said


async def _told(server: Server, database: Database) -> None:
    """Wait until the server has told what made the world: who follows the feed from now on hears nothing of it."""
    async with httpx.AsyncClient() as http, asyncio.timeout(30):
        while (head := await database.value(_NUMBERED)) is None or (
            (await http.get(f"{server.url}/readyz")).json()["position"] < head
        ):
            await asyncio.sleep(0.05)


@asynccontextmanager
async def served(server_dsn: str, **environment: str) -> AsyncIterator[Served]:
    """A server with the tests' world, on a database of its own; it has to end without a complaint."""
    with tempfile.TemporaryDirectory() as folder:
        async with fresh_database(server_dsn) as dsn:
            async with Database(dsn, size=4) as database:
                world = await World.build(database)
                server = LoggedServer(dsn, Path(folder), **environment)
                server.launch()
                try:
                    await server.ready()
                    await _told(server, database)
                    yield Served(server, world)
                finally:
                    server.stop()
            output = server.log.read_text()
            assert "Traceback" not in output, output
            assert "was destroyed" not in output, output
            assert "never retrieved" not in output, output
