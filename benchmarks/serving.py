"""Our server as the peers' runner wants it: python -m benchmarks.serving, with PORT and PEERS_DSN.

It is `python -m server serve` over the loaded database, with one thing around it: the runner knows no users, so each
request and each socket is given the token that a client of ours would have sent (docs/benchmarks.md).
"""

import asyncio
import itertools
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import asyncpg
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.loading import ours, tidy
from models.database import Database
from server import cli
from server.auth import Tokens
from server.settings import from_environment
from workflows.sessions import SignedIn

SECRET = "for benchmarks only, and long enough"
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_INIT = '{"type":"connection_init"}'
_VIEWERS = """
    select organization_id::text, user_id::text, session_id::text from bench.viewers
    union all
    select referrals.id::text, user_id::text, session_id::text from referrals
    join programs on programs.id = program_id
    join bench.viewers on viewers.organization_id = programs.organization_id
    where referrals.id = any($1)
"""
_SUBSCRIBERS = "select user_id::text, session_id::text from bench.subscribers order by user_id"


class Headers(NamedTuple):
    """The `Bearer …` headers of the people who use the dashboard."""

    viewers: dict[bytes, bytes]
    """By the id of an organization, or of a referral to it: of the one who works on its programs."""
    subscribers: list[str]
    """Of those who follow one program."""


async def headers(dsn: str, secret: str, referrals: Iterable[str]) -> Headers:
    """Tokens for the sessions that were loaded."""
    tokens = Tokens(secret, from_environment().access_token_minutes * 60, Database(dsn))

    def bearer(user_id: str, session_id: str) -> str:
        return f"Bearer {tokens.issue(SignedIn(user_id, session_id, ''))[0]}"

    connection = await asyncpg.connect(dsn)
    try:
        viewers = await connection.fetch(_VIEWERS, list(referrals))
        subscribers = await connection.fetch(_SUBSCRIBERS)
    finally:
        await connection.close()
    made = {person: bearer(*person).encode() for person in {(row[1], row[2]) for row in viewers}}
    return Headers(
        {row[0].encode(): made[row[1], row[2]] for row in viewers},
        [bearer(*row) for row in subscribers],
    )


class WithTokens:
    """The application, with each request and socket signed in."""

    def __init__(self, app: ASGIApp, headers: Headers, subscribers: int) -> None:
        self._app = app
        self._viewers = headers.viewers
        some = headers.subscribers[: subscribers or None]
        self._payloads = itertools.cycle(
            json.dumps({"type": "connection_init", "payload": {"authorization": header}}) for header in some
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] == "http":
            first: Message | None = await receive()
            body: bytes = first.get("body", b"") if first else b""
            found = _ID.search(body, max(0, body.rfind(b'"variables"')))
            header = self._viewers.get(found[0]) if found else None
            if header is not None:
                scope["headers"].append((b"authorization", header))

            async def replayed() -> Message:
                nonlocal first
                if first is None:
                    return await receive()
                message, first = first, None
                return message

            await self._app(scope, replayed, send)
        elif scope["type"] == "websocket":

            async def with_token() -> Message:
                message = await receive()
                if message.get("text") == _INIT:
                    message["text"] = next(self._payloads)
                return message

            await self._app(scope, with_token, send)
        else:
            await self._app(scope, receive, send)


def main() -> None:
    """Serve until interrupted."""
    peers, work = os.environ["PEERS_DSN"], Path(os.environ["BENCH_WORK"])
    os.environ |= {"DATABASE_URL": ours(peers), "SECRET_KEY": SECRET, "DATA_DIR": str(work / "data")}
    asyncio.run(tidy(peers))
    settings, dsn = cli.prepared()
    asked: list[str] = json.loads((work / "asked.json").read_text())
    known = asyncio.run(headers(dsn, settings.secret_key, asked))
    inner, subscribers = cli.application, int(os.environ.get("BENCH_SUBSCRIBERS") or 0)
    # Uvicorn takes the application from there by its name.
    cli.application = lambda: WithTokens(inner(), known, subscribers)  # type: ignore[assignment, return-value]
    cli.run(settings, dsn)


if __name__ == "__main__":
    main()
