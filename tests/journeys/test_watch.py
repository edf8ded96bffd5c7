"""A terminal that watches: it shows what happens, once, also what happened while the server was dead."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from models.referrals import ReferralStatus as S
from tests.journeys.server import ROOT, Person, Server, serving
from tests.world import PASSWORD, World
from workflows.referrals.set_status import set_status


class Terminal:
    """What `python -m server watch` has written so far."""

    def __init__(self, process: subprocess.Popen[bytes], screen: Path) -> None:
        self.process = process
        self._screen = screen

    @property
    def text(self) -> str:
        return self._screen.read_text()

    async def shows(self, text: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < deadline, f"{text!r} is not in\n{self.text}"
            assert self.process.poll() is None, self.text
            await asyncio.sleep(0.05)


@asynccontextmanager
async def watching(server: Server, name: str, folder: Path) -> AsyncIterator[Terminal]:
    arguments = ["-m", "server", "watch", "--as", f"{name}@example.test", "--url", f"{server.url}/graphql"]
    environment = {**os.environ, "THROUGHLINE_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
    screen = folder / "screen"
    with screen.open("wb") as output:
        process = subprocess.Popen(  # noqa: ASYNC220 - it is started before anything else goes on here
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield Terminal(process, screen)
    finally:
        process.kill()
        process.wait()


@pytest.mark.rule("XX1", "FH5")
async def test_what_happens_while_the_server_is_dead_is_shown_once(world: World, dsn: str, folder: Path) -> None:
    id = await world.refer()
    async with serving(dsn, folder) as server, watching(server, "paul", folder) as terminal:
        await terminal.shows("Sam Stone → Pantry  not updated")
        helper = await Person.sign_in(server, "helen")
        await helper.do("referralSetStatus", id=id, status="PENDING")
        await terminal.shows("Sam Stone → Pantry  referral status set: not updated → pending  (Helen H., Pier Office)")

        server.kill()
        for status in (S.ELIGIBLE, S.GOT_HELP):
            async with world.database.transaction() as tx:
                await set_status(tx, await world.actor("helen"), id, status)
        server.launch()
        await server.ready()
        await terminal.shows("eligible → got help")
        await helper.do("referralSetStatus", id=id, status="PENDING")
        await terminal.shows("got help → pending")

        told = [line.partition(": ")[2].partition("  (")[0] for line in terminal.text.splitlines() if "set:" in line]
        steps = ["not updated", "pending", "eligible", "got help", "pending"]
        assert told == [f"{before} → {after}" for before, after in pairwise(steps)]

        terminal.process.send_signal(signal.SIGINT)
        assert terminal.process.wait(10) == 0
        assert "Traceback" not in terminal.text
