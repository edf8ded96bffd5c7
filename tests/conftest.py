"""One PostgreSQL a run, one database a test: cloned from a migrated template."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import fasteners
import pytest

from models.base import new_id
from models.database import Database
from models.migrations import migrate
from server import postgres
from tests.mission import Mission
from tests.world import World
from workflows import clock

TEMPLATE = "throughline_template"
RUN_FOLDER = "THROUGHLINE_TEST_RUN"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_configure() -> None:
    """Make one folder for the run; workers inherit its name.

    Not under pytest's own: that is closed to the user as whom PostgreSQL runs where the tests run as root.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="throughline-")
        atexit.register(shutil.rmtree, os.environ[RUN_FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder that all workers of this run share."""
    return Path(os.environ[RUN_FOLDER])


@pytest.fixture(scope="session")
def server_dsn(run_folder: Path) -> str:
    """The server's own database; safe for tests, and made to forget at a power cut."""
    # Workers come and go: the last one to end stops the server.
    server = postgres.start(run_folder / "pgdata")
    address = postgres.dsn(server)
    with fasteners.InterProcessLock(run_folder / "template.lock"):
        asyncio.run(_make_template(address, postgres.dsn(server, TEMPLATE)))
    return address


async def _make_template(server_dsn: str, template_dsn: str) -> None:
    connection = await asyncpg.connect(server_dsn)
    try:
        if await connection.fetchval("select 1 from pg_database where datname = $1", TEMPLATE):
            return
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            await connection.execute(f"alter system set {setting} = off")
        await connection.execute("select pg_reload_conf()")
        await connection.execute(f"create database {TEMPLATE}")
        await migrate(template_dsn)
    finally:
        await connection.close()


@asynccontextmanager
async def fresh_database(server_dsn: str, template: str = TEMPLATE) -> AsyncIterator[str]:
    """A database of its own, dropped at the end; a copy of one to which nobody is connected."""
    name = f"t_{new_id().replace('-', '')}"
    connection = await asyncpg.connect(server_dsn)
    try:
        await connection.execute(f"create database {name} template {template} strategy file_copy")
        yield server_dsn.replace("/postgres?", f"/{name}?")
        await connection.execute(f"drop database {name} with (force)")
    finally:
        await connection.close()


@pytest.fixture
async def dsn(server_dsn: str) -> AsyncIterator[str]:
    """The address of an empty, migrated database for this test."""
    async with fresh_database(server_dsn) as address:
        yield address


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """That database, open."""
    async with Database(dsn, size=8) as opened:
        yield opened


@pytest.fixture
async def world(database: Database) -> World:
    """An agency, a program elsewhere, and the people between whom referrals travel."""
    return await World.build(database)


@pytest.fixture
async def mission(world: World) -> Mission:
    """A ministry in that world, through whose program clients progress by approval."""
    return await Mission.build(world)


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    yield
    clock.reset()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short-named folder: a socket's path has to fit into 107 bytes."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)
