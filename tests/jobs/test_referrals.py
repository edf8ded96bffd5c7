"""Who gets which e-mail about a referral, and that nobody gets it twice."""

import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from jobs.mail import mailer
from models.clients import ContactPreference
from models.database import Database
from policies.signing import Signer
from tests.jobs.conftest import SENDER, MakeRunner, PostOffice, link_in
from tests.world import World
from workflows import clients, links
from workflows.later import later

pytestmark = pytest.mark.anyio


def recipients(messages: list[EmailMessage]) -> list[str]:
    return sorted(message["To"] for message in messages)


EVERYONE = ["paul@example.test", "petra@example.test", "sam@example.test"]


@pytest.mark.rule("FH19")
async def test_a_referral_is_mailed_to_those_whom_it_concerns(
    world: World, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await world.refer(comments="He is shy.")
    await make_runner().drain()
    assert recipients(post_office.received) == EVERYONE
    for message in post_office.received:
        assert message["From"] == SENDER
        assert message["Subject"] == "New referral to Pantry"
        text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        for content in (text.get_content(), html.get_content()):
            assert "Sam S." in content
            assert "Pantry" in content
            assert link_in(message) in content
            assert "Stone" not in content
            assert "shy" not in content


@pytest.mark.rule("FH19")
async def test_the_link_is_the_recipients_own(
    world: World, database: Database, signer: Signer, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await world.refer()
    await make_runner().drain()
    for message in post_office.received:
        base, _, token = link_in(message).rpartition("/")
        assert base == "https://throughline.test/r"
        payload = signer.verify("status-link", token)
        assert payload is not None
        query = "select email from status_links l join users u on u.id = l.user_id where l.id = $1"
        assert await database.pool.fetchval(query, payload.hex()) == message["To"]


@pytest.mark.rule("FH19")
async def test_a_job_that_runs_again_does_nothing_more(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    referral = await world.refer()
    runner = make_runner()
    await runner.drain()
    for row in await database.pool.fetch("select id from status_links"):
        async with database.transaction() as tx:
            await later(tx, "referral_submitted", {"referral_id": referral})
            await later(tx, "status_link_mail", {"link_id": row["id"]})
    await runner.drain()
    assert recipients(post_office.received) == EVERYONE
    assert await database.pool.fetchval("select count(*) from status_links") == 3


@pytest.mark.rule("FH19")
async def test_a_repeat_can_be_recognised(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await world.refer()
    runner = make_runner()
    await runner.drain()
    # As if the process had died between sending and noting it.
    await database.pool.execute("update status_links set mailed_at = null")
    for row in await database.pool.fetch("select id from status_links"):
        async with database.transaction() as tx:
            await later(tx, "status_link_mail", {"link_id": row["id"]})
    await runner.drain()
    assert len(post_office.received) == 6
    assert len({message["Message-ID"] for message in post_office.received}) == 3


@pytest.mark.rule("FH20")
async def test_do_not_reach_out_means_no_link_and_no_mail(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    told_in_time = await world.refer()
    async with database.transaction() as tx:
        await links.issue(tx, told_in_time)
    async with database.transaction() as tx:
        preference = {"contact_preference": ContactPreference.NONE}
        await clients.update(tx, await world.actor("sam", tx), world.sam, preference)
    await world.refer(program_id=world.kitchen)
    await make_runner().drain()
    assert post_office.received == []
    assert await database.pool.fetchval("select count(*) from status_links where referral_id <> $1", told_in_time) == 0


@pytest.mark.rule("FH21")
async def test_a_logged_referral_is_mailed_to_nobody(
    world: World, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await world.refer(live=False)
    await make_runner().drain()
    assert post_office.received == []


@pytest.mark.rule("FH19")
async def test_without_a_server_mail_goes_into_a_maildir(world: World, folder: Path, make_runner: MakeRunner) -> None:
    maildir = folder / "data" / "mail"
    await world.refer()
    await make_runner(mailer(None, maildir, SENDER)).drain()
    found = [message["To"] for message in mailbox.Maildir(maildir, create=False)]
    assert sorted(found) == EVERYONE
