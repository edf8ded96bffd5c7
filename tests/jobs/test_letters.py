"""E-mails that workflows post: once each, tried again, and dead letters for administrators."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage

import pytest

from jobs.kit import Kit
from jobs.letters import letter_mail
from jobs.mail import Smtp
from models.clients import ContactPreference
from models.database import Database
from models.notifications import EmailTiming, NotificationKind
from policies.signing import Signer
from tests.graph import Graph
from tests.jobs.conftest import SENDER, MakeRunner, PostOffice, link_in
from tests.world import World
from workflows import clients, letters, navigators, notifications
from workflows.later import later

pytestmark = pytest.mark.anyio

KIND = NotificationKind.CLIENT_UPDATED


async def choose(world: World, name: str, email: EmailTiming) -> None:
    """Make somebody Sam's navigator who wants to be told by e-mail of changes."""
    async with world.database.transaction() as tx:
        await navigators.assign(tx, await world.actor("ada", tx), client_id=world.sam, user_id=world.people[name])
        await notifications.prefer(tx, await world.actor(name, tx), KIND, in_app=True, email=email)


async def change(world: World, phone: str) -> None:
    async with world.database.transaction() as tx:
        await clients.update(tx, await world.actor("sam", tx), world.sam, {"phone": phone})


def texts(message: EmailMessage) -> list[str]:
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [part.get_content() for part in parts if part is not None]


@pytest.mark.rule("EL15")
async def test_a_notification_is_mailed_at_once_and_once(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner, signer: Signer
) -> None:
    await choose(world, "helen", EmailTiming.AT_ONCE)
    await change(world, "1")
    await make_runner().drain()
    [message] = post_office.received
    assert (message["To"], message["Subject"]) == ("helen@example.test", "Sam S.: the record was changed")
    assert len(texts(message)) == 2
    for content in texts(message):
        assert "Sam S." in content
        assert "Stone" not in content

    # However often the job runs, and however many at once.
    [letter] = await database.pool.fetch("select id from letters")
    kit = Kit(database, Smtp(post_office.url, SENDER), signer, "https://throughline.test")
    await asyncio.gather(*(letter_mail(kit, {"letter_id": letter["id"]}) for _ in range(4)))
    async with database.transaction() as tx:
        await later(tx, letters.JOB, {"letter_id": letter["id"]})
    await make_runner().drain()
    assert len(post_office.received) == 1


@pytest.mark.rule("EL15")
async def test_two_runs_at_once_send_one_message(
    world: World, database: Database, post_office: PostOffice, signer: Signer
) -> None:
    await choose(world, "helen", EmailTiming.AT_ONCE)
    await change(world, "1")
    [letter] = await database.pool.fetch("select id from letters")
    kit = Kit(database, Smtp(post_office.url, SENDER), signer, "https://throughline.test")
    await asyncio.gather(*(letter_mail(kit, {"letter_id": letter["id"]}) for _ in range(4)))
    assert len(post_office.received) == 1


@pytest.mark.rule("EL15")
async def test_a_digest_tells_of_a_day(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await choose(world, "helen", EmailTiming.DAILY)
    for phone in ("1", "2"):
        await change(world, phone)
    await make_runner().drain()
    assert post_office.received == []
    assert await database.pool.fetchval("select count(*) from letters where kind = 'digest'") == 1
    due = "select execute_after - now() from pgqueuer where entrypoint = 'letter_mail'"
    assert timedelta(hours=23) < await database.pool.fetchval(due) <= timedelta(days=1)
    await database.pool.execute("update pgqueuer set execute_after = now()")
    await make_runner().drain()
    [message] = post_office.received
    assert message["Subject"] == "What happened to your clients"
    for content in texts(message):
        assert content.count("the record was changed") == 2

    # What comes after it is for the next one.
    await change(world, "3")
    await database.pool.execute("update pgqueuer set execute_after = now()")
    await make_runner().drain()
    assert len(post_office.received) == 2
    assert texts(post_office.received[1])[0].count("the record was changed") == 1


@pytest.mark.rule("EL15", "XX3")
@pytest.mark.parametrize("how", ["unassigned and gone", "cleared", "deleted"])
async def test_what_may_not_be_told_any_more_is_not_mailed(
    graph: Graph, world: World, post_office: PostOffice, make_runner: MakeRunner, how: str
) -> None:
    await choose(world, "helen", EmailTiming.AT_ONCE)
    await change(world, "1")
    match how:
        case "unassigned and gone":
            await graph.do("ada", "membershipEnd", id=world.memberships["helen"])
        case "cleared":
            await graph.do("helen", "notificationClearAll", "cleared")
        case "deleted":
            await graph.do("ada", "clientDelete", "clientId", id=world.sam)
    await make_runner().drain()
    assert post_office.received == []


@pytest.mark.rule("EL8")
async def test_an_invitation_comes_with_a_link(
    graph: Graph, world: World, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await graph.do("ada", "organizationSetPortal", id=world.agency, hasPortal=True)
    await graph.do("ada", "clientInvite", clientId=world.nora, address="nora@example.test")
    await graph.do("ada", "clientInvite", clientId=world.nora, address="north@example.test")
    await make_runner().drain()
    # The first was revoked before it went out.
    [message] = post_office.received
    assert (message["To"], message["Subject"]) == ("north@example.test", "Harbor Agency invites you")
    for content in texts(message):
        assert link_in(message) in content
        assert "Nora" not in content
    assert link_in(message).startswith("https://throughline.test/i/")


@pytest.mark.rule("EL15")
async def test_what_cannot_be_delivered_is_put_before_administrators(
    graph: Graph, world: World, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await choose(world, "helen", EmailTiming.AT_ONCE)
    await change(world, "1")
    post_office.answer = "451 Not now"
    await make_runner(attempts=3).drain()
    dead = "{ viewer { deadLetters { nodes { id kind reason failedAt organization { name } } } } }"

    async def letters_of(name: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = (await graph.ask(name, dead))["viewer"]["deadLetters"]["nodes"]
        return found

    async with asyncio.timeout(10):
        while not (found := await letters_of("ada")):
            await world.database.pool.execute("update pgqueuer set execute_after = now() where status = 'queued'")
            await make_runner(attempts=3).drain()
    [letter] = found
    assert (letter["kind"], letter["organization"]) == ("NOTIFICATION", {"name": "Harbor Agency"})
    assert "451" in str(letter["reason"])
    for name in ("helen", "pam", "sam"):
        assert await letters_of(name) == []
        assert (await graph.refused(name, "letterRetry", id=letter["id"])).code == "NOT_FOUND"
    post_office.answer = "250 OK"
    await graph.do("ada", "letterRetry", "letter { failedAt }", id=letter["id"])
    await make_runner().drain()
    assert len(post_office.received) == 1
    assert await letters_of("ada") == []


async def test_who_wants_no_e_mail_gets_none(
    world: World, database: Database, post_office: PostOffice, make_runner: MakeRunner
) -> None:
    await choose(world, "helen", EmailTiming.NEVER)
    await change(world, "1")
    async with database.transaction() as tx:
        peace = {"contact_preference": ContactPreference.NONE}
        await clients.update(tx, await world.actor("sam", tx), world.sam, peace)
    await make_runner().drain()
    assert post_office.received == []
