"""One PostgreSQL a run, one database a worker, as empty for each test as for the first."""

import asyncio
import atexit
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import fasteners
import pytest

from models.database import Database
from server import postgres
from tests.databases import TEMPLATE, Kept, make_template
from tests.mission import Mission
from tests.world import World
from workflows import clock

RUN_FOLDER = "THROUGHLINE_TEST_RUN"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_configure() -> None:
    """Make one folder for the run; workers inherit its name.

    Not under pytest's own: that is closed to the user as whom PostgreSQL runs where the tests run as root.
    """
    # A run in the background ignores it, and so would what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
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
        asyncio.run(make_template(address, postgres.dsn(server, TEMPLATE)))
    return address


@pytest.fixture(scope="session")
def kept(server_dsn: str) -> Kept:
    """The database that this worker keeps."""
    return Kept(server_dsn)


@pytest.fixture
async def dsn(kept: Kept) -> AsyncIterator[str]:
    """The address of an empty, migrated database for this test."""
    async with kept.lend() as address:
        yield address


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """That database, open."""
    async with Database(dsn, size=8) as opened:
        yield opened


@pytest.fixture
async def world(database: Database) -> World:
    """An agency, a program elsewhere, and the people between whom referrals travel."""
    return await World.found(database)


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
