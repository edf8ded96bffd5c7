"""The page behind the link of an activation e-mail."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from starlette.applications import Starlette

from models.base import Id, new_id
from models.database import Database
from policies.signing import Signer
from server.activation import routes
from tests.company import Company
from tests.world import World
from workflows.sessions import check_password

SIGNER = Signer("a secret for tests")
PASSWORD = "correct horse battery"


@pytest.fixture
async def browser(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=list(routes(database, SIGNER)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def address(id: Id, purpose: str = "activation") -> str:
    return f"/activate/{SIGNER.sign(purpose, UUID(id).bytes)}"


@pytest.mark.rule("KW8")
async def test_the_page_shows_and_changes_nothing_until_a_password_is_sent(
    world: World, browser: httpx.AsyncClient
) -> None:
    company = await Company.build(world)
    query = "select a.id from activations a join case_managers c using (user_id) where c.id = $1"
    page = address(await world.database.pool.fetchval(query, company.managers["wren"]))
    for method in ("HEAD", "GET", "GET"):
        answer = await browser.request(method, page)
        assert answer.status_code == 200
    assert "wren@example.test" in answer.text
    assert "no-store" in answer.headers["cache-control"]

    assert (await browser.post(page, data={"password": "short"})).status_code == 422
    assert (await browser.post(page)).status_code == 422
    assert await check_password(world.database, "wren@example.test", PASSWORD) is None
    answer = await browser.post(page, data={"password": PASSWORD})
    assert (answer.status_code, "<form" in answer.text) == (200, False)
    assert await check_password(world.database, "wren@example.test", PASSWORD) == world.people["wren"]
    for method in ("GET", "POST"):
        assert (await browser.request(method, page, data={"password": PASSWORD})).status_code == 404


@pytest.mark.rule("KW8")
async def test_other_links_lead_nowhere(browser: httpx.AsyncClient) -> None:
    for page in (address(new_id()), address(new_id(), "status-link"), "/activate/nonsense"):
        for method in ("GET", "POST"):
            answer = await browser.request(method, page, data={"password": PASSWORD})
            assert answer.status_code == 404
            assert "There is no such link" in answer.text
