"""The page behind the link in an invitation."""

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from models.base import Id, new_id
from models.database import Database, Transaction
from policies.signing import Signer
from server.invitations import routes
from tests.world import World
from workflows import clock, invitations, organizations
from workflows.invitations import LIFETIME
from workflows.sessions import check_password

pytestmark = pytest.mark.anyio

SIGNER = Signer("a secret for tests")
PASSWORD = "correct horse battery"
NEWCOMER = {"first_name": "Nina", "last_name": "New", "password": PASSWORD}
WELCOME = "You can sign in with your user name now."


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=list(routes(database, SIGNER)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def address(id: Id, *, signer: Signer = SIGNER, purpose: str = "invitation") -> str:
    return f"/i/{signer.sign(purpose, UUID(id).bytes)}"


async def invite(world: World, to: str = "nina@example.test") -> Id:
    """An invitation into Ada's agency."""
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        roles = await tx.connection.fetch("select id from roles where organization_id = $1", world.agency)
        return await invitations.invite_member(
            tx, ada, organization_id=world.agency, address=to, role_ids=[roles[0]["id"]]
        )


async def invite_nora(world: World) -> Id:
    """An invitation of Nora to the portal."""
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        await organizations.set_portal(tx, ada, world.agency, has_portal=True)
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        await invitations.invite_client(tx, ada, world.nora, "nora@example.test")
        return str(await tx.connection.fetchval("select id from invitations"))


@pytest.fixture
async def page(world: World) -> str:
    """The address of an invitation that Nina, whom nobody knows yet, got."""
    return address(await invite(world))


async def members(world: World) -> list[str]:
    query = """select u.email from memberships m join users u on u.id = m.user_id
        where m.organization_id = $1 and m.ended_at is null"""
    return [row["email"] for row in await world.database.pool.fetch(query, world.agency)]


@pytest.mark.rule("EL8")
async def test_opening_shows_and_changes_nothing(world: World, browser: httpx.AsyncClient, page: str) -> None:
    for method in ("HEAD", "GET", "GET"):
        answer = await browser.request(method, page)
        assert (answer.status_code, bool(answer.text)) == (200, method == "GET")
    assert "Harbor Agency invites you" in answer.text
    assert "nina@example.test" in answer.text
    assert set(re.findall(r'<input [^>]*name="(\w+)"', answer.text)) == set(NEWCOMER)
    assert "nina@example.test" not in await members(world)


@pytest.mark.rule("EL8")
async def test_a_newcomer_gets_an_account_once(world: World, browser: httpx.AsyncClient, page: str) -> None:
    answer = await browser.post(page, data=NEWCOMER)
    assert answer.status_code == 200
    assert WELCOME in answer.text
    assert "<form" not in answer.text
    user_id = await check_password(world.database, "nina@example.test", PASSWORD)
    name = "select first_name, last_name from users where id = $1"
    assert tuple(await world.database.pool.fetchrow(name, user_id) or ()) == ("Nina", "New")
    assert "nina@example.test" in await members(world)

    for answer in (await browser.get(page), await browser.post(page, data={**NEWCOMER, "password": "x" * 20})):
        assert answer.status_code == 410
        assert "has been accepted" in answer.text
        assert "<form" not in answer.text
    assert await check_password(world.database, "nina@example.test", PASSWORD) == user_id


@pytest.mark.rule("EL8")
async def test_of_two_at_once_one_is_accepted(world: World, browser: httpx.AsyncClient, page: str) -> None:
    passwords = [f"{PASSWORD} {number}" for number in range(3)]
    posts = [browser.post(page, data={**NEWCOMER, "password": password}) for password in passwords]
    answers = await asyncio.gather(*posts)
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert {answer.status_code for answer in answers} <= {200, 409, 410}
    matches = [await check_password(world.database, "nina@example.test", password) for password in passwords]
    welcomed = [WELCOME in answer.text for answer in answers]
    assert [match is not None for match in matches] == welcomed
    assert sum(welcomed) == 1


@pytest.mark.rule("EL8")
async def test_who_has_an_account_chooses_no_password(world: World, browser: httpx.AsyncClient) -> None:
    page = address(await invite(world, "otto@example.test"))
    shown = (await browser.get(page)).text
    assert "<form" in shown
    assert "<input" not in shown
    answer = await browser.post(page, data={"password": PASSWORD})
    assert WELCOME in answer.text
    assert "otto@example.test" in await members(world)
    assert await check_password(world.database, "otto@example.test", PASSWORD) is None


@pytest.mark.rule("EL8")
async def test_a_client_gets_an_account_under_the_name_of_the_record(world: World, browser: httpx.AsyncClient) -> None:
    page = address(await invite_nora(world))
    assert set(re.findall(r'<input [^>]*name="(\w+)"', (await browser.get(page)).text)) == {"password"}
    assert (await browser.post(page, data=NEWCOMER)).status_code == 200
    user_id = await check_password(world.database, "nora@example.test", PASSWORD)
    query = "select u.first_name from clients c join users u on u.id = c.user_id where c.id = $1 and u.id = $2"
    assert await world.database.pool.fetchval(query, world.nora, user_id) == "Nora"


async def move(tx: Transaction, world: World, id: Id) -> None:
    clock.move(LIFETIME)


async def revoke(tx: Transaction, world: World, id: Id) -> None:
    await invitations.revoke(tx, await world.actor("ada", tx), id)


@pytest.mark.rule("EL8")
@pytest.mark.parametrize(("end", "why"), [(move, "has expired"), (revoke, "has been taken back")])
async def test_what_has_expired_or_was_revoked_says_so_and_does_nothing(
    world: World, browser: httpx.AsyncClient, end: Callable[..., Any], why: str
) -> None:
    id = await invite(world)
    async with world.database.transaction() as tx:
        await end(tx, world, id)
    for answer in (await browser.get(address(id)), await browser.post(address(id), data=NEWCOMER)):
        assert answer.status_code == 410
        assert why in answer.text
        assert "<form" not in answer.text
        assert "nina@example.test" not in answer.text
    assert await check_password(world.database, "nina@example.test", PASSWORD) is None


@pytest.mark.rule("EL8")
async def test_other_links_lead_nowhere_and_look_the_same(world: World, browser: httpx.AsyncClient) -> None:
    id = await invite(world)
    addresses = [
        address(new_id()),
        address(id, signer=Signer("a guess")),
        address(id, purpose="activation"),
        address(id)[:-1],
        "/i/nonsense",
        "/i/" + "A" * 50_000,
        "/i/%00%ff%C3%A9",
    ]
    answers = [await browser.get(one) for one in addresses]
    answers += [await browser.post(one, data=NEWCOMER) for one in addresses]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "There is no such invitation" in answers[0].text
    assert await check_password(world.database, "nina@example.test", PASSWORD) is None


@pytest.mark.rule("EL8")
@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"password": "x" * 11}, "A password has from 12 to 200 characters."),
        ({"password": "x" * 201}, "A password has from 12 to 200 characters."),
        ({"password": [PASSWORD, PASSWORD]}, "A password has from 12 to 200 characters."),
        ({"first_name": " "}, "First name: It must not be blank."),
        ({"last_name": ""}, "Last name: It must not be blank."),
        ({"last_name": "x" * 300}, "Last name: "),
    ],
)
async def test_a_form_that_lacks_something_says_what_and_leaves_the_link_good(
    world: World, browser: httpx.AsyncClient, page: str, given: dict[str, Any], why: str
) -> None:
    answer = await browser.post(page, data={**NEWCOMER, **given})
    assert answer.status_code == 422
    assert why in answer.text
    assert "<form" in answer.text
    assert "nina@example.test" not in await members(world)
    assert WELCOME in (await browser.post(page, data=NEWCOMER)).text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("", b"password=correct+horse+battery"),
        ("application/json", b'{"password": "correct horse battery"}'),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"password=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"password=correct+horse+battery%00"),
    ],
)
async def test_junk_is_refused(
    world: World, browser: httpx.AsyncClient, page: str, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await browser.post(page, content=body, headers=headers)
    assert answer.status_code == 422
    assert "<form" in answer.text
    assert "nina@example.test" not in await members(world)


async def test_a_huge_body_is_refused(browser: httpx.AsyncClient, page: str) -> None:
    assert (await browser.post(page, data={"password": "x" * 10_000})).status_code == 413


async def test_pages_are_kept_nowhere_and_run_nothing(browser: httpx.AsyncClient, page: str) -> None:
    for answer in (await browser.get(page), await browser.get("/i/nonsense"), await browser.post(page)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        [style] = re.findall("<style>(.*)</style>", answer.text, re.DOTALL)
        assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in policy
        assert "<script" not in answer.text


async def test_other_methods_are_refused(browser: httpx.AsyncClient, page: str) -> None:
    assert (await browser.put(page)).status_code == 405
