"""Asking over HTTP: whatever is sent, the answer is one of the protocol, and the log stays empty."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import server.http
from loaders.batch import Loaders
from server.app import create
from server.http import GRAPHQL, MAX_BODY
from server.settings import Settings
from tests.conformance.served import Served, served
from tests.journeys.server import SECRET
from tests.world import World
from workflows.sessions import open_session

VIEWER = {"query": "{ viewer { user { name } } }"}
UNKNOWN = "018f0000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
async def there(server_dsn: str) -> AsyncIterator[Served]:
    async with served(server_dsn) as there:
        yield there


@pytest.fixture
async def http(there: Served) -> AsyncIterator[httpx.AsyncClient]:
    """A client; the server has nothing to say about what it does."""
    async with there.silent(), httpx.AsyncClient(base_url=there.server.url) as http:
        yield http


async def post(http: httpx.AsyncClient, content: str | bytes, **headers: str) -> httpx.Response:
    headers = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await http.post("/graphql", content=content, headers=headers)


async def ask(http: httpx.AsyncClient, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = await post(http, json.dumps({"query": query, "variables": variables}), **headers)
    assert answer.status_code == 200
    result: dict[str, Any] = answer.json()
    return result


@pytest.mark.rule("XX9")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"1",
        b"[]",
        b'"{ viewer }"',
        b"{",
        b"{}",
        b"[" * 100_000,
        b'{"query":' * 1000,
        b'{"query": "{ viewer { feedHead } }", "variables": {"a": NaN}}',
        b'{"query": "{ viewer { feedHead } }", "variables": {"a": 1e999}}',
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"query": "\\ud800"}',
        b'{"query": "\xed\xa0\x80"}',
        b'{"query": null}',
        b'{"query": 1}',
        b'{"query": "{ viewer { feedHead } }", "variables": []}',
        b'{"query": "{ viewer { feedHead } }", "variables": "{}"}',
        b'{"query": "{ viewer { feedHead } }", "operationName": 1}',
        b'{"query": "{ viewer { feedHead } }", "operationName": "Other"}',
        b'{"query": "query A { viewer { feedHead } } query B { viewer { feedHead } }"}',
        b'{"query": "{ viewer { feedHead } }", "extensions": []}',
        b'{"query": "subscription { feed { __typename } }"}',
    ],
)
async def test_a_body_that_is_no_request_is_a_bad_request(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await post(http, body)
    assert answer.status_code == 400
    assert [list(error) for error in answer.json()["errors"]] == [["message"]]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "text/plain"}, 415),
        ({"content_type": "multipart/form-data; boundary=x"}, 415),
        ({"content_type": "application/x-www-form-urlencoded"}, 415),
        ({"content_type": ""}, 415),
        ({"content_type": "application/json; charset=utf-16"}, 415),
        ({"content_type": 'application/JSON; charset="UTF-8"; v=1'}, 200),
        ({"accept": "image/png"}, 406),
        ({"accept": "text/html"}, 406),
        ({"accept": "Application/GraphQL-response+JSON"}, 200),
        ({"accept": ""}, 200),
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": "Basic aGVsZW46aGVsZW4="}, 401),
        ({"authorization": "Bearer " + "a" * 20_000}, 401),
    ],
)
async def test_headers_say_what_is_understood(http: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await post(http, json.dumps(VIEWER), **headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_a_body_may_come_in_pieces_but_not_without_end(http: httpx.AsyncClient) -> None:
    async def pieces(text: bytes, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(text), size):
            yield text[start : start + size]

    headers = {"content-type": "application/json"}
    answer = await http.post("/graphql", content=pieces(json.dumps(VIEWER).encode(), 3), headers=headers)
    assert answer.json() == {"data": {"viewer": None}}
    answer = await http.post("/graphql", content=pieces(b" " * (MAX_BODY + 1), 60_000), headers=headers)
    assert answer.status_code == 413
    assert (await post(http, b" " * (MAX_BODY + 1))).status_code == 413


async def test_a_body_that_breaks_off_is_forgotten(there: Served, http: httpx.AsyncClient) -> None:
    for end in (b"", b"{", b'{"query": "{ viewer'):
        _, writer = await asyncio.open_connection("127.0.0.1", there.server.port)
        head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
        writer.write(head + end)
        await writer.drain()
        writer.close()
    assert (await post(http, json.dumps(VIEWER))).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_reading_requests_change_nothing(there: Served, http: httpx.AsyncClient, method: str) -> None:
    token = await there.token("helen")
    headers = {"authorization": f"Bearer {token}"}
    logout = "mutation { logout { userErrors { message } } }"
    answer = await http.request(method, "/graphql", params={"query": logout}, headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    answer = await http.request(method, "/graphql", params=VIEWER, headers=headers)
    assert answer.status_code == 200
    assert (await ask(http, VIEWER["query"], token))["data"]["viewer"]["user"]["name"] == "Helen Hart"


@pytest.mark.rule("XX9")
async def test_wrong_variables_are_refused_before_anything_is_executed(http: httpx.AsyncClient) -> None:
    query = "query ($first: Int) { viewer { clients(first: $first) { nodes { id } } } }"
    deep: dict[str, Any] = {}
    for _ in range(900):
        deep = {"a": deep}
    wrong_ones: list[Any] = ["x", [], deep, 10**40, 2**31]
    for wrong in wrong_ones:
        body = json.dumps({"query": query, "variables": {"first": wrong}})
        answer = await post(http, body, accept=GRAPHQL)
        assert answer.status_code == 400
        assert list(answer.json()) == ["errors"]


async def test_nobody_signed_in_sees_nothing(http: httpx.AsyncClient) -> None:
    assert await ask(http, "{ viewer { user { name } } }") == {"data": {"viewer": None}}
    for query in (
        f'{{ node(id: "{UNKNOWN}") {{ id }} }}',
        f'{{ referral(id: "{UNKNOWN}") {{ id }} }}',
        f'mutation {{ referralSetStatus(input: {{id: "{UNKNOWN}", status: PENDING}}) {{ userErrors {{ code }} }} }}',
    ):
        [error] = (await ask(http, query))["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.rule("XX3", "XX9")
async def test_what_cannot_be_an_id_is_not_found(there: Served, http: httpx.AsyncClient) -> None:
    token = await there.token("helen")
    for id in ("", "x", "\0", "%", UNKNOWN, there.world.sam + "x", "\U0001f600" * 1000):
        found = await ask(http, "query ($id: ID!) { node(id: $id) { id } referral(id: $id) { id } }", token, id=id)
        assert found == {"data": {"node": None, "referral": None}}
        mutation = (
            "mutation ($input: ReferralSetStatusInput!) { referralSetStatus(input: $input) { userErrors { field } } }"
        )
        answer = await ask(http, mutation, token, input={"id": id, "status": "PENDING"})
        assert answer["data"]["referralSetStatus"]["userErrors"] == [{"field": ["input", "id"]}]


@pytest.mark.rule("XX9")
async def test_a_bug_is_named_by_a_reference_whose_story_is_in_the_log(
    dsn: str, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("what nobody else should read")

    application = create(Settings(data_dir=folder, secret_key=SECRET), dsn)
    app = application.state.app
    async with world.database.transaction() as transaction:
        token, _ = app.tokens.issue(await open_session(transaction, world.people["helen"]))
    headers = {"authorization": f"Bearer {token}"}
    query = f'{{ a: node(id: "{world.sam}") {{ id }} b: node(id: "{world.nora}") {{ id }} viewer {{ feedHead }} }}'
    async with app.running(), httpx.AsyncClient(transport=httpx.ASGITransport(application)) as http:
        for place, name, status in ((Loaders, "one", 200), (server.http, "read_actor", 500)):
            with monkeypatch.context() as patch:
                patch.setattr(place, name, broken)
                caplog.clear()
                answer = await http.post("http://test/graphql", json={"query": query}, headers=headers)
            assert "nobody" not in answer.text
            [reference] = {error["extensions"]["reference"] for error in answer.json()["errors"]}
            assert answer.json()["errors"][0]["message"] == f"Something went wrong. Reference: {reference}."
            [record] = [record for record in caplog.records if record.name == "throughline.graphql"]
            assert reference in record.getMessage()
            assert record.exc_info is not None
            assert answer.status_code == status
        healthy = await http.post("http://test/graphql", json={"query": query}, headers=headers)
    assert healthy.json()["data"]["a"] == {"id": world.sam}
