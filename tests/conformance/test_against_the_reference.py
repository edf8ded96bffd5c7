"""Our socket and that of the npm package graphql-ws, side by side: the same talks, the same answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from models.base import new_id
from policies.signing import Signer
from server.cli import SCHEMA_FILE
from subscriptions.cursors import Cursor, Cursors, Mark
from tests.conformance.node import BUILD, node
from tests.conformance.scripts import CURSOR, DIFFERENCES, SCRIPTS, TOKEN, Pieces, Raw, Script, Step
from tests.conformance.served import served
from tests.journeys.server import SECRET

Answers = dict[str, tuple[str | int, ...]]

AT_A_TIME = 20
PATIENCE = 15.0
QUIET = 0.5
"""After the last answer that is expected, another would come within this time."""


class Player:
    """Plays scripts against one server."""

    def __init__(self, url: str, token: str, cursor: str) -> None:
        self._url = url
        self._words = {TOKEN: token, CURSOR: cursor}
        self._turns = asyncio.Semaphore(AT_A_TIME)

    async def surprises(self, expected: Answers) -> Answers:
        """Plays every script: what the server answers to those where something else is expected."""
        answers = await asyncio.gather(*(self._play(script, len(expected[name])) for name, script in SCRIPTS.items()))
        return {name: heard for name, heard in zip(SCRIPTS, answers, strict=True) if heard != expected[name]}

    async def _play(self, script: Script, expected: int) -> tuple[str | int, ...]:
        subprotocols = [Subprotocol(name) for name in script.subprotocols] if script.subprotocols else None
        heard: list[str | int] = []
        async with self._turns, connect(self._url, subprotocols=subprotocols, proxy=None) as connection:
            try:
                for step in script.sent:
                    if step is Step.HEAR:
                        heard.append(await self._hear(connection, PATIENCE))
                    elif step is not Step.NOTHING:
                        await self._say(connection, step)
                while True:
                    heard.append(await self._hear(connection, PATIENCE if len(heard) < expected else QUIET))
            except ConnectionClosed as closed:
                heard += await self._rest(connection)
                heard.append(closed.rcvd.code if closed.rcvd else 1006)
            except TimeoutError:
                pass
        return ordered(heard)

    async def _rest(self, connection: ClientConnection) -> list[str]:
        """What came before the end, where sending noticed it first."""
        rest = []
        try:
            while True:
                rest.append(short(json.loads(await connection.recv())))
        except ConnectionClosed:
            return rest

    async def _say(self, connection: ClientConnection, step: Any) -> None:
        match step:
            case Raw():
                await connection.send(step.data, text=step.is_text)
            case Pieces():
                await connection.send(step.texts)
            case _:
                text = json.dumps(step)
                for word, meaning in self._words.items():
                    text = text.replace(word, meaning)
                await connection.send(text)

    async def _hear(self, connection: ClientConnection, seconds: float) -> str:
        return short(json.loads(await asyncio.wait_for(connection.recv(), seconds)))


def short(message: Any) -> str:
    """The message in the words of the scripts, or as it is where it has not the shape that the protocol asks for."""
    match message:
        case {"type": "connection_ack"} if len(message) == 1:
            return "ack"
        case {"type": "pong"} if len(message) == 1:
            return "pong"
        case {"type": "complete", "id": id} if len(message) == 2:
            return f"complete {id}"
        case {"type": "error", "id": id, "payload": [*errors]} if len(message) == 3 and are_errors(errors):
            return f"error {id}"
        case {"type": "next", "id": id, "payload": {"data": {}, **rest}} if not rest and len(message) == 3:
            return f"next {id}"
        case {"type": "next", "id": id, "payload": {"errors": [*errors]}} if are_errors(errors):
            return f"next {id} with errors"
    return json.dumps(message)


def are_errors(errors: list[Any]) -> bool:
    return bool(errors) and all(isinstance(error, dict) and isinstance(error.get("message"), str) for error in errors)


def ordered(heard: list[str | int]) -> tuple[str | int, ...]:
    """Sorted by the operation that an answer is about, its own answers left in their order; the code is the last."""

    def place(answer: str | int) -> tuple[int, str]:
        if isinstance(answer, int):
            return (2, "")
        word, _, id = answer.removesuffix(" with errors").partition(" ")
        return (1, id) if word in ("next", "error", "complete") else (0, "")

    return tuple(sorted(heard, key=place))


OURS: Answers = {name: ordered(list(script.heard)) for name, script in SCRIPTS.items()}
THEIRS: Answers = OURS | {name: ordered(list(difference.heard)) for name, difference in DIFFERENCES.items()}


@asynccontextmanager
async def reference(token: str) -> AsyncIterator[str]:
    """The reference server's address."""
    process = await asyncio.create_subprocess_exec(
        *node("reference.mjs"),
        SCHEMA_FILE,
        token,
        cwd=BUILD,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        port = int(await asyncio.wait_for(process.stdout.readline(), 30))
        yield f"ws://127.0.0.1:{port}/graphql"
    finally:
        process.kill()
        await process.wait()


async def test_we_answer_as_the_scripts_say(server_dsn: str) -> None:
    async with served(server_dsn) as there, there.silent():
        cursor = Cursors(Signer(SECRET)).write(Cursor(1, Mark(1, 1)), there.world.people["helen"], new_id())
        player = Player(there.url.replace("http", "ws"), await there.token("helen"), cursor)
        assert await player.surprises(OURS) == {}


async def test_the_reference_answers_alike_or_as_is_listed() -> None:
    async with reference("good") as url:
        assert await Player(url, "good", "a cursor").surprises(THEIRS) == {}


def test_what_is_listed_is_a_difference_and_has_a_reason() -> None:
    for name, difference in DIFFERENCES.items():
        assert THEIRS[name] != OURS[name]
        assert difference.reason.endswith(".")
