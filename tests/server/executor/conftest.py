"""A county, and the loop on which it is asked: made once for the folder."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from models.database import Database
from tests.databases import fresh_database
from tests.server.executor.county import County, settle


@pytest.fixture(scope="package")
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all examples: a pool of connections belongs to its loop."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="package")
def county(runner: asyncio.Runner, server_dsn: str) -> Iterator[County]:
    """The county, on a database of its own."""
    stack = AsyncExitStack()

    async def start() -> County:
        address = await stack.enter_async_context(fresh_database(server_dsn))
        return await settle(await stack.enter_async_context(Database(address, size=8)))

    try:
        yield runner.run(start())
    finally:
        runner.run(stack.aclose())
