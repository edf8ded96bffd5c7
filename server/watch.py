"""A person's feed, live in the terminal; and the example for whoever writes a client.

A client misses nothing and shows nothing twice if it
1. asks for `viewer { feedHead }` with the snapshot that it shows, and follows `feed(after:)` from there;
2. keeps the cursor of each message once it has dealt with it, the checkpoints' too;
3. comes back with its newest cursor after whatever interruption;
4. begins again at 1 where it is told `ResyncRequired`.
"""

import asyncio
import contextlib
import getpass
import logging
import os
import random
import time
from datetime import datetime
from typing import Any

from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport
from rich.console import Console
from rich.table import Table
from rich.text import Text
from websockets.exceptions import ConnectionClosed

TOKENS = " fragment T on LoginPayload { accessToken refreshToken expiresAt userErrors { message } }"
LOGIN = "mutation ($input: LoginInput!) { tokens: login(input: $input) { ...T } }" + TOKENS
RENEW = "mutation ($input: TokenRefreshInput!) { tokens: tokenRefresh(input: $input) { ...T } }" + TOKENS
REFERRAL = " fragment R on Referral { id createdAt status client { firstName lastName } program { name } }"
SNAPSHOT = f"""{{ viewer {{ feedHead
  {" ".join(f"{side}Referrals(first: 10) {{ nodes {{ ...R }} }}" for side in ("inbound", "outbound", "own"))} }} }}
{REFERRAL}"""
FEED = f"""subscription ($after: FeedCursor) {{ feed(after: $after) {{ __typename
  ... on ReferralChanged {{ cursor action occurredAt fromStatus toStatus actor {{ name organization }}
    referral {{ ...R }} }}
  ... on ClientChanged {{ cursor action occurredAt actor {{ name organization }} client {{ firstName lastName }} }}
  ... on CaseManagerChanged {{ cursor action occurredAt actor {{ name organization }}
    caseManager {{ firstName lastName }} }}
  ... on EngagementChanged {{ cursor action occurredAt actor {{ name organization }}
    engagement {{ client {{ firstName lastName }} phase {{ name }} }} }}
  ... on ProgressionChanged {{ cursor action occurredAt actor {{ name organization }}
    progression {{ client {{ firstName lastName }} recommendation {{ phase {{ name }} persona {{ name }} }} }} }}
  ... on AccessEnded {{ cursor id }}
  ... on FeedCheckpoint {{ cursor }}
  ... on ResyncRequired {{ reason }} }} }}
{REFERRAL}"""

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
SILENCE = 40.0
"""There is a checkpoint every 15 seconds: who says nothing for so long is not there any more."""


class SignInError(Exception):
    """Nobody was signed in; the message says why."""


class Session:
    """A person's tokens, and questions asked with them."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self.url = url
        self.renew_at = 0.0
        self._credentials = {"email": email, "password": password}
        self._token = ""
        self._refresh_token: str | None = None

    @property
    def authorization(self) -> dict[str, str]:
        """For the header of a request, and for `connection_init`."""
        return {"authorization": f"Bearer {self._token}"} if self._token else {}

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The answer's data."""
        transport = HTTPXAsyncTransport(self.url, headers=self.authorization, timeout=10)
        return await Client(transport=transport).execute_async(GraphQLRequest(query, variable_values=variables))

    async def renew(self) -> None:
        """Where the access token has not long to live, get another with the refresh token, or else sign in."""
        if time.time() < self.renew_at:
            return
        # A refresh token works once, and using it again ends the session. So it is forgotten before it is sent: should
        # the answer be lost, there is the password.
        refresh_token, self._refresh_token, self._token = self._refresh_token, None, ""
        tokens: dict[str, Any] = {"accessToken": None}
        if refresh_token is not None:
            tokens = (await self.ask(RENEW, input={"refreshToken": refresh_token}))["tokens"]
        if tokens["accessToken"] is None:
            tokens = (await self.ask(LOGIN, input=self._credentials))["tokens"]
        if tokens["accessToken"] is None:
            raise SignInError(tokens["userErrors"][0]["message"])
        self._token, self._refresh_token = tokens["accessToken"], tokens["refreshToken"]
        # Our clock may be wrong; it must not have us renew without a pause.
        left = datetime.fromisoformat(tokens["expiresAt"]).timestamp() - time.time()
        self.renew_at = time.time() + max(left - 60, 30)


