"""Who is e-mailed of a denial, saying what, and once; and case managers who are assigned by the runner."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from models.database import Database
from tests.jobs.conftest import MakeRunner, PostOffice
from tests.mission import Mission
from workflows.later import later
from workflows.progressions.withdraw import withdraw

pytestmark = pytest.mark.anyio


def recipients(office: PostOffice) -> list[str]:
    return sorted(message["To"] for message in office.received)


def texts(message: EmailMessage) -> list[str]:
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [part.get_content() for part in parts if part is not None]


async def again(database: Database) -> None:
    """Queue each e-mail once more, as if its job had been lost track of."""
    for row in await database.pool.fetch("select id from denial_mails"):
        async with database.transaction() as tx:
            await later(tx, "progression_denied_mail", {"mail_id": row["id"]})
            await later(tx, "progression_denied_mail", {"mail_id": row["id"]})


@pytest.mark.rule("AM8")
async def test_a_denial_by_the_one_approver_is_mailed_to_the_submitter(
    mission: Mission, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await mission.deny("lena", await mission.submit(reason="A secret."), "First the <b>papers</b>.")
    runner = make_runner()
    await runner.drain()
    await again(database)
    await runner.drain()
    [message] = post_office.received
    assert message["To"] == "mara@example.test"
    assert message["Subject"] == "Not approved: Cleo Cole, Choose Help"
    plain, html = texts(message)
    assert "Cleo Cole" in plain
    assert "Cleo Cole" in html
    assert "First the <b>papers</b>." in plain
    assert "First the &lt;b&gt;papers&lt;/b&gt;." in html
    assert "secret" not in plain + html


@pytest.mark.rule("AM8")
async def test_a_denial_at_the_second_is_mailed_to_the_first_too(
    mission: Mission, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await mission.advance()
    id = await mission.submit()
    await mission.approve("lena", id, comments="Fine.")
    await mission.deny("dirk", id, "No bed is free.")
    runner = make_runner()
    await runner.drain()
    await again(database)
    await runner.drain()
    assert recipients(post_office) == ["lena@example.test", "mara@example.test"]
    for message in post_office.received:
        for content in texts(message):
            assert "Cleo Cole" in content
            assert "No bed is free." in content
            assert "Fine." not in content


@pytest.mark.rule("AM8")
async def test_a_denial_at_the_first_of_two_is_mailed_to_the_submitter_only(
    mission: Mission, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await mission.advance()
    await mission.deny("lena", await mission.submit())
    await make_runner().drain()
    assert recipients(post_office) == ["mara@example.test"]


@pytest.mark.rule("AM11")
async def test_the_denial_of_a_persona_is_mailed_to_the_submitter_only(
    mission: Mission, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await mission.deny("lena", await mission.submit(kind="persona", persona_id=mission.personas[0]), "Ask her.")
    await make_runner().drain()
    [message] = post_office.received
    assert message["To"] == "mara@example.test"
    assert message["Subject"] == "Not approved: Cleo Cole, Builder"


@pytest.mark.rule("AM8", "AM9")
async def test_nothing_else_is_mailed_to_anybody(
    mission: Mission, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await database.pool.execute("update placements set ended_at = now() where site_id = $1", mission.downtown)
    await mission.advance(mission.downtown)
    withdrawn = await mission.submit()
    async with database.transaction() as tx:
        await withdraw(tx, await mission.actor("mara"), withdrawn)
    id = await mission.submit()
    await mission.approve("lena", id)
    await mission.approve("dirk", id)
    await make_runner().drain()
    assert await database.pool.fetchval("select count(*) from engagements where alerted_at is not null") == 1
    assert post_office.received == []


@pytest.mark.rule("AM8")
async def test_a_repeat_can_be_recognised(
    mission: Mission, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await mission.deny("lena", await mission.submit())
    runner = make_runner()
    await runner.drain()
    # As if the process had died between sending and noting it.
    await database.pool.execute("update denial_mails set mailed_at = null")
    await again(database)
    await runner.drain()
    assert len(post_office.received) == 2
    assert len({message["Message-ID"] for message in post_office.received}) == 1


@pytest.mark.rule("AM9")
async def test_the_runner_assigns_a_new_case_manager_downtown(
    mission: Mission, database: Database, make_runner: MakeRunner
) -> None:
    await mission.advance(mission.downtown)
    id = await mission.submit()
    await mission.approve("lena", id)
    await mission.approve("dirk", id)
    await make_runner().drain()
    assigned = "select case_manager_id from engagements where status = 'active'"
    assert await database.pool.fetchval(assigned) == mission.world.people["milo"]
