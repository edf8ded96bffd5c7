"""Talks with a server of graphql-transport-ws: what a client sends, frame by frame, and what it hears.

`tests/conformance/test_against_the_reference.py` plays them against our server and against that of the npm package
graphql-ws. Both must answer alike, but for the differences that are listed here, each with its reason.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Step(Enum):
    """What a client does beside sending a message."""

    HEAR = "wait for one more answer"
    NOTHING = "send nothing, and wait"


@dataclass(frozen=True)
class Raw:
    """A frame as it is."""

    data: bytes
    is_text: bool = True


@dataclass(frozen=True)
class Pieces:
    """One message in several frames."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """A talk. Of answers that come in any order, only those about one operation have an order of their own."""

    sent: tuple[Any, ...]
    """Objects are sent as JSON."""
    heard: tuple[str | int, ...]
    """In short: `next a`, `error a`, `complete a`, `ack`, `pong`; a number is the code with which the socket is closed.
    At the end nothing more comes; where there is no code, the socket is still open."""
    subprotocols: tuple[str, ...] | None = ("graphql-transport-ws",)


@dataclass(frozen=True)
class Difference:
    """What the reference answers instead, and why we do not."""

    heard: tuple[str | int, ...]
    reason: str


HEAR = Step.HEAR

QUIET = "subscription { feed { __typename } }"
"""Goes on for ever, and nothing happens."""
BRIEF = "subscription ($after: FeedCursor) { feed(after: $after) { __typename } }"
"""With the cursor of another log: says ResyncRequired, and ends."""
QUERY = "{ viewer { feedHead } }"
WITH_ID = "subscription ($id: ID!) { feed(filter: {referralId: $id}) { __typename } }"

TOKEN = "TOKEN"
CURSOR = "CURSOR"
"""Both are put in place when the script is played."""

INIT = {"type": "connection_init", "payload": {"authorization": f"Bearer {TOKEN}"}}
PING = {"type": "ping"}


def subscribe(id: Any, query: Any = QUIET, **payload: Any) -> dict[str, Any]:
    """Ask for an operation."""
    return {"type": "subscribe", "id": id, "payload": {"query": query, **payload}}


def brief(id: str) -> dict[str, Any]:
    """Ask for the stream that ends at once."""
    return subscribe(id, BRIEF, variables={"after": CURSOR})


def complete(id: Any) -> dict[str, Any]:
    """End an operation."""
    return {"type": "complete", "id": id}


def signed_in(*sent: Any, heard: tuple[str | int, ...]) -> Script:
    """A talk that begins well."""
    return Script((INIT, HEAR, *sent), ("ack", *heard))


def malformed(message: Any) -> Script:
    """One message, and that was it."""
    return signed_in(message, heard=(4400,))


SCRIPTS: dict[str, Script] = {
    # --- As it should be ---
    "a stream that ends": signed_in(brief("a"), heard=("next a", "complete a")),
    "a stream that is ended": signed_in(subscribe("a"), complete("a"), PING, heard=("pong",)),
    "pings": signed_in(PING, HEAR, {"type": "ping", "payload": None}, heard=("pong", "pong")),
    "a ping with a payload": signed_in({"type": "ping", "payload": {"a": [1]}}, heard=("pong",)),
    "a ping before the init": Script((PING, HEAR, INIT), ("pong", "ack")),
    "a pong that nobody asked for": signed_in({"type": "pong", "payload": {"a": 1}}, PING, heard=("pong",)),
    "a message in pieces": signed_in(Pieces(('{"type":', '"pi', 'ng"}')), heard=("pong",)),
    "a key that nobody knows": signed_in({"type": "ping", "colour": "red"}, heard=("pong",)),
    "an empty operation name": signed_in(
        subscribe("a", BRIEF, variables={"after": CURSOR}, operationName=""), heard=("next a", "complete a")
    ),
    "everything optional is null": signed_in(
        subscribe("a", variables=None, operationName=None, extensions=None), complete("a"), PING, heard=("pong",)
    ),
    # --- Whoever speaks another protocol ---
    "no subprotocol": Script((), (4406,), None),
    "the older subprotocol": Script((), (4406,), ("graphql-ws",)),
    "this subprotocol among others": Script((INIT,), ("ack",), ("graphql-ws", "graphql-transport-ws")),
    # --- Early ---
    "nothing is said": Script((Step.NOTHING,), (4408,)),
    "nothing but a ping is said": Script((PING, HEAR, Step.NOTHING), ("pong", 4408)),
    "subscribe before the init": Script((subscribe("a"),), (4401,)),
    "complete before the init": Script((complete("a"),), (4401,)),
    "the server's message before the init": Script(({"type": "connection_ack"},), (4401,)),
    "subscribe before the ack": Script((INIT, brief("a")), ("ack", "next a", "complete a")),
    "ping before the ack": Script((INIT, PING), ("ack", "pong")),
    # --- Who asks ---
    "no token": Script(({"type": "connection_init"},), (4403,)),
    "null for a payload": Script(({"type": "connection_init", "payload": None},), (4403,)),
    "a forged token": Script(({"type": "connection_init", "payload": {"authorization": "Bearer x"}},), (4403,)),
    "an empty token": Script(({"type": "connection_init", "payload": {"authorization": ""}},), (4403,)),
    "a token by another name": Script(({"type": "connection_init", "payload": {"token": f"Bearer {TOKEN}"}},), (4403,)),
    "a list for a token": Script(({"type": "connection_init", "payload": {"authorization": [1]}},), (4403,)),
    "a list for a payload": Script(({"type": "connection_init", "payload": []},), (4400,)),
    # --- Malformed ---
    "not JSON": malformed(Raw(b"{")),
    "nothing": malformed(Raw(b"")),
    "a list": malformed([]),
    "a number": malformed(1),
    "null": malformed(None),
    "JSON that is too deep": malformed(Raw(b"[" * 60_000)),
    "NaN": malformed(Raw(b'{"type":"ping","payload":{"a":NaN}}')),
    "half a character": malformed(Raw(b'{"type":"\\ud800"}')),
    "a binary frame": malformed(Raw(b'{"type":"ping"}', is_text=False)),
    "not UTF-8": signed_in(Raw(b"\xff\xfe{"), heard=(1007,)),
    "no type": malformed({}),
    "a type that is a number": malformed({"type": 1}),
    "an unknown type": malformed({"type": "start", "id": "a"}),
    "an unknown type that fits into no close frame": malformed({"type": "é" * 100}),
    "a type in capitals": malformed({"type": "PING"}),
    "the server's ack": malformed({"type": "connection_ack"}),
    "the server's next": malformed({"type": "next", "id": "a", "payload": {}}),
    "the server's error": malformed({"type": "error", "id": "a", "payload": [{"message": "no"}]}),
    "a ping with a list": malformed({"type": "ping", "payload": []}),
    "a ping with text": malformed({"type": "ping", "payload": "x"}),
    "a pong with a number": malformed({"type": "pong", "payload": 1}),
    "no id": malformed({"type": "subscribe", "payload": {"query": QUIET}}),
    "an id that is a number": malformed(subscribe(1)),
    "an id that is null": malformed(subscribe(None)),
    "an empty id": malformed(subscribe("")),
    "no payload": malformed({"type": "subscribe", "id": "a"}),
    "a payload that is a list": malformed({"type": "subscribe", "id": "a", "payload": []}),
    "no query": malformed({"type": "subscribe", "id": "a", "payload": {}}),
    "a query that is an object": malformed(subscribe("a", {})),
    "variables that are a list": malformed(subscribe("a", variables=[])),
    "variables that are text": malformed(subscribe("a", variables="{}")),
    "an operation name that is a number": malformed(subscribe("a", operationName=1)),
    "extensions that are text": malformed(subscribe("a", extensions="x")),
    "complete without an id": malformed({"type": "complete"}),
    "complete with a number for an id": malformed(complete(1)),
    "complete with an empty id": malformed(complete("")),
    # --- Oversized ---
    "a message of 64 KiB": signed_in({"type": "pong", "payload": {"a": "x" * 65_000}}, PING, heard=("pong",)),
    "a longer message": signed_in({"type": "ping", "payload": {"a": "x" * 65_536}}, heard=(1009,)),
    "a longer message in pieces": signed_in(Pieces(("x" * 40_000, "x" * 40_000)), heard=(1009,)),
    "a longer message before the init": Script((Raw(b"x" * 65_537),), (1009,)),
    "an id of 128 characters": signed_in(brief("é" * 128), heard=(f"next {'é' * 128}", f"complete {'é' * 128}")),
    "a longer id": malformed(subscribe("x" * 129)),
    "a document that is too long": signed_in(subscribe("a", QUIET + " " * 50_000), PING, heard=("error a", "pong")),
    "too many operations": signed_in(
        *(subscribe(f"{number:02}") for number in range(52)), PING, heard=("error 50", "error 51", "pong")
    ),
    # --- Duplicate ---
    "a second init": signed_in(INIT, heard=(4429,)),
    "a second init at once": Script((INIT, INIT), ("ack", 4429)),
    "an id that is in use": signed_in(subscribe("a"), subscribe("a"), heard=(4409,)),
    "an id that is in use, by a stream that tells": signed_in(subscribe("a"), subscribe("a", BRIEF), heard=(4409,)),
    "an id that was completed": signed_in(subscribe("a"), complete("a"), subscribe("a"), PING, heard=("pong",)),
    "an id whose stream has ended": signed_in(
        brief("a"), HEAR, HEAR, brief("a"), heard=("next a", "complete a", "next a", "complete a")
    ),
    "an id that was refused": signed_in(
        subscribe("a", "subscription { x }"), HEAR, subscribe("a", "subscription { x }"), heard=("error a", "error a")
    ),
    "complete twice": signed_in(subscribe("a"), complete("a"), complete("a"), PING, heard=("pong",)),
    # --- Out of order ---
    "complete for what never was": signed_in(complete("a"), PING, heard=("pong",)),
    "complete before subscribe": signed_in(complete("a"), brief("a"), heard=("next a", "complete a")),
    "complete after the end": signed_in(
        brief("a"), HEAR, HEAR, complete("a"), PING, heard=("next a", "complete a", "pong")
    ),
    "a malformed message after good ones": signed_in(subscribe("a"), PING, HEAR, Raw(b"{"), heard=("pong", 4400)),
    "good messages after a malformed one": signed_in(Raw(b"{"), PING, brief("a"), heard=(4400,)),
    # --- Concurrent ---
    "many streams": signed_in(
        *(brief(str(number)) for number in range(40)),
        heard=tuple(f"{type} {number}" for number in range(40) for type in ("next", "complete")),
    ),
    "streams between others": signed_in(
        subscribe("a"), brief("b"), subscribe("c"), PING, complete("a"), brief("d"), complete("c"), PING,
        heard=("pong", "pong", "next b", "complete b", "next d", "complete d"),
    ),
    "one id over and over": signed_in(
        *(step for _ in range(30) for step in (subscribe("a"), complete("a"))), PING, heard=("pong",)
    ),
    "a refused stream among others": signed_in(
        brief("a"), subscribe("b", "subscription { x }"), brief("c"),
        heard=("next a", "complete a", "error b", "next c", "complete c"),
    ),
    # --- Operations that are refused ---
    "not GraphQL": signed_in(subscribe("a", "x"), heard=("error a",)),
    "an empty document": signed_in(subscribe("a", ""), heard=("error a",)),
    "an unknown field": signed_in(subscribe("a", "subscription { x }"), HEAR, PING, heard=("error a", "pong")),
    "two fields": signed_in(
        subscribe("a", "subscription { a: feed { __typename } b: feed { __typename } }"), heard=("error a",)
    ),
    "no operation of this name": signed_in(subscribe("a", operationName="B"), HEAR, PING, heard=("error a", "pong")),
    "no name where there are two": signed_in(
        subscribe("a", QUIET.replace("{", "A {", 1) + QUIET.replace("{", "B {", 1)), heard=("error a",)
    ),
    "a variable that is missing": signed_in(subscribe("a", WITH_ID), heard=("error a",)),
    "a variable of another type": signed_in(subscribe("a", WITH_ID, variables={"id": []}), heard=("error a",)),
    "a cursor that is none": signed_in(subscribe("a", BRIEF, variables={"after": "x"}), heard=("error a",)),
    "a query": signed_in(subscribe("a", QUERY), HEAR, PING, heard=("error a", "pong")),
}  # fmt: skip

_BROKE_DOWN = (
    "It takes this for a failure of its own, and ends all that goes on with 4500, after which its client gives up."
)
_ERRORS_IN_NEXT = (
    "For graphql-js a subscription that cannot begin has a result: errors. We refuse it as we refuse any operation that"
    " cannot begin, so that clients have one place to look at."
)

DIFFERENCES: dict[str, Difference] = {
    "a ping with a payload": Difference(
        ("ack", '{"type": "pong", "payload": {"a": [1]}}'),
        "The protocol leaves open what a pong carries. We send back nothing that we were sent.",
    ),
    "an empty operation name": Difference(
        ("ack", "error a"), "Some clients write an empty name where there is none, over HTTP, too. No operation has it."
    ),
    "complete before the init": Difference((4408,), "It goes on waiting. We know already that this is no init."),
    "the server's message before the init": Difference((4500,), _BROKE_DOWN),
    "subscribe before the ack": Difference(
        (4401,),
        "We read a message once the one before it is dealt with: the ack is sent by then. The protocol wants the client"
        " refused; so does the reference, unless it checks the token in no time.",
    ),
    "ping before the ack": Difference(("pong", "ack"), "We read it once the init is dealt with."),
    "a binary frame": Difference(("ack", "pong"), "The protocol is text."),
    "the server's ack": Difference(("ack", 4500), _BROKE_DOWN),
    "the server's next": Difference(("ack", 4500), _BROKE_DOWN),
    "the server's error": Difference(("ack", 4500), _BROKE_DOWN),
    "a longer id": Difference(("ack",), "An id is sent back with every message, so it has a greatest length."),
    "a document that is too long": Difference(("ack", "pong"), "Our documents have limits, as over HTTP."),
    "too many operations": Difference(("ack", "pong"), "Our sockets have limits."),
    "a second init at once": Difference((4429,), "We read it once the first is dealt with."),
    "not GraphQL": Difference(("ack", 4500), _BROKE_DOWN),
    "an empty document": Difference(("ack", 4500), _BROKE_DOWN),
    "a variable that is missing": Difference(("ack", "next a with errors", "complete a"), _ERRORS_IN_NEXT),
    "a variable of another type": Difference(("ack", "next a with errors", "complete a"), _ERRORS_IN_NEXT),
    "a cursor that is none": Difference(("ack", "next a with errors", "complete a"), _ERRORS_IN_NEXT),
    "a query": Difference(("ack", "next a", "complete a", "pong"), "Queries and mutations go over HTTP."),
}
