"""A client's way through a program: to Make Progress downtown, and a denial on the way there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.conftest import PostOffice
from tests.journeys.server import Follower, Person, serving
from tests.mission import Mission
from tests.world import World

QUEUE = "{ viewer { approvals { nodes { id recommendation { phase { name } } client { firstName } } } } }"
CASELOAD = "{ viewer { caseload { nodes { id phase { name } client { firstName } } } } }"
MINE = "{ viewer { ownEngagements { nodes { status phase { name } campus { name } caseManager { name } } } } }"


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A real SMTP server."""
    office = PostOffice()
    office.open()
    yield office
    office.close()


async def queue(person: Person) -> list[str]:
    return [node["id"] for node in (await person.ask(QUEUE))["viewer"]["approvals"]["nodes"]]


async def caseload(person: Person) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await person.ask(CASELOAD))["viewer"]["caseload"]["nodes"]
    return nodes


async def awaited(follower: Follower, id: str, *, awaits: bool) -> None:
    """The viewer's queue, as the feed tells it, has come to have the submission, or to have it no more."""
    async with asyncio.timeout(20):
        while True:
            told = [m["progression"] for m in follower.changes if m["__typename"] == "ProgressionChanged"]
            if [p["awaitsViewer"] for p in told if p["id"] == id][-1:] == [awaits]:
                return
            await asyncio.sleep(0.02)


@pytest.mark.rule("AM1", "AM2", "AM3", "AM6", "AM7", "AM9", "XX1")
async def test_from_the_first_phase_to_make_progress_downtown(
    world: World, dsn: str, folder: Path, post_office: PostOffice
) -> None:
    mission = await Mission.build(world, signs_in=True)
    async with serving(dsn, folder, SMTP_URL=post_office.url) as server:
        mara, lena, dirk, milo, cleo = [
            await Person.sign_in(server, name) for name in ("mara", "lena", "dirk", "milo", "cleo")
        ]
        async with lena.follow() as l, dirk.follow() as d, milo.follow() as m, cleo.follow() as c:  # noqa: E741
            await asyncio.gather(*(person.ask("{ viewer { feedHead } }") for person in (lena, dirk, milo, cleo)))
            first = await mara.do(
                "progressionSubmit",
                engagementId=mission.engagement,
                kind="PHASE",
                campusId=mission.downtown,
                reason="She has a plan.",
            )
            id = first["progression"]["id"]
            await awaited(l, id, awaits=True)
            assert await queue(lena) == [id]
            approved = await lena.do("progressionApprove", id=id, expectedVersion=1)
            await awaited(l, id, awaits=False)
            assert await queue(lena) == []
            assert (await c.told("engagement.started"))["engagement"]["phase"] == {"name": "Choose Help"}

            engagement = approved["progression"]["result"]["id"]
            second = await mara.do(
                "progressionSubmit", engagementId=engagement, kind="PHASE", reason="She goes to work."
            )
            id = second["progression"]["id"]
            await awaited(l, id, awaits=True)
            given = await lena.do("progressionApprove", id=id, expectedVersion=1)
            assert given["progression"]["status"] == "PENDING"
            await awaited(l, id, awaits=False)
            await awaited(d, id, awaits=True)
            assert await queue(dirk) == [id]
            assert [node["phase"]["name"] for node in await caseload(mara)] == ["Choose Help"]
            done = await dirk.do("progressionApprove", id=id, expectedVersion=2)
            assert done["progression"]["status"] == "APPROVED"
            await awaited(d, id, awaits=False)

            # The new case manager comes by itself; they, the leader and the client see it as it happens.
            for follower in (m, l, c):
                assigned = await follower.told("engagement.case_manager_assigned")
                assert assigned["engagement"]["phase"] == {"name": "Make Progress"}
            assert (await m.told("engagement.case_manager_assigned"))["engagement"]["caseManager"] == {
                "name": "Milo Marsh"
            }
            assert [node["client"]["firstName"] for node in await caseload(milo)] == ["Cleo"]
            assert await caseload(mara) == []
            own = (await cleo.ask(MINE))["viewer"]["ownEngagements"]["nodes"]
            assert [(e["status"], e["phase"]["name"]) for e in own] == [
                ("ACTIVE", "Make Progress"),
                ("INACTIVE", "Choose Help"),
                ("INACTIVE", "Find Hope"),
            ]
            assert own[0]["campus"] == {"name": "Downtown"}
            assert not [message for message in c.changes if message["__typename"] == "ProgressionChanged"]
    assert post_office.received == []


@pytest.mark.rule("AM5", "AM7", "AM8")
async def test_a_denial_at_the_second_approver_is_mailed_to_two(
    world: World, dsn: str, folder: Path, post_office: PostOffice
) -> None:
    mission = await Mission.build(world, signs_in=True)
    await mission.advance()
    async with serving(dsn, folder, SMTP_URL=post_office.url) as server:
        mara, lena, dirk = [await Person.sign_in(server, name) for name in ("mara", "lena", "dirk")]
        async with mara.follow() as m:
            submitted = await mara.do(
                "progressionSubmit", engagementId=mission.engagement, kind="PHASE", reason="Ready."
            )
            id = submitted["progression"]["id"]
            await lena.do("progressionApprove", id=id, expectedVersion=1, comments="Yes.")
            await dirk.do("progressionDeny", id=id, expectedVersion=2, comments="There is no bed downtown.")
            assert (await m.told("progression.denied"))["progression"]["status"] == "DENIED"
            async with asyncio.timeout(30):
                while len(post_office.received) < 2:
                    await asyncio.sleep(0.05)
            assert [await queue(person) for person in (lena, dirk)] == [[], []]
            assert [node["phase"]["name"] for node in await caseload(mara)] == ["Choose Help"]
    assert sorted(message["To"] for message in post_office.received) == ["lena@example.test", "mara@example.test"]
    for message in post_office.received:
        part = message.get_body(("plain",))
        assert part is not None
        assert "Cleo Cole" in part.get_content()
        assert "There is no bed downtown." in part.get_content()
