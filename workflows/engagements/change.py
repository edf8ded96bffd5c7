"""Changing an engagement: a new version, and the event that says so."""

from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement, Transaction
from models.engagements import Engagement
from models.progressions import Progression
from policies.actors import UUID, Actor
from policies.progressions import is_pending
from workflows import clock
from workflows.engagements.lock import inside_topics, topics
from workflows.record import record

_OPEN = Statement(
    select(Progression)
    .where(Progression.engagement_id == bindparam("engagement_id", type_=UUID), is_pending())
    .order_by(Progression.id)
    .with_for_update(key_share=True)
)


async def change(
    transaction: Transaction,
    actor: Actor | None,
    engagement: Row,
    action: str,
    values: dict[str, Any],
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    revises: bool = False,
    internal: bool = False,
    apart_from: Id | None = None,
) -> None:
    """Give the locked engagement these values and a new version, and record it.

    `revises` says that submissions based on it are stale now, apart from the one that brought it about; `internal`,
    that the client is not told, and so sees no new version either.
    """
    version = engagement["version"] + (0 if internal else 1)
    if revises:
        values = {**values, "revision": engagement["revision"] + 1}
    await transaction.update(Engagement, engagement["id"], **values, version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=engagement["id"],
        version=version,
        kind="engagement",
        record_id=engagement["id"],
        before=before,
        after=after,
        topics=inside_topics(engagement) if internal else topics(engagement),
        internal_to_id=engagement["organization_id"] if internal else None,
    )
    if revises:
        for progression in await transaction.rows(_OPEN, engagement_id=engagement["id"]):
            if progression["id"] != apart_from:
                await touch(transaction, actor, progression, "progression.became_stale")


async def touch(transaction: Transaction, actor: Actor | None, progression: Row, action: str) -> None:
    """Give a locked submission a new version because what it depends on has changed."""
    version = progression["version"] + 1
    await transaction.update(Progression, progression["id"], version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=progression["id"],
        version=version,
        kind="progression",
        record_id=progression["id"],
        topics=inside_topics(progression),
    )
