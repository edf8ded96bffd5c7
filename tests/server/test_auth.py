"""Tokens: which are good, which are not, and what ends a session."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import jwt
import pytest

from server.auth import InvalidTokenError, Tokens
from tests.conformance.served import Served, served
from tests.conformance.sockets import Closed, init, pong, socket, subscribe
from tests.journeys.server import SECRET
from tests.world import PASSWORD, World
from workflows import people
from workflows.sessions import open_session, renew

ME = "{ viewer { user { name } } }"
TOKENS = "accessToken refreshToken expiresAt userErrors { code field }"
LOGIN = f"mutation ($input: LoginInput!) {{ done: login(input: $input) {{ {TOKENS} }} }}"
REFRESH = f"mutation ($input: TokenRefreshInput!) {{ done: tokenRefresh(input: $input) {{ {TOKENS} }} }}"
LOGOUT = "mutation { done: logout { userErrors { code } } }"


@pytest.fixture(scope="module")
async def there(server_dsn: str) -> AsyncIterator[Served]:
    async with served(server_dsn) as there:
        yield there


@pytest.fixture
async def http(there: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with there.silent(), httpx.AsyncClient(base_url=there.server.url, timeout=60) as http:
        yield http


async def ask(http: httpx.AsyncClient, query: str, token: str | None = None, **input: Any) -> tuple[int, Any]:
    """The status, and what was done."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    answer = await http.post("/graphql", json={"query": query, "variables": {"input": input}}, headers=headers)
    return answer.status_code, (answer.json().get("data") or {}).get("done")


async def login(http: httpx.AsyncClient, name: str, password: str = PASSWORD) -> Any:
    return (await ask(http, LOGIN, email=f"{name}@example.test", password=password))[1]


async def status(http: httpx.AsyncClient, token: str) -> int:
    return (await ask(http, ME, token))[0]


async def test_a_session_is_renewed_with_the_newest_token_only(http: httpx.AsyncClient) -> None:
    first = await login(http, "helen")
    _, second = await ask(http, REFRESH, refreshToken=first["refreshToken"])
    assert second["userErrors"] == []
    assert second["refreshToken"] != first["refreshToken"]
    _, third = await ask(http, REFRESH, refreshToken=second["refreshToken"])
    # Renewing ends no access token before its time.
    assert [await status(http, tokens["accessToken"]) for tokens in (first, second, third)] == [200, 200, 200]


async def test_a_refresh_token_used_twice_ends_the_session_and_its_sockets(
    there: Served, http: httpx.AsyncClient
) -> None:
    stolen, other = await login(http, "helen"), await login(http, "helen")
    _, fresh = await ask(http, REFRESH, refreshToken=stolen["refreshToken"])
    async with socket(there) as ended, socket(there) as spared:
        for connection, tokens in ((ended, fresh), (spared, other)):
            await init(connection, tokens["accessToken"])
            await subscribe(connection)
        _, refused = await ask(http, REFRESH, refreshToken=stolen["refreshToken"])
        assert refused["userErrors"] == [{"code": "INVALID", "field": ["input", "refreshToken"]}]
        assert await Closed.of(ended) == Closed(4403, "Forbidden: the session has ended")
        assert await status(http, stolen["accessToken"]) == 401
        assert await status(http, fresh["accessToken"]) == 401
        _, refused = await ask(http, REFRESH, refreshToken=fresh["refreshToken"])
        assert refused["accessToken"] is None
        assert await status(http, other["accessToken"]) == 200
        await pong(spared)


async def test_reuse_is_recorded_though_it_is_refused(world: World) -> None:
    async with world.database.transaction() as transaction:
        session = await open_session(transaction, world.people["helen"])
    for _ in range(2):
        async with world.database.transaction() as transaction:
            again = await renew(transaction, session.refresh_token)
    assert again is None
    async with world.database.pool.acquire() as connection:
        [event] = await connection.fetch("select * from events where action = 'session.ended'")
    assert (event["record_id"], event["topics"]) == (session.session_id, [f"user:{world.people['helen']}"])


