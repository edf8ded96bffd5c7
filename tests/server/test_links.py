"""The page behind the link in an e-mail."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from models.base import Id, new_id
from models.database import Database
from policies.signing import Signer
from server.links import LABELS, routes
from tests.workflows.test_links import LOSSES, at_once, link_of, state
from tests.world import World
from workflows import clock, links

pytestmark = pytest.mark.anyio

SIGNER = Signer("a secret for tests")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=list(routes(database, SIGNER)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def address(link_id: Id, *, signer: Signer = SIGNER, purpose: str = "status-link") -> str:
    return f"/r/{signer.sign(purpose, UUID(link_id).bytes)}"


@pytest.fixture
async def page(world: World) -> str:
    """The address of Paul's link for a new referral of Sam."""
    return address(await link_of(world, "paul"))


async def status(database: Database) -> Any:
    return await database.pool.fetchval("select status from referrals")


@pytest.mark.rule("FH19")
async def test_opening_shows_and_changes_nothing(database: Database, browser: httpx.AsyncClient, page: str) -> None:
    before = await state(database)
    for method in ("HEAD", "GET", "GET"):
        answer = await browser.request(method, page)
        assert answer.status_code == 200
    assert "Sam S." in answer.text
    assert "Pantry" in answer.text
    assert "<strong>Not updated</strong>" in answer.text
    assert "Stone" not in answer.text
    assert await state(database) == before


@pytest.mark.rule("FH19")
async def test_the_form_of_the_page_sets_the_status(database: Database, browser: httpx.AsyncClient, page: str) -> None:
    shown = (await browser.get(page)).text
    offered = re.findall(r'name="status" value="(\w+)"', shown)
    assert set(offered) == set(LABELS) - {"not_updated"}
    version = re.findall(r'name="version" value="(\d+)"', shown)[0]
    answer = await browser.post(page, data={"version": version, "status": "got_help"})
    assert answer.status_code == 200
    assert "<strong>Got help</strong>" in answer.text
    assert "<form" not in answer.text
    assert await status(database) == "got_help"


@pytest.mark.rule("FH19")
async def test_the_second_use_is_refused_with_the_current_status(
    database: Database, browser: httpx.AsyncClient, page: str
) -> None:
    assert (await browser.post(page, data={"status": "pending"})).status_code == 200
    for data in ({"status": "got_help"}, {"status": "pending"}, {"status": "nonsense"}, {}):
        answer = await browser.post(page, data=data)
        assert answer.status_code == 409
        assert "<strong>Pending</strong>" in answer.text
        assert "<form" not in answer.text
    opened = await browser.get(page)
    assert opened.status_code == 200
    assert "<strong>Pending</strong>" in opened.text
    assert "<form" not in opened.text


@pytest.mark.rule("FH19")
async def test_of_two_posts_at_once_one_wins(database: Database, browser: httpx.AsyncClient, page: str) -> None:
    posts = [browser.post(page, data={"status": wanted}) for wanted in ("pending", "got_help", "no_capacity")]
    answers = await at_once(database, posts)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    [winner] = [answer for answer in answers if answer.status_code == 200]
    assert f"<strong>{LABELS[await status(database)]}</strong>" in winner.text
    assert await database.pool.fetchval("select count(*) from events where action = 'referral.status_set'") == 1


@pytest.mark.rule("FH19", "XX7")
async def test_who_saw_an_older_status_is_shown_the_new_one(
    world: World, database: Database, browser: httpx.AsyncClient
) -> None:
    paul = await link_of(world, "paul")
    petra = await database.pool.fetchval("select id from status_links where user_id = $1", world.people["petra"])
    assert (await browser.post(address(petra), data={"status": "pending"})).status_code == 200
    answer = await browser.post(address(paul), data={"status": "got_help", "version": "1"})
    assert answer.status_code == 409
    assert "<strong>Pending</strong>" in answer.text
    assert (await browser.post(address(paul), data={"status": "got_help", "version": "2"})).status_code == 200


@pytest.mark.rule("FH19")
async def test_an_expired_link_shows_and_sets_nothing(
    database: Database, browser: httpx.AsyncClient, page: str
) -> None:
    clock.move(links.LIFETIME)
    for answer in (await browser.get(page), await browser.post(page, data={"status": "pending"})):
        assert answer.status_code == 410
        assert "Sam" not in answer.text
    assert await status(database) == "not_updated"


@pytest.mark.rule("FH19")
@pytest.mark.parametrize("loss", LOSSES)
async def test_what_is_not_there_looks_the_same_whatever_the_reason(
    world: World, database: Database, browser: httpx.AsyncClient, loss: Any
) -> None:
    link = await link_of(world, "paul")
    await loss(world)
    addresses = [
        address(link),
        address(new_id()),
        address(link, signer=Signer("a guess")),
        address(link, purpose="feed"),
        "/r/nonsense",
        "/r/" + "A" * 50_000,
        "/r/%00%ff%C3%A9",
    ]
    answers = [await browser.get(one) for one in addresses]
    for data in ({"status": "pending"}, {"status": "nonsense"}, {}):
        answers += [await browser.post(one, data=data) for one in addresses]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert await status(database) == "not_updated"


@pytest.mark.rule("FH19")
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, b""),
        (FORM, b"status="),
        (FORM, b"status=nonsense"),
        (FORM, b"status=not_updated"),
        (FORM, b"status=pending&status=got_help"),
        (FORM, b"status=pending&version=one"),
        (FORM, b"status=\xff\xfe"),
        (FORM, b"status=%FF%00"),
        (FORM, b"&" * 4_000),
        ({}, b"status=pending"),
        ({"Content-Type": "application/json"}, b'{"status": "pending"}'),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\n"),
        ({"Content-Type": "é"}, b"status=pending"),
    ],
)
async def test_junk_sets_nothing_and_does_not_use_the_link_up(
    database: Database, browser: httpx.AsyncClient, page: str, headers: dict[str, str], body: bytes
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await browser.post(page, content=body, headers=raw)
    assert answer.status_code == 422
    assert "<strong>Not updated</strong>" in answer.text
    assert "<form" in answer.text
    assert (await browser.post(page, data={"status": "pending"})).status_code == 200


async def test_a_huge_body_is_refused(database: Database, browser: httpx.AsyncClient, page: str) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"status=pending&" * 100

    for body in (b"status=pending&" * 100_000, drip()):
        assert (await browser.post(page, content=body, headers=FORM)).status_code == 413
    assert await status(database) == "not_updated"


async def test_pages_are_kept_nowhere_and_run_nothing(browser: httpx.AsyncClient, page: str) -> None:
    for answer in (await browser.get(page), await browser.get("/r/nonsense"), await browser.post(page)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        [style] = re.findall("<style>(.*)</style>", answer.text, re.DOTALL)
        assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
        assert "<script" not in answer.text


async def test_other_methods_are_refused(browser: httpx.AsyncClient, page: str) -> None:
    assert (await browser.put(page)).status_code == 405
