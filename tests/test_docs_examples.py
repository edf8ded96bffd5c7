"""The docs are true: their operations are valid, their paths and links lead somewhere, their programs run."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate
from sqlalchemy import Text, cast, or_, select

from models.database import Database, Statement
from models.events import Event
from models.referrals import ReferralStatus
from server.schema import build
from tests.journeys.server import Person, Server, serving
from tests.world import PASSWORD, World
from workflows import clients, notes
from workflows.referrals.set_status import set_status

ROOT = Path(__file__).parents[1]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")), *DECISIONS]
OURS = [ROOT / "README.md", ROOT / "docs" / "realtime.md", ROOT / "docs" / "adding-a-feature.md"]
MODULES = ROOT / "web" / "node_modules"
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()}

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]+\]\(([^)\s]+)\)")
PATH = re.compile(r"(?<![\w/.:-])([a-z_.-]+(?:/[\w.*-]+)+/?)")


def blocks(page: Path, language: str) -> list[str]:
    """The page's blocks of code in this language."""
    return [text for found, text in BLOCK.findall(page.read_text()) if found == language]


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return BLOCK.sub("", page.read_text())


def name(value: object) -> str:
    return str(value.relative_to(ROOT)) if isinstance(value, Path) else str(value)[:40]


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name."""
    headings = re.findall(r"^#+ (.+)$", BLOCK.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", OURS, ids=name)
def test_operations_are_valid(page: Path) -> None:
    found = blocks(page, "graphql")
    assert found
    for text in found:
        assert validate(build(), parse(text)) == [], text


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_paths_exist(page: Path) -> None:
    for path in PATH.findall(prose(page)):
        # A noun that the guide makes up is nowhere yet; what is built is not there in a fresh clone.
        if path.partition("/")[0] in FOLDERS and "appointment" not in path and not path.startswith("web/dist"):
            assert list(ROOT.glob(path.rstrip("/."))), path


@pytest.mark.parametrize("page", OURS, ids=name)
def test_quoted_code_is_in_the_house(page: Path) -> None:
    """A block that begins with the path of a file quotes it; `...` on a line of its own stands for what is left out."""
    for text in blocks(page, "python"):
        first, *lines = text.splitlines()
        if not (quoted := re.fullmatch(r"# (\w+/\S+\.py)", first)):
            continue
        rest = iter((ROOT / quoted[1]).read_text().splitlines())
        for line in lines:
            assert not line or line.strip() == "..." or line in rest, f"{quoted[1]} has no such line here: {line}"


def test_settings_are_listed() -> None:
    code = (ROOT / "server" / "settings.py").read_text()
    read = set(re.findall(r'(?:environ\.get|_number)\(\s*"([A-Z_]+)"', code))
    listed = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert len(read) > 10
    assert sorted(listed) == sorted(read)


def test_decisions_are_short_and_alike() -> None:
    for number, page in enumerate(DECISIONS, start=1):
        lines = page.read_text().splitlines()
        assert page.name.startswith(f"{number:04}-")
        assert lines[0].startswith(f"# {number}. ")
        assert re.findall(r"^## (\w+)$", page.read_text(), re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert re.search(r"^Status: (accepted|proposed|superseded by \[)", page.read_text(), re.MULTILINE)
        assert len(lines) <= 40, page.name


@pytest.mark.rule("XX1")
async def test_the_clients_of_the_guide_miss_nothing(world: World, dsn: str, folder: Path) -> None:
    """Their server is killed and comes back, while the world goes on."""
    id = await world.refer("helen")
    async with serving(dsn, folder) as server:
        paul = await Person.sign_in(server, "paul")
        async with javascript(node(), server, folder) as in_javascript, python(server, paul) as in_python:
            await change(world, id, "Ada")
            server.kill()
            await change(world, id, "Bea")
            server.launch()
            await change(world, id, "Cleo")
            await server.ready()
            log = await events(world.database)
            for told in (in_javascript, in_python):
                ids = await told.until(log[-1])
                assert ids == log[log.index(ids[0]) :]
        fields = "id version status comments notes { totalCount } client { id version firstName }"
        dashboard = await paul.ask(f"{{ viewer {{ inboundReferrals {{ nodes {{ {fields} }} }} }} }}")
    [referral] = dashboard["viewer"]["inboundReferrals"]["nodes"]
    records = {record["id"]: record for record in in_javascript.messages[-1]["records"]}
    assert records[world.sam].items() >= referral.pop("client").items()
    assert records[id].items() >= referral.items()


async def change(world: World, referral_id: str, name: str) -> None:
    """Change what Paul sees: a referral, with a new version and without one, and its client."""
    async with world.database.transaction() as tx:
        helen, paul = [await world.actor(name, tx) for name in ("helen", "paul")]
        await set_status(tx, helen, referral_id, ReferralStatus.PENDING)
        await notes.add(tx, paul, referral_id=referral_id, body="Among us.", shared=False)
        await set_status(tx, paul, referral_id, ReferralStatus.ELIGIBLE)
        await clients.update(tx, helen, world.sam, {"first_name": name})


class Told:
    """What a client is told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    def hear(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self._news.set()

    async def until(self, event_id: str) -> list[str]:
        """The ids of the events, once this one is told."""
        async with asyncio.timeout(60):
            while event_id not in (ids := [message["eventId"] for message in self.messages if "eventId" in message]):
                self._news.clear()
                await self._news.wait()
        return ids


async def events(database: Database) -> list[str]:
    """The ids of what the feed tells of, in order: nobody wrote at the same time, so they are in that of the log."""
    told = select(cast(Event.id, Text)).where(or_(Event.kind == "referral", Event.kind == "client")).order_by(Event.id)
    return [row[0] for row in await database.rows(Statement(told))]


@contextlib.asynccontextmanager
async def python(server: Server, person: Person) -> AsyncIterator[Told]:
    """The guide's client in Python: what it is told."""
    [text] = [text for text in blocks(ROOT / "docs" / "realtime.md", "python") if text.startswith("# follow.py\n")]
    house: dict[str, Any] = {}
    exec(text, house)
    told = Told()

    async def token() -> str:
        return person.token

    head = (await person.ask("{ viewer { feedHead } }"))["viewer"]["feedHead"]
    task = asyncio.create_task(house["follow"](f"ws://127.0.0.1:{server.port}/graphql", token, head, told.hear))
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def node() -> list[str]:
    """How to run Node, with WebSockets: before version 22 it has them only when asked."""
    found = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None or not (MODULES / "graphql-ws").is_dir():
        pytest.skip("needs Node, and the explorer's packages")
    answer = subprocess.run([found, "-p", "typeof WebSocket"], capture_output=True, text=True, check=True)
    return [found, "--no-warnings", *([] if answer.stdout.strip() == "function" else ["--experimental-websocket"])]


@contextlib.asynccontextmanager
async def javascript(command: list[str], server: Server, folder: Path) -> AsyncIterator[Told]:
    """The guide's client in JavaScript: what it is told, each time with the records that it then has."""
    [text] = blocks(ROOT / "docs" / "realtime.md", "javascript")
    (folder / "throughline.mjs").write_text(text.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"))
    (folder / "main.mjs").write_text(MAIN)
    (folder / "node_modules").symlink_to(MODULES)
    process = await asyncio.create_subprocess_exec(
        *command, folder / "main.mjs", "paul@example.test", PASSWORD, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    told = Told()

    async def read(lines: asyncio.StreamReader) -> None:
        async for line in lines:
            told.hear(json.loads(line))

    assert await process.stdout.readline() == b"signed in\n"
    reading = asyncio.create_task(read(process.stdout))
    try:
        yield told
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await reading


MAIN = """
import { follow, signIn } from "./throughline.mjs";
const records = new Map();
await signIn(process.argv[2], process.argv[3]);
console.log("signed in");
follow(records, (message) => console.log(JSON.stringify({ ...message, records: [...records.values()] })));
"""