class Watch:
    """One person's feed."""

    def __init__(self, session: Session, console: Console) -> None:
        self._session = session
        self._cursor: str | None = None
        self._pause = FIRST_PAUSE
        self._names: dict[str, str] = {}
        self._console = console
        self._heartbeat = self._console.status("[dim]connecting …")

    async def run(self) -> None:
        """Show the newest referrals, and from then on whatever happens."""
        with self._heartbeat:
            while True:
                try:
                    await self._session.renew()
                    if self._cursor is None:
                        await self._show_snapshot()
                    await self._follow()
                except (TransportError, TimeoutError) as error:
                    await self._recover(error)

    async def _show_snapshot(self) -> None:
        viewer = (await self._session.ask(SNAPSHOT))["viewer"]
        referrals = {r["id"]: r for side in ("inbound", "outbound", "own") for r in viewer[f"{side}Referrals"]["nodes"]}
        table = Table("Made", "Client → program", "Status", box=None)
        for referral in sorted(referrals.values(), key=lambda r: str(r["createdAt"]), reverse=True)[:10]:
            table.add_row(_local(referral["createdAt"], "%d %b"), self._named(referral), _words(referral["status"]))
        self._console.print(table)
        self._cursor = viewer["feedHead"]

    async def _follow(self) -> None:
        transport = WebsocketsTransport(
            self._session.url.replace("http", "ws", 1),
            init_payload=self._session.authorization,
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SILENCE) as deadline, Client(transport=transport) as client:
                async for result in client.subscribe(GraphQLRequest(FEED, variable_values={"after": self._cursor})):
                    self._show(result["feed"])
                    left = self._session.renew_at - time.time()
                    if self._cursor is None or left <= 0:
                        return
                    deadline.reschedule(loop.time() + min(SILENCE, left))
            raise TransportError("The server ended the stream.")
        except TimeoutError:
            # The server closes the socket when the token expires (4403). We come back before that with a new one.
            if time.time() < self._session.renew_at:
                raise

    async def _recover(self, error: Exception) -> None:
        if isinstance(error, TransportQueryError):
            # It was understood and refused: our cursor, say, after the server has lost its key.
            self._cursor = None
        if _code(error) in (401, 4403):
            self._session.renew_at = 0.0
        self._heartbeat.update(Text(f"interrupted ({error or type(error).__name__}), trying again …", "dim"))
        # At random, so that not all clients of a server come back to it in the same moment.
        await asyncio.sleep(self._pause * random.uniform(0.5, 1))  # noqa: S311
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _show(self, message: dict[str, Any]) -> None:
        # Of a kind that is newer than this program we do not even know the cursor; the next message has another.
        self._cursor = message.get("cursor", self._cursor)
        match message["__typename"]:
            case "ReferralChanged":
                self._print(message, self._named(message["referral"]))
            case "ClientChanged":
                self._print(message, _person(message["client"]))
            case "CaseManagerChanged":
                self._print(message, _person(message["caseManager"]))
            case "EngagementChanged":
                engagement = message["engagement"]
                self._print(message, f"{_person(engagement['client'])} in {engagement['phase']['name']}")
            case "ProgressionChanged":
                progression = message["progression"]
                asked = progression["recommendation"]
                target = asked["phase"] or asked["persona"] or {"name": "another persona"}
                self._print(message, f"{_person(progression['client'])} for {target['name']}")
            case "AccessEnded":
                self._line(f"No longer to be seen: {self._names.get(message['id'], message['id'])}", "red")
            case "ResyncRequired":
                self._cursor = None
        self._pause = FIRST_PAUSE
        self._heartbeat.update(Text(f"live, heard of at {time.strftime('%H:%M:%S')}", "dim"))

    def _print(self, message: dict[str, Any], about: str) -> None:
        actor = message["actor"] or {"name": "Throughline", "organization": None}
        who = f"{actor['name']}, {actor['organization']}" if actor["organization"] else actor["name"]
        what = _words(message["action"].replace(".", " "))
        if message.get("toStatus"):
            what += f": {_words(message['fromStatus'] or 'new')} → {_words(message['toStatus'])}"
        self._line(f"{_local(message['occurredAt'], '%H:%M:%S')}  {about}  {what}  ({who})")

    def _line(self, text: str, style: str = "") -> None:
        # Names may hold what a terminal takes for a command.
        self._console.print(Text("".join(c if c.isprintable() else "�" for c in text), style))

    def _named(self, referral: dict[str, Any]) -> str:
        client, program = referral["client"], referral["program"] or {"name": "a program"}
        self._names[referral["id"]] = name = f"{_person(client)} → {program['name']}"
        return name


def main(url: str, email: str, password: str | None) -> None:
    """Watch until interrupted."""
    logging.getLogger("gql").setLevel(logging.CRITICAL)
    password = password or os.environ.get("THROUGHLINE_PASSWORD")
    if not password:
        password = "demo-password" if email.endswith("@demo.test") else getpass.getpass(f"Password of {email}: ")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Watch(Session(url, email, password), Console(highlight=False, soft_wrap=True)).run())


def _code(error: BaseException) -> int | None:
    """The HTTP status, or the code with which the server closed the socket."""
    closed = error.__cause__
    if isinstance(closed, ConnectionClosed):
        return closed.rcvd.code if closed.rcvd else None
    return getattr(error, "code", None)


def _person(client: dict[str, Any] | None) -> str:
    return f"{client['firstName']} {client['lastName']}" if client else "somebody"


def _words(name: str) -> str:
    return name.lower().replace("_", " ")


def _local(moment: str, form: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime(form)
