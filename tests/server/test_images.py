"""Images over HTTP: what is taken in, what is kept, who is shown it (EL13)."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from policies import uploads
from policies.uploads import Upload
from server.app import create
from server.application import Application
from server.settings import Settings
from tests.graph import Graph
from tests.journeys.server import SECRET
from tests.world import World
from workflows import clock, images
from workflows.sessions import open_session

SHOW = "query ($id: ID!) { client(id: $id) { version image { id largeUrl smallUrl } withheld { field } } }"


@pytest.fixture
async def app(world: World, dsn: str, folder: Path) -> AsyncIterator[Application]:
    starlette = create(Settings(data_dir=folder, secret_key=SECRET), dsn)
    application: Application = starlette.state.app
    async with application.database:
        application_http = httpx.ASGITransport(starlette)
        application.http = httpx.AsyncClient(transport=application_http, base_url="http://test")  # type: ignore[attr-defined]
        yield application
        await application.http.aclose()  # type: ignore[attr-defined]


class Browser:
    """People with their tokens."""

    def __init__(self, app: Application, world: World) -> None:
        self.app, self.world = app, world

    async def request(
        self, who: str | None, method: str, url: str, headers: Any = None, **options: Any
    ) -> httpx.Response:
        headers = dict(headers or {})
        if who is not None:
            async with self.app.database.transaction() as tx:
                signed_in = await open_session(tx, self.world.people[who])
            headers["authorization"] = f"Bearer {self.app.tokens.issue(signed_in)[0]}"
        http: httpx.AsyncClient = self.app.http  # type: ignore[attr-defined]
        return await http.request(method, url, headers=headers, **options)

    def address(self, who: str, seconds: float = 60) -> str:
        until = clock.now().timestamp() + seconds
        upload = Upload(self.world.people[who], self.world.sam, until)
        return f"/images/upload/{uploads.token(self.app.signer, upload)}"

    async def put(self, who: str, data: bytes) -> httpx.Response:
        return await self.request(who, "PUT", self.address(who), content=data)


@pytest.fixture
def browser(app: Application, world: World) -> Browser:
    return Browser(app, world)


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 200), mode: str = "RGB", **options: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "red").save(written, kind, **options)
    return written.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def huge_png(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and has no pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.rule("EL13")
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_an_image_is_written_anew_in_two_sizes(browser: Browser, graph: Graph, world: World, kind: str) -> None:
    before = (await graph.ask("helen", SHOW, id=world.sam))["client"]
    assert before["image"] is None
    answer = await browser.put("helen", picture(kind, (3000, 1500)))
    assert answer.status_code == 201, answer.text
    client = (await graph.ask("helen", SHOW, id=world.sam))["client"]
    assert client["version"] == before["version"] + 1
    for name, size in (("large", (1024, 512)), ("small", (128, 64))):
        shown = await browser.request("helen", "GET", client["image"][f"{name}Url"])
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert opened(shown.content).format == "WEBP"
        assert opened(shown.content).size == size


@pytest.mark.rule("EL13")
async def test_metadata_is_stripped_and_the_right_side_is_up(browser: Browser) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "at her sister's, 12 Elm Street"
    data = picture("JPEG", (300, 200), exif=exif, comment=b"a secret", icc_profile=b"a profile")
    urls = (await browser.put("helen", data)).json()
    shown = await browser.request("helen", "GET", urls["largeUrl"])
    image = opened(shown.content)
    assert image.size == (200, 300)
    assert not image.getexif()
    assert not set(image.info) & {"exif", "icc_profile", "comment", "xmp"}
    assert b"Elm" not in shown.content


@pytest.mark.rule("EL13")
async def test_what_is_no_image_or_too_large_is_refused(browser: Browser, graph: Graph, world: World) -> None:
    for data, code in (
        (b"", 415), (b"hello", 415), (picture("GIF"), 415), (picture("BMP"), 415), (picture()[:60], 415),
        (picture("JPEG", (900, 900), quality=95)[:700], 415), (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (huge_png(8000, 5001), 413), (huge_png(50_000, 50_000), 413), (bytes(images.LARGEST_FILE + 1), 413),
    ):  # fmt: skip
        assert (await browser.put("helen", data)).status_code == code, data[:20]
    assert (await graph.ask("helen", SHOW, id=world.sam))["client"]["image"] is None


@pytest.mark.rule("EL13")
async def test_another_image_has_another_address(browser: Browser) -> None:
    first = (await browser.put("helen", picture(mode="RGBA"))).json()
    second = (await browser.put("sam", picture("WEBP", (20, 10)))).json()
    assert (await browser.request("helen", "GET", first["smallUrl"])).status_code == 404
    shown = await browser.request("helen", "GET", second["smallUrl"])
    assert opened(shown.content).size == (20, 10)


@pytest.mark.rule("EL13", "XX3")
async def test_only_those_who_may_see_the_client_see_the_image(browser: Browser, graph: Graph, world: World) -> None:
    url = (await browser.put("helen", picture())).json()["largeUrl"]
    await world.refer()
    for who, code in (("helen", 200), ("sam", 200), ("paul", 200), ("karl", 404), ("otto", 404), (None, 401)):
        assert (await browser.request(who, "GET", url)).status_code == code
    shown = await browser.request("paul", "GET", url)
    assert shown.headers["cache-control"] == "private, no-cache"
    assert "Authorization" in shown.headers["vary"]
    tag = {"if-none-match": shown.headers["etag"]}
    again = await browser.request("paul", "GET", url, tag)
    assert (again.status_code, again.content) == (304, b"")
    await graph.do("helen", "clientUpdate", id=world.sam, contactPreference="NONE")
    assert (await browser.request("paul", "GET", url, tag)).status_code == 404
    client = (await graph.ask("paul", SHOW, id=world.sam))["client"]
    assert client["image"] is None
    assert {"field": "image"} in client["withheld"]
    for wrong in (url.replace("large", "huge"), "/images/nonsense/large"):
        assert (await browser.request("helen", "GET", wrong)).status_code == 404


@pytest.mark.rule("EL13")
async def test_an_address_is_of_one_person_and_for_a_while(browser: Browser, graph: Graph, world: World) -> None:
    data = picture()
    payload = await graph.do("helen", "clientUploadImage", "uploadUrl expiresAt", clientId=world.sam)
    assert payload["expiresAt"] is not None
    own = payload["uploadUrl"].rpartition("/")[2]
    assert uploads.read(browser.app.signer, own) is None, "signed with the secret of another program"
    for who, url, code in (
        ("hugo", browser.address("helen"), 404),
        ("helen", browser.address("helen", -1), 404),
        ("helen", browser.address("helen")[:-4] + "AAAA", 404),
        ("helen", "/images/upload/nonsense", 404),
        (None, browser.address("helen"), 401),
        ("paul", browser.address("paul"), 404),
    ):
        assert (await browser.request(who, "PUT", url, content=data)).status_code == code
    await world.refer()
    assert (await browser.put("paul", data)).status_code == 403
    assert (await graph.refused("paul", "clientUploadImage", clientId=world.sam)).code == "FORBIDDEN"
