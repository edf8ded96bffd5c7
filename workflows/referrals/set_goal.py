"""Filing a referral under a goal."""

from models.base import Id
from models.database import Transaction
from models.referrals import Referral
from policies import referrals as policy
from policies.actors import Actor
from workflows import clock
from workflows.record import record
from workflows.referrals.lock import lock, topics
from workflows.referrals.submit import visible_goal
from workflows.refusals import expect_version, require


async def set_goal(
    transaction: Transaction,
    actor: Actor,
    id: str,
    goal_id: str | None,
    *,
    expected_version: int | None = None,
) -> Id:
    """Add the referral to one goal of its client, move it to another, or take it off (None)."""
    referral = await lock(transaction, actor, id, "id")
    require(policy.set_goal(referral), "id")
    expect_version(referral["version"], expected_version, referral["id"])
    goal = None if goal_id is None else await visible_goal(transaction, actor, referral["client_id"], goal_id)

    version = referral["version"] + 1
    await transaction.update(Referral, referral["id"], goal_id=goal, version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        "referral.goal_changed",
        subject_id=referral["id"],
        version=version,
        kind="referral",
        record_id=referral["id"],
        before={"goal_id": referral["goal_id"]},
        after={"goal_id": goal},
        topics=topics(referral),
    )
    referral_id: Id = referral["id"]
    return referral_id
