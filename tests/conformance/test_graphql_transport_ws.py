"""graphql-transport-ws, beyond the talks of scripts.py: what is said when an operation is refused, and chance."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from tests.conformance.served import Served, served
from tests.conformance.sockets import FEED, Closed, hear, init, pong, say, socket, subscribe
from tests.journeys.server import Person


@pytest.fixture(scope="module")
async def there(server_dsn: str) -> AsyncIterator[Served]:
    async with served(server_dsn) as there:
        yield there


@pytest.fixture(scope="module")
async def token(there: Served) -> str:
    return await there.token("helen")


@pytest.fixture
async def fresh(there: Served) -> AsyncIterator[ClientConnection]:
    """A socket on which nothing was said."""
    async with there.silent(), socket(there) as connection:
        yield connection


@pytest.fixture
async def ready(fresh: ClientConnection, token: str) -> ClientConnection:
    """A socket that is signed in."""
    await init(fresh, token)
    return fresh


async def test_the_name_of_the_token_may_be_written_as_a_header(fresh: ClientConnection, token: str) -> None:
    await say(fresh, "connection_init", payload={"Authorization": f"bearer {token}"})
    assert await hear(fresh) == {"type": "connection_ack"}


AFTER = "subscription ($a: FeedCursor) { feed(after: $a) { __typename } }"
FILTER = "subscription ($a: ID!) { feed(filter: {referralId: $a}) { __typename } }"


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        ({"query": ""}, "Syntax Error: Unexpected <EOF>."),
        ({"query": "subscription { feed { nothing } }"}, "Cannot query field 'nothing' on type 'FeedMessage'."),
        ({"query": FEED, "operationName": "A"}, "There is no operation of this name"),
        ({"query": FEED + AFTER.replace("(", "B (", 1)}, "This anonymous operation must be the only"),
        ({"query": FEED.replace("{", "A {", 1) + AFTER.replace("(", "B (", 1)}, "operationName must say"),
        (
            {"query": "subscription { feed { __typename } b: feed { __typename } }"},
            "Anonymous Subscription must select",
        ),
        ({"query": "{ viewer { feedHead } }"}, "Only subscriptions are offered here"),
        ({"query": "mutation { logout { userErrors { code } } }"}, "Only subscriptions are offered here"),
        ({"query": 'subscription { feed(after: "x") { __typename } }'}, "after: "),
        ({"query": AFTER, "variables": {"a": {}}}, "after: "),
        ({"query": AFTER, "variables": {"a": "\0"}}, "after: "),
        ({"query": FILTER}, "Variable '$a' has invalid"),
        ({"query": FILTER, "variables": {"a": []}}, "Variable '$a' has invalid"),
    ],
)
async def test_a_refused_operation_has_an_error_and_the_socket_stays(
    ready: ClientConnection, payload: Any, complaint: str
) -> None:
    for _ in range(2):  # the id is free again at once
        await say(ready, "subscribe", id="1", payload=payload)
        answer = await hear(ready)
        assert (answer["type"], answer["id"]) == ("error", "1")
        assert answer["payload"][0]["message"].startswith(complaint)
    await pong(ready)


async def test_an_id_is_used_by_one_operation_at_a_time(ready: ClientConnection) -> None:
    await subscribe(ready, "é" * 128)
    await subscribe(ready, "é" * 128)
    closed = await Closed.of(ready)
    assert closed.code == 4409
    assert closed.reason.startswith("Subscriber for é")


async def test_a_completed_id_is_free_at_once_and_its_stream_has_ended(there: Served, ready: ClientConnection) -> None:
    for _ in range(20):
        await subscribe(ready, "again")
        await say(ready, "complete", id="again")
    await say(ready, "complete", id="never there")
    await subscribe(ready, "again")
    await pong(ready)
    helen = await Person.sign_in(there.server, "helen")
    await helen.do("referralSubmit", clientId=there.world.sam, programId=there.world.pantry, consent=True)
    change = {"__typename": "ReferralChanged", "referral": {"status": "NOT_UPDATED"}}
    assert await hear(ready) == {"id": "again", "type": "next", "payload": {"data": {"feed": change}}}
    await pong(ready)  # and it was told once


async def test_messages_in_any_order_have_an_answer_of_the_protocol(there: Served, token: str) -> None:
    dice = random.Random(4)
    talk = [
        {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}},
        *({"type": "subscribe", "id": str(id), "payload": {"query": FEED}} for id in range(8)),
        *({"type": "subscribe", "id": str(id), "payload": {"query": "{ viewer { feedHead } }"}} for id in range(8)),
        *({"type": "complete", "id": str(id)} for id in range(8)),
        *([{"type": "ping"}, {"type": "pong", "payload": {}}, {"type": "ping", "payload": None}] * 4),
        {"type": "error"},
    ]

    async def chat() -> int:
        async with socket(there) as connection:
            start = talk[0] if dice.random() < 0.9 else dice.choice(talk)
            for message in (start, *dice.choices(talk, k=dice.randrange(30))):
                await connection.send(json.dumps(message))
            if dice.random() < 0.3:
                return 0
            return (await Closed.of(connection, 15)).code if dice.random() < 0.5 else 0

    async with there.silent():
        codes = await asyncio.gather(*(chat() for _ in range(60)), return_exceptions=True)
    assert {code for code in codes if isinstance(code, int)} <= {0, 4400, 4401, 4408, 4409, 4429}
    assert {type(code) for code in codes} <= {int, TimeoutError, ConnectionError}
