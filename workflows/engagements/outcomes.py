"""Outcomes: how far a client has come in each area."""

from sqlalchemy import bindparam, select

from models.base import Id, new_id
from models.database import Statement, Transaction
from models.engagements import Outcome
from policies import engagements as policy
from policies.actors import UUID, Actor
from workflows import clock, text
from workflows.engagements.change import change
from workflows.engagements.lock import lock
from workflows.refusals import Refusal, RefusedError, require

_KNOWN = Statement(
    select(Outcome.id, Outcome.version, Outcome.percent).where(
        Outcome.engagement_id == bindparam("engagement_id", type_=UUID), Outcome.area == bindparam("area")
    )
)


async def record_outcome(transaction: Transaction, actor: Actor, engagement_id: str, area: str, percent: int) -> Id:
    """Say how far the client has come in an outcome area; the last word stands."""
    engagement = await lock(transaction, actor, engagement_id, "engagementId")
    require(policy.record_outcome(actor, engagement), "engagementId")
    area = text.required(area, text.NAME, "area")
    if not 0 <= percent <= 100:
        raise RefusedError(Refusal.INVALID, "It must be from 0 to 100.", "percent")
    now = clock.now()
    known = await transaction.row(_KNOWN, engagement_id=engagement["id"], area=area)
    if known is None:
        await transaction.insert(
            Outcome,
            id=new_id(),
            engagement_id=engagement["id"],
            area=area,
            percent=percent,
            created_at=now,
            updated_at=now,
        )
    else:
        await transaction.update(Outcome, known["id"], percent=percent, version=known["version"] + 1, updated_at=now)
    await change(
        transaction,
        actor,
        engagement,
        "engagement.outcome_recorded",
        {},
        before=None if known is None else {"percent": known["percent"]},
        after={"percent": percent},
        internal=True,
    )
    return str(engagement["id"])
