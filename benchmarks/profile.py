"""Where the time of our server goes: python -m benchmarks.profile q1|q2|m1|s1 [--requests 200] [--lines 25].

One process over the database that the bench has loaded (PEERS_DSN), the ASGI application called directly: no sockets,
no HTTP parsing. Prints the CPU time of this process for one request (PostgreSQL's is not in it), the statements with
their mean times, and cProfile's top lines. EXECUTOR=off in the environment takes graphql-core's executor instead.

S1 opens --subscribers streams, sets statuses, and prints the CPU time for one delivery.
"""

import argparse
import asyncio
import cProfile
import itertools
import json
import os
import pstats
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from starlette.types import ASGIApp, Message

from benchmarks.loading import ours
from benchmarks.serving import SECRET, Headers, headers
from models.database import Database, Transaction
from server.cli import application
from server.wire import PUT

QUERIES = Path(__file__).parent / "queries" / "ours"
DSN = os.environ.get("PEERS_DSN") or "postgresql://postgres@127.0.0.1:55432/peers"
REFERRALS = "select id::text from referrals order by created_at limit 2000"
FOLLOWED = "select id::text from referrals where program_id = (select program_id from bench.followed) limit 40"
Act = Callable[[], Awaitable[None]]


@cache
def document(name: str) -> str:
    """The operation's text."""
    return (QUERIES / f"{name}.graphql").read_text()


def body(name: str, variables: dict[str, str]) -> bytes:
    """A request as the runner sends it."""
    return json.dumps({"query": document(name), "variables": variables}).encode()


async def post(app: ASGIApp, body: bytes, header: bytes) -> bytes:
    """The answer to a request; anything but data raises."""
    message = {"type": "http.request", "body": body, "more_body": False}
    answer: list[Message] = []
    given = [(b"content-type", b"application/json"), (b"accept", b"application/json"), (b"authorization", header)]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/graphql", "raw_path": b"/graphql", "root_path": "", "query_string": b"", "headers": given,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2), "state": {},
    }  # fmt: skip

    async def receive() -> Message:
        return message

    async def send(message: Message) -> None:
        answer.append(message)

    await app(scope, receive, send)
    text: bytes = answer[1]["body"]
    if answer[0]["status"] != 200 or text.startswith(b'{"errors"'):
        raise RuntimeError(text[:500].decode())
    return text


class Follower:
    """One socket with the subscription of S1."""

    def __init__(self, header: str, program_id: str) -> None:
        subscribe = {"query": document("s1"), "variables": {"programId": program_id}}
        self._messages = iter(
            [
                {"type": "websocket.connect"},
                _text({"type": "connection_init", "payload": {"authorization": header}}),
                _text({"type": "subscribe", "id": "1", "payload": subscribe}),
            ]
        )
        self.frames = 0

    async def follow(self, app: ASGIApp) -> None:
        """Follow until cancelled."""
        scope = {
            "type": "websocket", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "ws", "path": "/graphql",
            "raw_path": b"/graphql", "root_path": "", "query_string": b"", "headers": [], "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2), "subprotocols": ["graphql-transport-ws"], "state": {},
            "extensions": {PUT: {"put": self._put}},
        }  # fmt: skip
        await app(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        message = next(self._messages, None)
        if message is None:
            await asyncio.Event().wait()
        return message or {}

    async def _send(self, message: Message) -> None:
        self.frames += '"referral":' in message.get("text", "")

    def _put(self, text: bytes) -> bool:
        self.frames += b'"referral":' in text
        return True


def _text(message: dict[str, Any]) -> Message:
    return {"type": "websocket.receive", "text": json.dumps(message)}


def requests(name: str, app: ASGIApp, known: Headers, organizations: list[str], referrals: list[str]) -> Iterator[Act]:
    """The requests of Q1, Q2 or M1, for ever."""
    variable = "organizationId" if name == "q1" else "id"
    for id in itertools.cycle(organizations if name == "q1" else referrals):
        asked, header = body(name, {variable: id}), known.viewers[id.encode()]

        async def act(asked: bytes = asked, header: bytes = header) -> None:
            await post(app, asked, header)

        yield act


def watch_statements() -> dict[str, list[float]]:
    """The times of each statement from now on, by its text."""
    seen: dict[str, list[float]] = defaultdict(list)
    for kind in (Database, Transaction):

        async def rows(self: Any, statement: Any, *, _rows: Any = kind.rows, **parameters: Any) -> Any:
            began = time.perf_counter()
            found = await _rows(self, statement, **parameters)
            seen[statement.sql].append(time.perf_counter() - began)
            return found

        kind.rows = rows  # type: ignore[method-assign, assignment]
    return seen


async def measure(acts: Iterator[Act], number: int, each: int, lines: int) -> None:
    """Run the requests three times: for the CPU time, for the statements, and under cProfile."""
    for act in itertools.islice(acts, 60):
        await act()
    began, cpu = time.perf_counter(), time.process_time()
    for act in itertools.islice(acts, number):
        await act()
    done = number * each
    wall, cpu = (time.perf_counter() - began) / done * 1e3, (time.process_time() - cpu) / done * 1e3
    print(f"{cpu:.3f} ms of CPU, {wall:.3f} ms for one of {done:,}")
    profile = cProfile.Profile()
    profile.enable()
    for act in itertools.islice(acts, number):
        await act()
    profile.disable()
    seen = watch_statements()
    for act in itertools.islice(acts, number):
        await act()
    for sql, times in sorted(seen.items(), key=lambda item: -sum(item[1])):
        print(f"{len(times) / number:5.1f} x {sum(times) / len(times) * 1e3:7.3f} ms  {' '.join(sql.split())[:150]}")
    for order in ("tottime", "cumulative"):
        pstats.Stats(profile).strip_dirs().sort_stats(order).print_stats(lines)


async def main(name: str, number: int, subscribers: int, lines: int) -> None:
    """Measure one of the bench's operations."""
    connection = await asyncpg.connect(ours(DSN))
    ids = [row[0] for row in await connection.fetch(FOLLOWED if name == "s1" else REFERRALS)]
    organizations = [row[0] for row in await connection.fetch("select organization_id::text from bench.viewers")]
    program = await connection.fetchval("select program_id::text from bench.followed")
    await connection.close()
    with tempfile.TemporaryDirectory() as folder:
        known = await headers(ours(DSN), SECRET, ids)
        os.environ |= {"DATABASE_URL": ours(DSN), "SECRET_KEY": SECRET, "DATA_DIR": folder}
        app = application()
        async with app.router.lifespan_context(app):
            acts = requests("m1" if name == "s1" else name, app, known, organizations, ids)
            if name != "s1":
                await measure(acts, number, 1, lines)
                return
            followers = [Follower(header, program) for header in known.subscribers[:subscribers]]
            tasks = [asyncio.create_task(follower.follow(app)) for follower in followers]
            await asyncio.sleep(2 + subscribers / 100)
            told = 0

            async def tell(act: Act) -> None:
                nonlocal told
                told += 1
                await act()
                while sum(follower.frames for follower in followers) < told * len(followers):
                    await asyncio.sleep(0.01)

            await measure((lambda act=act: tell(act) for act in acts), number, len(followers), lines)  # type: ignore[misc]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("operation", choices=["q1", "q2", "m1", "s1"])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--subscribers", type=int, default=100)
    parser.add_argument("--lines", type=int, default=25)
    given = parser.parse_args()
    uvloop.run(main(given.operation, given.requests, given.subscribers, given.lines))
