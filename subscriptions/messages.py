"""How an event becomes a message: the source of a `FeedMessage`."""

from typing import NamedTuple
from uuid import uuid4

from models.base import Id
from models.database import Row
from policies.actors import Actor
from schema.feed import Message, ResyncReason
from subscriptions.kinds import KINDS
from subscriptions.sights import Moment, Sight

CURSOR = f"cursor-{uuid4().hex}"
"""Stands for the viewer's cursor while a message is rendered for many viewers; nobody outside can know it."""


class Delivery(NamedTuple):
    """A message for one viewer: its source, on whose behalf to render it, and the cursor to put into it."""

    message: Message
    scope: Actor
    cursor: str
    moment: Moment | None = None
    """Where set, the rendering may be shared with others of the same scope; and it is of a record."""


def changed(event: Row, sight: Sight, cursor: str) -> Delivery:
    """Something happened to a record that the viewer may see."""
    messages = sight.moment.messages
    message = messages.get(event["id"])
    if message is None:
        message = messages[event["id"]] = _message(event)
    return Delivery(message, sight.scope, cursor, sight.moment)


def _message(event: Row) -> Message:
    before, after = event["before"] or {}, event["after"] or {}
    return {
        "typename": KINDS[event["kind"]].message,
        "cursor": CURSOR,
        "event_id": str(event["id"]),
        "action": event["action"],
        "actor_id": event["actor_id"],
        "occurred_at": event["at"],
        "from_status": before.get("status"),
        "to_status": after.get("status"),
        "kind": event["kind"],
        "record_id": event["record_id"],
    }


def access_ended(record_id: Id, scope: Actor, cursor: str) -> Delivery:
    """The viewer may no longer see a record."""
    return Delivery({"typename": "AccessEnded", "cursor": CURSOR, "id": record_id}, scope, cursor)


def checkpoint(scope: Actor, cursor: str) -> Delivery:
    """Nothing for the viewer up to here."""
    return Delivery({"typename": "FeedCheckpoint", "cursor": CURSOR}, scope, cursor)


def resync_required(reason: ResyncReason, scope: Actor) -> Delivery:
    """The feed cannot go on from the viewer's cursor."""
    return Delivery({"typename": "ResyncRequired", "reason": reason}, scope, "")
