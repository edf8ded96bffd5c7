"""Recording events: the one place that writes the log."""

from collections.abc import Sequence
from typing import Any

from models.base import Id
from models.database import Transaction
from models.events import Event
from policies.actors import Actor
from workflows import clock


async def record(
    transaction: Transaction,
    actor: Actor | None,
    action: str,
    *,
    subject_id: Id,
    version: int,
    kind: str,
    record_id: Id,
    topics: list[str],
    ended_topics: list[str] | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    internal_to_id: Id | None = None,
    on_behalf_of_id: Id | None = None,
) -> None:
    """Record that this happened. The caller holds the subject's row lock, so its events are in order."""
    await transaction.insert(
        Event,
        action=action,
        subject_id=subject_id,
        version=version,
        kind=kind,
        record_id=record_id,
        actor_id=None if actor is None else actor.id,
        internal_to_id=internal_to_id,
        on_behalf_of_id=on_behalf_of_id,
        before=before,
        after=after,
        topics=topics,
        ended_topics=ended_topics or [],
        at=clock.now(),
    )
    transaction.recorded_events = True


async def record_inside(
    transaction: Transaction,
    actor: Actor | None,
    action: str,
    organization_id: Id,
    *,
    subject_id: Id,
    version: int = 1,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Record that this happened to something that an organization has, and shows on no dashboard but its own."""
    await record(
        transaction,
        actor,
        action,
        subject_id=subject_id,
        version=version,
        kind="organization",
        record_id=organization_id,
        before=before,
        after=after,
        topics=[f"organization:{organization_id}"],
    )


async def record_many(
    transaction: Transaction, actor: Actor | None, action: str, events: Sequence[dict[str, Any]]
) -> None:
    """Record that the same happened to many subjects, whose row locks the caller holds, in one go."""
    now = clock.now()
    nothing: dict[str, Any] = {"ended_topics": [], "before": None, "after": None, "internal_to_id": None}
    actor_id = None if actor is None else actor.id
    rows = [{**nothing, **event, "action": action, "actor_id": actor_id, "at": now} for event in events]
    await transaction.insert_many(Event, rows)
    transaction.recorded_events = transaction.recorded_events or bool(rows)
