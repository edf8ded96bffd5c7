"""The explorer's files: what browsers may keep, and what the page may do."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from server import explorer

SCRIPT = "console.log('a script');" * 100


@pytest.fixture
async def http(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an explorer that consists of a page and two files."""
    (folder / "assets").mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Throughline</title>")
    (folder / "assets" / "index-1.js").write_text(SCRIPT)
    (folder / "assets" / "index-1.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    (folder / "assets" / "small-1.css").write_text("a {}")
    monkeypatch.setattr(explorer, "FOLDER", folder)
    transport = httpx.ASGITransport(Starlette(routes=explorer.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/explorer/assets") as http:
        yield http


async def test_files_are_kept_for_good_and_come_packed_to_whoever_can_unpack(http: httpx.AsyncClient) -> None:
    for accepted, encoding in (("gzip, br", "gzip"), ("identity", None)):
        answer = await http.get("/index-1.js", headers={"accept-encoding": accepted})
        assert (answer.status_code, answer.text) == (200, SCRIPT)
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["vary"] == "accept-encoding"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    answer = await http.get("/small-1.css", headers={"accept-encoding": "gzip"})
    assert (answer.text, answer.headers.get("content-encoding")) == ("a {}", None)


@pytest.mark.parametrize("path", ["/none.js", "/%00", "/..%2findex.html", "/%2e%2e/index.html", "/" + "x" * 5000, "/"])
async def test_there_is_nothing_else(http: httpx.AsyncClient, path: str) -> None:
    assert (await http.get(path, headers={"accept-encoding": "gzip"})).status_code == 404


async def test_the_page_is_asked_for_each_time(http: httpx.AsyncClient, folder: Path) -> None:
    page = explorer.page()
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")
    assert "connect-src 'self'" in page.headers["content-security-policy"]
    (folder / "index.html").unlink()
    missing = explorer.page()
    assert missing.status_code == 503
    assert b"sh web/build.sh" in missing.body
