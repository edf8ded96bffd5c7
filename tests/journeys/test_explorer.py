"""The explorer in a browser: signing in, asking, and watching a change arrive; nothing leaves the machine."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlparse

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from server import explorer
from tests.journeys.server import Person, Server, serving
from tests.world import PASSWORD, World

CHROMIUM = shutil.which("chromium")
# The resolver's rule also stops what Chromium itself sends, which the page's events never show.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
RESPONSE = '__MONACO.editor.getModels().find(m => m.uri.path.endsWith("response.json")).getValue()'
SECONDS = 60

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(not (explorer.FOLDER / "index.html").is_file(), reason="the explorer is not built"),
]


class Window:
    """A browser's window on the explorer, with what it asked for and what it complained about."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self.hosts: set[str | None] = set()
        self.complaints: list[str] = []
        page.context.on("request", lambda request: self._asked(request.url))
        page.on("websocket", lambda websocket: self._asked(websocket.url))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, url: str) -> None:
        if not url.startswith(("data:", "blob:")):
            self.hosts.add(urlparse(url).hostname)

    async def open(self) -> None:
        await self.page.goto(f"{self.server.url}/graphql")
        await self.page.locator(".graphiql-query-editor .view-line").first.wait_for()

    async def sign_in(self, email: str, password: str) -> None:
        await self.page.fill("#sign-in-email", email)
        await self.page.fill("#sign-in-password", password)
        await self.page.click("#sign-in-submit")

    async def type(self, query: str, name: str) -> None:
        """One line, named: the editor would close brackets at each line break."""
        await self.page.locator(".graphiql-query-editor .monaco-editor").click()
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.insert_text(query)
        await expect(self.page.locator(".graphiql-tab-active")).to_contain_text(name)

    async def run(self) -> None:
        await self.page.locator(".graphiql-execute-button").click()

    async def response(self, *parts: str) -> str:
        """The answer in the pane, once it contains all these."""
        await self.page.wait_for_function(f"parts => parts.every(p => {RESPONSE}.includes(p))", arg=list(parts))
        text: str = await self.page.evaluate(RESPONSE)
        return text


@pytest.fixture
async def window(world: World, dsn: str, folder: Path) -> AsyncIterator[Window]:
    async with serving(dsn, folder) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        context.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        yield Window(await context.new_page(), server)
        await browser.close()


@pytest.mark.rule("FH5", "XX1")
async def test_a_person_signs_in_asks_and_sees_a_change_arrive(window: Window, world: World, folder: Path) -> None:
    id = await world.refer()
    page = window.page
    await window.open()
    await expect(page).to_have_title("Throughline")

    await window.sign_in("helen@example.test", "wrong")
    await expect(page.locator("#sign-in-error")).to_contain_text("wrong")
    await window.sign_in("helen@example.test", PASSWORD)
    await expect(page.locator("#signed-in-as")).to_contain_text("Helen Hart")
    token: str = json.loads(await page.evaluate("sessionStorage.getItem('throughline.session')"))["accessToken"]

    await window.run()
    await window.response('"feedHead"', '"Helen Hart"')
    await window.type("query Me { viewer { user { name } outboundReferrals { nodes { id status } } } }", "Me")
    await window.run()
    await window.response(id, "NOT_UPDATED")

    await page.get_by_role("tab", name="LiveFeed").click()
    await window.run()
    await expect(page.locator("#connection-status")).to_have_text("Live")
    paul = await Person.sign_in(window.server, "paul")
    for number, status in enumerate(("PENDING", "ELIGIBLE")):
        await paul.do("referralSetStatus", id=id, status=status)
        answer = json.loads(await window.response("ReferralChanged", f'"toStatus": "{status}"'))
        assert answer["data"]["feed"]["referral"] == {"id": id, "version": number + 2, "status": status}
    await expect(page.locator("#stream-log li").first).to_contain_text("PENDING")
    await window.run()  # the same button stops it
    await expect(page.locator("#connection-status")).to_be_empty()

    async with page.expect_navigation():
        await page.click("#sign-out")
    await expect(page.locator("#sign-in-email")).to_be_visible()
    assert await page.evaluate("sessionStorage.length") == 0
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http:
        answer = await http.post(f"{window.server.url}/graphql", json={"query": "{ viewer { feedHead } }"})
    assert answer.status_code == 401, "signing out ends the session at the server"

    assert window.hosts == {"127.0.0.1"}
    assert window.complaints == []
