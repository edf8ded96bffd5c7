"""A request for a mentor, from the public form to its first session, on the dashboards of all whom it concerns.

The server runs in this process, so that its clock can be moved: from the Friday before the clocks in Berlin go forward,
over Good Friday and Easter Monday.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import uvicorn

from jobs import deadlines
from server.app import create
from server.settings import Settings
from tests.intake import Intake, at
from tests.intake import intake as intake
from tests.jobs.conftest import PostOffice, link_in
from tests.jobs.conftest import post_office as post_office
from tests.journeys.server import SECRET, Follower, Person, Server, free_port

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 3, 27, 10, tzinfo=BERLIN)
OVER = datetime(2026, 4, 7, 10, tzinfo=BERLIN)
QUEUE = "{ viewer { intakeQueue { nodes { id status deadline } } } }"
FORM = {"firstName": "Clea", "lastName": "Cole", "email": "clea@example.test", "help": "Find a first job."}


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "PERIOD", 0.05)


@asynccontextmanager
async def serving_here(dsn: str, folder: Path, smtp_url: str) -> AsyncIterator[Server]:
    """The server as a task of this process."""
    address = Server(dsn, folder, free_port())
    settings = Settings(port=address.port, data_dir=folder, smtp_url=smtp_url, secret_key=SECRET)
    config = uvicorn.Config(
        create(settings, dsn),
        port=address.port,
        log_level="warning",
        ws="server.wire:Protocol",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(30):
        while not server.started:
            await asyncio.sleep(0.02)
    try:
        yield address
    finally:
        server.should_exit = True
        await task


def said(follower: Follower) -> list[str]:
    """What the messages about requests say, and where access ended."""
    return [
        message.get("action", "access_ended").partition(".")[2] or "access_ended"
        for message in follower.changes
        if message["__typename"] in ("MentoringRequestChanged", "AccessEnded")
    ]


async def until(follower: Follower, *steps: str) -> None:
    """Wait for exactly these, in this order."""
    deadline = time.monotonic() + 20
    while len(said(follower)) < len(steps):
        assert time.monotonic() < deadline, follower.messages
        await follower.until(len(follower.changes))
        await asyncio.sleep(0.02)
    assert said(follower) == list(steps)


@pytest.mark.rule("SC1", "SC2", "SC3", "SC5", "SC9", "SC10", "SC11", "SC14", "SC21", "XX1", "XX2")
async def test_from_the_public_form_to_the_first_session(
    intake: Intake, dsn: str, folder: Path, post_office: PostOffice
) -> None:
    pool = intake.world.database.pool
    await pool.execute(
        "update chapters set time_zone = 'Europe/Berlin', calendar = 'DE' where id = $1", intake.chapters["bay"]
    )
    at(FRIDAY)
    async with serving_here(dsn, folder, post_office.url) as server:
        cora, carl, mia, max_, clea = [
            await Person.sign_in(server, name) for name in ("cora", "carl", "mia", "max", "clea")
        ]
        heads = [await person.head() for person in (cora, carl, mia, max_, clea)]

        def follow(person: Person, head: str) -> Any:
            return person.follow(after=head, filter={"kinds": ["MENTORING_REQUEST"]})

        async with (
            follow(cora, heads[0]) as c1,
            follow(carl, heads[1]) as c2,
            follow(mia, heads[2]) as m1,
            follow(max_, heads[3]) as m2,
            follow(clea, heads[4]) as own,
        ):
            # The public form, and the e-mail to the coordinators.
            mutation = """mutation ($input: MentoringRequestSubmitPublicInput!) {
              mentoringRequestSubmitPublic(input: $input) { received userErrors { code } } }"""
            given = {"chapterId": intake.chapters["bay"], **FORM}
            async with httpx.AsyncClient() as http:
                answer = await http.post(
                    f"{server.url}/graphql", json={"query": mutation, "variables": {"input": given}}
                )
            assert answer.json()["data"]["mentoringRequestSubmitPublic"] == {"received": True, "userErrors": []}
            for follower in (c1, c2, own):
                await until(follower, "submitted")
            [request] = (await cora.ask(QUEUE))["viewer"]["intakeQueue"]["nodes"]
            id = request["id"]
            await mailed(post_office, "New request for a mentor", "carl@example.test", "cora@example.test")
            assert link_in(post_office.received[0]).endswith(f"/mentoring/{id}")

            # Assigned: the mentor has five business days, over the change of the clocks and two holidays.
            await cora.do("mentoringRequestAddNote", id=id, body="Sounds eager.")
            await cora.do("mentoringRequestAssign", id=id, mentorId=intake.mentors["mia"])
            await mailed(post_office, "You are asked to mentor", "mia@example.test")
            staff = ["submitted", "note_added", "assigned"]
            for follower in (c1, c2):
                await until(follower, *staff)
            await until(m1, "assigned")
            await until(own, "submitted", "assigned")
            [request] = (await carl.ask(QUEUE))["viewer"]["intakeQueue"]["nodes"]
            deadline = datetime.fromisoformat(request["deadline"])
            assert timedelta(0) <= deadline - OVER < timedelta(minutes=1)
            assert OVER.utcoffset() != FRIDAY.utcoffset()

            # Nobody answers, and it is back in the queue, not a minute too early.
            at(OVER - timedelta(minutes=1))
            await asyncio.sleep(0.3)
            for follower in (c1, c2):
                await until(follower, *staff)
            at(OVER + timedelta(minutes=1))
            for follower in (c1, c2):
                await until(follower, *staff, "timed_out")
            await until(m1, "assigned", "access_ended")
            await until(own, "submitted", "assigned", "timed_out")
            [request] = (await carl.ask(QUEUE))["viewer"]["intakeQueue"]["nodes"]
            assert (request["status"], request["deadline"]) == ("PENDING_REASSIGNMENT", None)

            # Reassigned, accepted, and still in the queue view; a session, and out of it.
            await carl.do("mentoringRequestAssign", id=id, mentorId=intake.mentors["max"])
            assignment = await intake.assignment(id)
            await max_.do("mentoringAssignmentAccept", id=assignment)
            [request] = (await cora.ask(QUEUE))["viewer"]["intakeQueue"]["nodes"]
            assert request["status"] == "ASSIGNED"
            await max_.do("mentoringRequestRecordSession", id=id)
            assert (await cora.ask(QUEUE))["viewer"]["intakeQueue"]["nodes"] == []
            end = ["assigned", "accepted", "session_recorded"]
            for follower in (c1, c2):
                await until(follower, *staff, "timed_out", *end)
            await until(m1, "assigned", "access_ended")
            await until(m2, *end)
            await until(own, "submitted", "assigned", "timed_out", *end)
            versions = [m["request"]["version"] for m in c1.changes]
            assert versions == sorted(versions)


async def mailed(post_office: PostOffice, subject: str, *addresses: str) -> None:
    """Wait until just these have an e-mail about it."""

    def found() -> list[Any]:
        return sorted(m["To"] for m in post_office.received if m["Subject"].startswith(subject))

    async with asyncio.timeout(20):
        while len(found()) < len(addresses):
            await asyncio.sleep(0.02)
    assert found() == sorted(addresses)


def test_the_days_between_are_what_they_are_said_to_be() -> None:
    assert OVER.astimezone(UTC) - FRIDAY.astimezone(UTC) == timedelta(days=11, hours=-1)
