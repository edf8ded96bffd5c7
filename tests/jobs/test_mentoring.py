"""E-mail about requests for a mentor: who is told of what, once."""

import pytest

from models.database import Database
from tests.intake import Intake
from tests.jobs.conftest import MakeRunner, PostOffice, link_in
from workflows.later import later
from workflows.mentoring import mails
from workflows.mentoring.put_back import put_back
from workflows.mentoring.transfer import transfer

CORA, CARL, HANK, MIA = (f"{name}@example.test" for name in ("cora", "carl", "hank", "mia"))


def told(post_office: PostOffice) -> list[tuple[str, str]]:
    """To whom what was mailed since the last time one looked."""
    found = sorted((message["To"], message["Subject"].partition(":")[0]) for message in post_office.received)
    post_office.received.clear()
    return found


@pytest.mark.rule("SC3")
async def test_the_chapters_coordinators_are_mailed_with_a_link(
    intake: Intake, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    id = await intake.ask()
    await make_runner().drain()
    for message in post_office.received:
        assert message["Subject"] == "New request for a mentor: Ann A."
        assert link_in(message) == f"https://throughline.test/mentoring/{id}"
        for kind in ("plain", "html"):
            part = message.get_body((kind,))
            assert part is not None
            assert "Bay Chapter" in part.get_content()
            for secret in ("Archer", "ann@example.test", "first job"):
                assert secret not in part.get_content()
    assert told(post_office) == [(CARL, "New request for a mentor"), (CORA, "New request for a mentor")]


@pytest.mark.rule("SC9", "SC12", "SC16")
async def test_each_is_told_of_what_they_have_to_do(
    database: Database, intake: Intake, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    runner = make_runner()
    id = await intake.ask()
    await runner.drain()
    told(post_office)
    await intake.assign(id)
    await runner.drain()
    assert told(post_office) == [(MIA, "You are asked to mentor")]
    for tell_all, expected in ((False, []), (True, [CARL, CORA])):
        async with database.transaction() as tx:
            await put_back(tx, await intake.world.actor("cora", tx), id, tell_all=tell_all)
        await runner.drain()
        assert told(post_office) == [(name, "A request for a mentor is back in the queue") for name in expected]
        await intake.assign(id)
        await runner.drain()
        told(post_office)
    async with database.transaction() as tx:
        cora = await intake.world.actor("cora", tx)
        await transfer(tx, cora, id, chapter_id=intake.chapters["hill"], reason="Nearer.")
    await runner.drain()
    assert told(post_office) == [(HANK, "A request for a mentor was transferred to you")]


@pytest.mark.rule("SC9", "XX2")
async def test_who_no_longer_works_on_it_is_not_told(
    database: Database, intake: Intake, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    id = await intake.ask()
    await intake.assign(id)
    await intake.assign(id, "max")
    await make_runner().drain()
    assert ("max@example.test", "You are asked to mentor") in (mailed := told(post_office))
    assert MIA not in {address for address, _ in mailed}


@pytest.mark.rule("SC15")
async def test_what_is_written_to_the_client_reaches_them_once(
    database: Database, intake: Intake, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    id = await intake.ask()
    runner = make_runner()
    await runner.drain()
    post_office.received.clear()
    async with database.transaction() as tx:
        cora = await intake.world.actor("cora", tx)
        written = await mails.write(tx, cora, id, subject="Your request", body="Dear Ann,\n<b>soon</b>.")
    await runner.drain()
    async with database.transaction() as tx:
        await later(tx, "mentoring_mail", {"mail_id": written["mail_id"]})
    await runner.drain()
    [message] = post_office.received
    assert (message["To"], message["Subject"]) == ("ann@example.test", "Your request")
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Dear Ann,", "<b>soon</b>."]
    assert "&lt;b&gt;soon" in html.get_content()
    assert await database.pool.fetchval("select sent_at is not null from mentoring_mails where kind = 'to_client'")
