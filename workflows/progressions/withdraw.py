"""Withdrawing a submission."""

from models.base import Id
from models.database import Transaction
from models.progressions import Progression, ProgressionStatus
from policies import progressions as policy
from policies.actors import Actor
from workflows import clock
from workflows.engagements.lock import inside_topics
from workflows.progressions.lock import expect_open, id_of, lock
from workflows.record import record
from workflows.refusals import expect_version, require


async def withdraw(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Take an open submission back: it leaves every queue, and may be submitted anew (AM2)."""
    progression = await lock(transaction, actor, id, "id")
    expect_open(progression)
    require(policy.withdraw(actor, progression), "id")
    expect_version(progression["version"], expected_version, progression["id"])

    version = progression["version"] + 1
    values = {"status": ProgressionStatus.WITHDRAWN, "waits_for": None}
    await transaction.update(Progression, progression["id"], **values, version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        "progression.withdrawn",
        subject_id=progression["id"],
        version=version,
        kind="progression",
        record_id=progression["id"],
        before={"status": ProgressionStatus.PENDING},
        after={"status": ProgressionStatus.WITHDRAWN},
        topics=inside_topics(progression),
    )
    return id_of(progression)
