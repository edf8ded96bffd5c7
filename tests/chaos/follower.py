"""A party's client: it follows the feed, and comes back with its newest cursor whenever the socket is lost."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from models.base import Id
from policies.signing import Signer
from subscriptions.cursors import Cursor, Cursors
from tests.chaos.county import Party
from tests.chaos.ledger import Epoch, Heard, Ledger
from tests.journeys.server import SECRET

ANSWER = 2.5
"""Seconds after which a silent server is asked, and after which one that does not answer is left."""
PROTOCOL = Subprotocol("graphql-transport-ws")
NOTES = "notes(first: 50) { nodes { id } }"
FEED = """
subscription ($after: FeedCursor) {
  feed(after: $after) {
    __typename
    ... on ReferralChanged { cursor eventId referral { id version status client { id version } NOTES } }
    ... on ClientChanged { cursor eventId client { id version } }
    ... on AccessEnded { cursor id }
    ... on FeedCheckpoint { cursor }
    ... on ResyncRequired { reason }
  }
}
"""
LISTS = ("inboundReferrals", "outboundReferrals", "ownReferrals", "clients")
_PAGE = "{ pageInfo { hasNextPage endCursor } nodes { id version %s } }"
_cursors = Cursors(Signer(SECRET))


class NotNowError(Exception):
    """The server is away, or answers something is wrong with it; ask again, perhaps another one."""


class ShutOutError(Exception):
    """The token is not good any more."""


class Follower:
    """One party's client."""

    def __init__(self, party: Party, epoch: Id, urls: Callable[[], str], http: httpx.AsyncClient, seed: int) -> None:
        self.party = party
        self.ledger = Ledger()
        self.connected = asyncio.Event()
        self._epoch_id = epoch
        self._urls = urls
        self._http = http
        self._random = random.Random(seed)
        # Every second one asks for notes, so that there are several documents, and internal notes to be kept back.
        self._query = FEED.replace("NOTES", NOTES if seed % 2 else "")
        self._cursor: str | None = None
        self._socket: ClientConnection | None = None

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            try:
                if self._cursor is None:
                    await self._snapshot()
                await self._follow()
            except ShutOutError:
                self.ledger.shut_out += 1
                # The load lets them in again, with another token.
                await asyncio.sleep(0.2)
            except (NotNowError, OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(self._random.uniform(0.02, 0.3))
            finally:
                self.connected.clear()

    @property
    def referrals(self) -> list[Id]:
        """The referrals that the dashboard shows, the newest last."""
        epochs = self.ledger.epochs
        return [id for id, (_, status) in epochs[-1].fold.items() if status] if epochs else []

    def cut(self) -> None:
        """Lose the socket, in the middle of whatever is under way."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def nap(self, seconds: float) -> None:
        """Read nothing for a while."""
        socket = self._socket
        if socket is None or not isinstance(socket.transport, asyncio.Transport):
            return
        began = time.time()
        with contextlib.suppress(RuntimeError):
            socket.transport.pause_reading()
            await asyncio.sleep(seconds)
            socket.transport.resume_reading()
        self.ledger.naps.append((began, time.time() + 0.5))

    def _place(self, text: str) -> Cursor:
        cursor = _cursors.read(text, self.party.user_id, self._epoch_id)
        assert isinstance(cursor, Cursor), "a cursor of another viewer or log"
        return cursor

    async def _snapshot(self) -> None:
        began = time.time()
        fold, head = await snapshot(self._http, self._urls(), self.party)
        self._cursor = head
        self.ledger.epochs.append(Epoch(began, self._place(head).position, frozenset(fold), fold))

    async def _follow(self) -> None:
        url = self._urls().replace("http", "ws", 1) + "/graphql"
        async with connect(
            url, subprotocols=[PROTOCOL], compression=None, ping_interval=None,
            open_timeout=ANSWER, close_timeout=0.2, max_queue=64, proxy=None,
        ) as socket:  # fmt: skip
            self._socket = socket
            try:
                await self._converse(socket)
            except ConnectionClosed as error:
                code = error.rcvd.code if error.rcvd else 1006
                self.ledger.closes[code] = self.ledger.closes.get(code, 0) + 1
                if code in (4403, 4401):
                    raise ShutOutError from error
                raise
            finally:
                self._socket = None
                socket.transport.abort()

    async def _converse(self, socket: ClientConnection) -> None:
        await _send(socket, type="connection_init", payload={"authorization": f"Bearer {self.party.token}"})
        while (message := await self._receive(socket))["type"] != "connection_ack":
            pass
        await _send(
            socket, type="subscribe", id="1", payload={"query": self._query, "variables": {"after": self._cursor}}
        )
        self.connected.set()
        while True:
            message = await self._receive(socket)
            match message["type"]:
                case "next":
                    if self._take(message["payload"]):
                        return
                case "ping" | "pong":
                    pass
                case other:
                    # An error or a `complete` without a reason: clients would not come back.
                    self.ledger.complaints.append(f"{other}: {str(message)[:300]}")
                    return

    async def _receive(self, socket: ClientConnection) -> dict[str, Any]:
        try:
            async with asyncio.timeout(ANSWER):
                text = await socket.recv()
        except TimeoutError:
            await _send(socket, type="ping")
            async with asyncio.timeout(ANSWER):
                text = await socket.recv()
        message: dict[str, Any] = orjson.loads(text)
        return message

    def _take(self, payload: dict[str, Any]) -> bool:
        """Keep a message; whether it says that the client must start again."""
        epoch, now = self.ledger.epoch, time.time()
        if payload.get("errors"):
            self.ledger.complaints.append(f"errors in a message: {str(payload)[:300]}")
            return False
        message = payload["data"]["feed"]
        if message["__typename"] == "ResyncRequired":
            epoch.resynced = now
            self._cursor = None
            return True
        position = self._keep(epoch, message, now)
        epoch.passed(position)
        self._cursor = message["cursor"]
        return False

    def _keep(self, epoch: Epoch, message: dict[str, Any], now: float) -> int:
        cursor = self._place(message["cursor"])
        # Of an event that ends access to several records, all but the last message point before the event.
        position = cursor.position + (cursor.ended is not None)
        match message["__typename"]:
            case "ReferralChanged":
                referral = message["referral"]
                epoch.upsert(referral)
                if referral["client"] is not None:
                    epoch.upsert(referral["client"])
                notes = tuple(note["id"] for note in referral.get("notes", {"nodes": ()})["nodes"])
                epoch.heard.append(Heard(now, position, referral["id"], int(message["eventId"]), notes))
            case "ClientChanged":
                epoch.upsert(message["client"])
                epoch.heard.append(Heard(now, position, message["client"]["id"], int(message["eventId"])))
            case "AccessEnded":
                epoch.fold.pop(message["id"], None)
                epoch.heard.append(Heard(now, position, message["id"], None))
        return cursor.position


async def _send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def ask(http: httpx.AsyncClient, url: str, token: str, query: str, **variables: Any) -> dict[str, Any]:
    """The data of an answer without errors."""
    try:
        answer = await http.post(
            f"{url}/graphql",
            content=orjson.dumps({"query": query, "variables": variables}),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )
    except httpx.HTTPError as error:
        raise NotNowError from error
    if answer.status_code == 401:
        raise ShutOutError
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise NotNowError(answer.text[:200]) from None
    if answer.status_code != 200 or body.get("errors"):
        raise NotNowError(str(body)[:500])
    data: dict[str, Any] = body["data"]
    return data


async def snapshot(http: httpx.AsyncClient, url: str, party: Party) -> tuple[dict[str, tuple[int, str]], str]:
    """Everything that the party sees, by id, with version and status; and the feed's head from before."""
    found: dict[str, tuple[int, str]] = {}
    after: dict[str, str | None] = dict.fromkeys(LISTS)
    head = ""
    while after:
        lists = " ".join(
            f"{name}(first: 100{f', after: {orjson.dumps(at).decode()}' if at else ''}) "
            + _PAGE % ("" if name == "clients" else "status")
            for name, at in after.items()
        )
        viewer = (await ask(http, url, party.token, f"{{ viewer {{ {'' if head else 'feedHead '}{lists} }} }}"))[
            "viewer"
        ]
        if viewer is None:
            raise ShutOutError
        head = head or viewer["feedHead"]
        following: dict[str, str | None] = {}
        for name in after:
            page = viewer[name]
            for node in page["nodes"]:
                found[node["id"]] = (node["version"], node.get("status", ""))
            if page["pageInfo"]["hasNextPage"]:
                following[name] = page["pageInfo"]["endCursor"]
        after = following
    return found, head