async def test_signing_out_ends_the_session_once(there: Served, http: httpx.AsyncClient) -> None:
    tokens = await login(http, "hugo")
    assert await ask(http, LOGOUT, tokens["accessToken"]) == (200, {"userErrors": []})
    assert await status(http, tokens["accessToken"]) == 401
    # Whoever signs out twice, or was never signed in, has what they want.
    assert await ask(http, LOGOUT, tokens["accessToken"]) == (200, {"userErrors": []})
    assert await ask(http, LOGOUT) == (200, {"userErrors": []})
    _, refused = await ask(http, REFRESH, refreshToken=tokens["refreshToken"])
    assert refused["accessToken"] is None


async def test_a_banned_person_is_shut_out(there: Served, http: httpx.AsyncClient) -> None:
    tokens = await login(http, "otto")
    async with there.world.database.transaction() as transaction:
        await people.ban(transaction, None, there.world.people["otto"])
    assert await status(http, tokens["accessToken"]) == 401
    assert (await login(http, "otto"))["userErrors"] == [{"code": "INVALID", "field": ["input", "password"]}]
    _, refused = await ask(http, REFRESH, refreshToken=tokens["refreshToken"])
    assert refused["userErrors"] == [{"code": "INVALID", "field": ["input", "refreshToken"]}]


async def test_guesses_are_slowed_down_even_if_they_come_at_once(http: httpx.AsyncClient) -> None:
    guesses = await asyncio.gather(*(login(http, "KARL", f"guess {number}") for number in range(12)))
    codes = [guess["userErrors"][0]["code"] for guess in guesses]
    assert sorted(codes) == ["INVALID"] * 10 + ["RATE_LIMITED"] * 2
    assert (await login(http, "karl"))["userErrors"][0]["code"] == "RATE_LIMITED"
    assert (await login(http, "petra"))["userErrors"] == []


async def test_what_cannot_be_an_account_is_refused_like_a_wrong_password(http: httpx.AsyncClient) -> None:
    for email, password in (("nobody", PASSWORD), ("a" * 100_000, "x"), ("helen", ""), ("helen", "x" * 100_000)):
        refused = await login(http, email, password)
        assert refused["userErrors"] == [{"code": "INVALID", "field": ["input", "password"]}]
    for token in ("", ".", "x.y", "018f0000-0000-7000-8000-000000000000.x", "." * 1000, "\N{SNOWMAN}.\N{SNOWMAN}"):
        _, refused = await ask(http, REFRESH, refreshToken=token)
        assert refused["userErrors"][0]["code"] == "INVALID"


async def test_only_tokens_that_we_made_are_good(world: World) -> None:
    tokens = Tokens(SECRET, 900, world.database)
    async with world.database.transaction() as transaction:
        session = await open_session(transaction, world.people["helen"])
    good, expires_at = tokens.issue(session)
    credentials = await tokens.check_header(f"bearer  {good} ")
    assert (credentials.user_id, credentials.session_id) == (world.people["helen"], session.session_id)
    assert credentials.expires_at == expires_at
    claims = jwt.decode(good, SECRET, ["HS256"], audience="throughline")
    head, body, signature = good.split(".")
    changes: list[dict[str, Any]] = [
        {"aud": "somebody"}, {"exp": int(time.time()) - 1}, {"exp": "x"}, {"sub": "x"}, {"sub": None}, {"sid": None},
    ]  # fmt: skip
    required = [{name: claims[name] for name in claims if name != missing} for missing in ("aud", "exp", "sub", "sid")]
    forged = [
        jwt.encode(claims, SECRET[::-1], "HS256"),
        jwt.encode(claims, "", "none"),
        jwt.encode(claims, SECRET * 2, "HS512"),
        *(jwt.encode({**claims, **change}, SECRET, "HS256") for change in changes),
        *(jwt.encode(less, SECRET, "HS256") for less in required),
        *(f"{head}.{body}.", f"{head}.{body}", f"{body}.{head}.{signature}"),
        *("..", "", "\N{SNOWMAN}", "W1tb" * 3000 + ".e30."),
    ]
    for token in forged:
        with pytest.raises(InvalidTokenError):
            await tokens.check(token)
    for header in ("", "Bearer", good, f"Basic {good}", f"Bearer{good}"):
        with pytest.raises(InvalidTokenError):
            await tokens.check_header(header)
