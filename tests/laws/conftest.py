"""A process whose streams say soon how far they have come."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from subscriptions import streams
from tests.intake import intake as intake
from tests.laws.process import Process, running
from tests.world import World


@pytest.fixture(autouse=True)
def _frequent_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "CHECKPOINT", 0.2)


@pytest.fixture
async def process(world: World, dsn: str, folder: Path) -> AsyncIterator[Process]:
    """A process on the world's database; what the world does by itself is committed by another one."""
    async with running(dsn, folder) as process:
        yield process
