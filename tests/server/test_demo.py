"""The demo: its county, and the command that serves it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from graphql import parse, validate
from sqlalchemy import func, select, text

from models import migrations
from models.clients import Client
from models.database import Database, Statement
from models.engagements import CaseManagerAssignment, Engagement
from models.events import Event, Log
from models.notes import Note
from models.people import User
from models.programs import Program
from models.progressions import Progression
from models.referrals import Referral, ReferralStatus
from policies import referrals as policy
from policies.actors import ONE, Actor
from policies.actors import actor as read_actor
from server import cli
from server.demo import directory, welcome
from server.demo.seed import OtherDataError, is_needed, seed
from server.demo.staff import ACCOUNTS, PASSWORD
from server.demo.timeline import Story, Timeline, office_hours
from server.schema import build
from tests.databases import fresh_database
from tests.graph import Graph
from tests.journeys.server import ROOT, SECRET, free_port
from tests.world import World
from workflows import clock
from workflows.sessions import check_password, find_user

QUEUED = Statement(text("select entrypoint from pgqueuer where status = 'queued'"))


def count(table: type, *where: object) -> Statement:
    return Statement(select(func.count()).select_from(table).where(*where))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
async def county(server_dsn: str) -> AsyncIterator[Database]:
    """A small county: what takes long about a large one is that there is more of the same."""
    async with fresh_database(server_dsn) as dsn, Database(dsn, size=2) as database:
        await seed(database, lambda done: None, referrals=250)
        yield database


async def person(database: Database, name: str) -> Actor:
    user_id = await find_user(database, f"{name}@demo.test")
    assert user_id is not None
    actor = await read_actor(database, user_id)
    assert actor is not None
    return actor


@pytest.mark.rule("FH2")
async def test_the_three_are_parties_to_the_same_referrals(county: Database) -> None:
    seen = []
    for name, part in (("seeker", policy.own), ("helper", policy.made_it), ("program", policy.inbound)):
        actor = await person(county, name)
        rows = await county.rows(Statement(select(Referral.id, Referral.status).where(part(ONE))), **actor.parameters())
        assert len(rows) > 12
        seen.append({(row["id"], row["status"]) for row in rows})
    shared = set.intersection(*seen)
    assert len(shared) >= 12
    assert len({status for _, status in shared}) >= 8
    assert all(len(of_one) > len(shared) for of_one in seen), "and each of them has others besides"


async def test_every_account_has_the_password(county: Database) -> None:
    for email in ACCOUNTS:
        assert await check_password(county, email, PASSWORD)


async def test_it_looks_lived_in(county: Database) -> None:
    statuses = Counter(row[0] for row in await county.rows(Statement(select(Referral.status))))
    assert set(statuses) == {*ReferralStatus}
    assert 240 <= statuses.total() <= 300
    for table, *where in (
        (Note, Note.shared.is_(False)),
        (Note, Note.deleted_at.is_not(None)),
        (Referral, Referral.live.is_(False)),
        (Referral, Referral.replaced_by_id.is_not(None)),
        (Referral, Referral.goal_id.is_not(None)),
        (Referral, func.cardinality(Referral.shared_with) > 0),
        (Event, Event.action == "referral.viewed"),
    ):
        assert await county.value(count(table, *where)), where
    assert 230 <= await county.value(count(Program)) <= 280


@pytest.mark.rule("AM3")
async def test_clients_of_the_mission_progress_and_two_wait_this_morning(county: Database) -> None:
    graph = Graph(county, {})
    waiting = "{ viewer { approvals { nodes { waitsFor recommendation { phase { name } } } } } }"
    for name, expected in (("leader", (1, "Choose Help")), ("director", (2, "Make Progress"))):
        nodes = (await graph.ask(await person(county, name), waiting))["viewer"]["approvals"]["nodes"]
        assert expected in [(node["waitsFor"], node["recommendation"]["phase"]["name"]) for node in nodes]
    caseload = "{ viewer { caseload { totalCount } } }"
    assert (await graph.ask(await person(county, "casemanager"), caseload))["viewer"]["caseload"]["totalCount"] > 1
    for table, *where in (
        (Engagement, Engagement.status == "inactive"),
        (Progression, Progression.status == "denied"),
        (Progression, Progression.kind == "persona"),
        (Progression, func.jsonb_array_length(Progression.warnings) > 0),
        (CaseManagerAssignment, CaseManagerAssignment.assigned_by_id.is_(None)),
    ):
        assert await county.value(count(table, *where)), where


async def test_history_is_in_order_and_ends_today(county: Database) -> None:
    events = await county.rows(Statement(select(Event.position, Event.at).order_by(Event.position)))
    times = [row["at"] for row in events]
    assert [row["position"] for row in events] == [*range(1, len(events) + 1)]
    assert await county.value(Statement(select(Log.head))) == len(events)
    assert times == sorted(times)
    assert times[-1] < clock.now() < times[0] + timedelta(days=190)
    assert clock.now() - times[-1] < timedelta(hours=1)


async def test_only_this_mornings_mail_goes_out(county: Database) -> None:
    assert [row[0] for row in await county.rows(QUEUED)] == ["referral_submitted"] * 2


async def test_a_second_time_changes_nothing(county: Database) -> None:
    def explode(done: float) -> None:
        raise AssertionError

    assert not await is_needed(county)
    before = await county.value(count(Event))
    await seed(county, explode)
    assert await county.value(count(Event)) == before


async def test_what_is_interrupted_begins_anew(database: Database) -> None:
    def interrupt(done: float) -> None:
        if done > 0.5:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await seed(database, interrupt, referrals=40)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert await is_needed(database)
    for table in (User, Client, Referral, Event):
        assert await database.value(count(table)) == 0
    imported = Program.source.is_not(None)
    programs = await database.value(count(Program, imported))
    await seed(database, lambda done: None, referrals=40)
    assert not await is_needed(database)
    assert await database.value(count(Program, imported)) == programs


async def test_it_does_not_move_in_with_others(world: World) -> None:
    with pytest.raises(OtherDataError):
        await seed(world.database, lambda done: None)


async def test_the_directory_is_taken_over_whole(dsn: str, tmp_path: Path) -> None:
    again = tmp_path / "again"
    for folder in (tmp_path / "first", again):
        folder.mkdir()
        directory.write(folder)
    for path in again.iterdir():
        assert path.read_bytes() == (tmp_path / "first" / path.name).read_bytes()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "server", "import-hsds", str(again)),
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": dsn, "SECRET_KEY": SECRET},
        stdout=subprocess.PIPE,
    )
    report = (await process.communicate())[0].decode()
    assert process.returncode == 0
    assert "organizations: 40 created" in report
    assert "0 rows refused; 0 kept with something mended or left out" in report


async def test_stories_happen_in_the_order_of_their_times() -> None:
    told: list[tuple[str, datetime]] = []
    monday = datetime(2026, 3, 2, 17, tzinfo=UTC)

    async def story(name: str, *waits: int) -> Story:
        for hours in waits:
            told.append((name, clock.now()))
            yield timedelta(hours=hours)

    timeline = Timeline(lambda at: None)
    timeline.begin(monday, story("a", 2, 2, 500))
    timeline.begin(monday + timedelta(hours=1), story("b", 2, 2, 2))
    await timeline.run(monday + timedelta(hours=4))
    assert [name for name, _ in told] == ["a", "b", "a", "b"]
    assert [round((at - monday) / timedelta(hours=1)) for _, at in told] == [0, 1, 2, 3]


def test_nobody_works_at_night_or_on_sundays() -> None:
    for hours in range(24 * 14):
        moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours)
        moved = office_hours(moment)
        assert moved >= moment
        assert 8 <= moved.hour < 17
        assert moved.weekday() < 5
        assert office_hours(moved) == moved


@pytest.mark.parametrize("document", [welcome.QUERY, welcome.SUBSCRIPTION])
def test_what_one_is_told_to_try_can_be_tried(document: str) -> None:
    assert validate(build(), parse(document)) == []


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str, **environment: str) -> str | int | None:
    """What the command line ends with, in this process."""
    monkeypatch.setattr(sys, "argv", ["server", *arguments])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    handler = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            cli.main()
    finally:
        signal.signal(signal.SIGTERM, handler)
    return ended.value.code


def test_a_port_in_use_is_one_line(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = run_main(monkeypatch, "demo", PORT=str(port), DATA_DIR=str(folder))
    assert said == f"throughline: Port {port} on 127.0.0.1 cannot be used: Address already in use."


def test_a_folder_that_cannot_be_written_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    said = run_main(monkeypatch, "demo", PORT=str(free_port()), DATA_DIR="/dev/null/data", DATABASE_URL="")
    assert said == "throughline: The data folder /dev/null/data cannot be written: Not a directory."


def test_a_database_too_old_is_one_line(monkeypatch: pytest.MonkeyPatch, server_dsn: str) -> None:
    monkeypatch.setattr(migrations, "OLDEST_POSTGRES", 99)
    said = run_main(monkeypatch, "demo", PORT=str(free_port()), DATABASE_URL=server_dsn, SECRET_KEY=SECRET)
    assert str(said).startswith("throughline: PostgreSQL ")
    assert str(said).endswith(" is too old; Throughline needs 99 or newer.")


class Demo:
    """`python -m server demo`, as somebody starts it."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._screen = folder / "screen"
        given = {"PORT": str(port), "DATA_DIR": str(folder / "data"), "PYTHONUNBUFFERED": "1", **environment}
        with self._screen.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server", "demo"],
                cwd=ROOT,
                env={**os.environ, "DATABASE_URL": "", **given},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self._screen.read_text()

    def shows(self, text: str) -> None:
        deadline = time.monotonic() + 90
        while text not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            time.sleep(0.05)

    def is_ready(self) -> bool:
        return httpx.get(f"{self.url}/readyz").status_code == 200

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGTERM), ("2", signal.SIGINT)])
async def test_it_serves_and_ends_cleanly(county: Database, folder: Path, workers: str, number: signal.Signals) -> None:
    # What the system does by itself when a time has come goes on.
    done = Statement(select(func.count()).where(Event.actor_id.is_not(None)))
    events = await county.value(done)
    demo = Demo(folder, DATABASE_URL=county.dsn, SECRET_KEY=SECRET, WORKERS=workers)
    demo.shows("the county stays")
    assert demo.is_ready()
    for line in (demo.url, *ACCOUNTS, PASSWORD, welcome.QUERY, welcome.SUBSCRIPTION):
        assert line in demo.text
    assert demo.end(number) == 0
    assert "Traceback" not in demo.text
    assert "Making" not in demo.text, "the data was there"
    assert await county.value(done) == events


def test_interrupted_while_it_is_made_it_leaves_nothing_running(folder: Path) -> None:
    demo = Demo(folder)
    demo.shows("Making the demo county")
    postmaster = folder / "data" / "postgres" / "postmaster.pid"
    assert postmaster.exists()
    assert demo.end(signal.SIGTERM) == 130
    assert "Traceback" not in demo.text
    assert not postmaster.exists()
