"""Real server processes, and people who talk to them with gql."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from gql import Client, GraphQLRequest
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.world import PASSWORD

ROOT = Path(__file__).parents[2]
SECRET = "a secret for tests that is long enough for HS256"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server process on a port of its own."""

    def __init__(self, dsn: str, folder: Path, port: int | None = None, **environment: str) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "DATABASE_URL": dsn,
            "DATA_DIR": str(folder),
            "SECRET_KEY": SECRET,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the process."""
        self.process = subprocess.Popen([sys.executable, "-m", "server", "serve"], cwd=ROOT, env=self._environment)

    async def ready(self, seconds: float = 90) -> None:
        """Wait until it serves."""
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient() as http:
            while True:
                assert self.process is not None
                assert self.process.poll() is None, "the server ended"
                try:
                    if (await http.get(f"{self.url}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                assert time.monotonic() < deadline, "the server does not become ready"
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """End the process as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the process as an operator would."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


@asynccontextmanager
async def serving(dsn: str, folder: Path, **environment: str) -> AsyncIterator[Server]:
    """A server that is ready; stopped at the end."""
    server = Server(dsn, folder, None, **environment)
    server.launch()
    try:
        await server.ready()
        yield server
    finally:
        server.stop()


RECORDS = {
    "referral": "referral { id version status }",
    "client": "client { id version }",
    "group": "group { id }",
    "placement": "membership { id }",
    "membership": "membership { id }",
    "user": "user { id }",
    "mentoringRequest": "request { id version status }",
    "mentoringAssignment": "assignment { id }",
    "progression": "progression { id version status waitsFor result { id } }",
    "engagement": "engagement { id version caseManager { name } }",
    "delegation": "delegation { id status }",
    "listView": "listView { id pinned }",
}
INPUTS = {
    "groupShare": "teamSharing",
    "userUnban": "userBan",
    "clientGiveConsent": "clientConsent",
    "clientWithdrawConsent": "clientConsent",
    "mentoringRequestClose": "mentoringRequestOpen",
    "mentoringAssignmentHandBack": "mentoringAssignmentDecline",
    "clientAssignNavigator": "clientNavigator",
    "clientUnassignNavigator": "clientNavigator",
    "clientsAddToGroup": "clientGroup",
    "clientEnrol": "clientPortal",
    "clientBan": "clientPortal",
    "clientUnban": "clientPortal",
    "clientRestore": "clientDelete",
}
"""Of mutations whose input is not named after them."""


class Person:
    """Somebody signed in, with an HTTP client; `follow` opens a stream over a socket."""

    def __init__(self, server: Server, token: str) -> None:
        self.server = server
        self.token = token
        transport = HTTPXAsyncTransport(f"{server.url}/graphql", headers={"authorization": f"Bearer {token}"})
        self._client = Client(transport=transport)

    @classmethod
    async def sign_in(cls, server: Server, name: str) -> "Person":
        """Sign in as somebody of the tests' world."""
        async with httpx.AsyncClient() as http:
            answer = await http.post(
                f"{server.url}/graphql",
                json={
                    "query": "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
                    "variables": {"input": {"email": f"{name}@example.test", "password": PASSWORD}},
                },
            )
        return cls(server, answer.json()["data"]["login"]["accessToken"])

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        result: dict[str, Any] = await self._client.execute_async(GraphQLRequest(query, variable_values=variables))
        return result

    async def head(self) -> str:
        """Where the feed stands now."""
        head: str = (await self.ask("{ viewer { feedHead } }"))["viewer"]["feedHead"]
        return head

    async def do(self, mutation: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation, which must not be refused; selects the record that it changes."""
        record = next((shown for noun, shown in RECORDS.items() if mutation.startswith(noun)), RECORDS["referral"])
        return await self.act(mutation, record, **input)

    async def act(self, mutation: str, record: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation, which must not be refused, with this selection."""
        named = INPUTS.get(mutation, mutation)
        data = await self.ask(
            f"mutation ($input: {named[0].upper()}{named[1:]}Input!)"
            f" {{ {mutation}(input: $input) {{ {record} userErrors {{ code message field }} }} }}",
            input=input,
        )
        payload: dict[str, Any] = data[mutation]
        assert payload["userErrors"] == [], payload
        return payload

    @asynccontextmanager
    async def follow(
        self, selection: str = "", *, after: str | None = None, filter: dict[str, Any] | None = None
    ) -> AsyncIterator["Follower"]:
        """An open stream of the feed; messages are collected from the moment it is entered."""
        transport = WebsocketsTransport(
            f"{self.server.url.replace('http', 'ws')}/graphql",
            init_payload={"authorization": f"Bearer {self.token}"},
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        async with Client(transport=transport) as session:
            query = FEED.replace("EXTRA", selection)
            stream = session.subscribe(GraphQLRequest(query, variable_values={"after": after, "filter": filter}))
            follower = Follower(stream)
            try:
                yield follower
            finally:
                await follower.stop()


FEED = """
subscription ($after: FeedCursor, $filter: FeedFilter) {
  feed(after: $after, filter: $filter) {
    __typename
    ... on ReferralChanged {
      cursor eventId action fromStatus toStatus actor { name organization } referral { id version status EXTRA }
    }
    ... on ClientChanged { cursor eventId action client { id version firstName lastName } }
    ... on MentoringRequestChanged { cursor eventId action statusBefore statusAfter request { id version status } }
    ... on MentorChanged { cursor eventId action mentor { id load paused } }
    ... on NotificationChanged { cursor action notification { id kind } }
    ... on EngagementChanged {
      cursor eventId action engagement { id version status phase { name } caseManager { name } }
    }
    ... on ProgressionChanged { cursor eventId action progression { id version status waitsFor awaitsViewer } }
    ... on AccessEnded { cursor id }
    ... on FeedCheckpoint { cursor }
    ... on ResyncRequired { reason }
  }
}
"""


class Follower:
    """Reads a stream in the background and keeps what it said."""

    def __init__(self, stream: Any) -> None:
        self.messages: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._read(stream))

    async def _read(self, stream: Any) -> None:
        async for result in stream:
            self.messages.append(result["feed"])
            self._news.set()

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The messages without the checkpoints."""
        return [message for message in self.messages if message["__typename"] != "FeedCheckpoint"]

    async def until(self, count: int, seconds: float = 10) -> list[dict[str, Any]]:
        """The changes, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.changes) < count:
                if self._task.done():
                    self._task.result()
                    break
                self._news.clear()
                await self._news.wait()
        return self.changes

    async def told(self, action: str, seconds: float = 20) -> dict[str, Any]:
        """The last message of this action, once there is one."""
        async with asyncio.timeout(seconds):
            while not (found := [message for message in self.changes if message.get("action") == action]):
                if self._task.done():
                    self._task.result()
                self._news.clear()
                await self._news.wait()
        return found[-1]

    async def stop(self) -> None:
        """Read no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
