"""Setting the status of a referral."""

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement, Transaction
from models.notifications import NotificationKind
from models.referrals import Referral, ReferralStatus
from policies import referrals as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.notifications import notify
from workflows.record import record
from workflows.referrals.lifecycle import OPEN_POLICY
from workflows.referrals.lock import lock, topics
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

_REPLACEMENT = Statement(
    select(Referral.id).where(
        Referral.id == bindparam("id", type_=UUID),
        Referral.client_id == bindparam("client_id", type_=UUID),
        Referral.id != bindparam("replaced_id", type_=UUID),
        policy.visible(ONE),
    )
)


async def set_status(
    transaction: Transaction,
    actor: Actor,
    id: str,
    status: ReferralStatus,
    *,
    expected_version: int | None = None,
    replaced_by_id: str | None = None,
) -> Id:
    """Set the status; with "referred elsewhere" the referral that replaced it may be named (FH23)."""
    referral = await lock(transaction, actor, id, "id")
    require(policy.set_status(referral))
    expect_version(referral["version"], expected_version, referral["id"])
    if OPEN_POLICY.step(ReferralStatus(referral["status"]), status) is None:
        raise RefusedError(Refusal.INVALID, "A referral cannot go back to this status.", "status")
    replacement = await _replacement(transaction, actor, referral, status, replaced_by_id)

    version = referral["version"] + 1
    await transaction.update(
        Referral,
        referral["id"],
        status=status,
        replaced_by_id=replacement,
        version=version,
        updated_at=clock.now(),
    )
    await record(
        transaction,
        actor,
        "referral.status_set",
        subject_id=referral["id"],
        version=version,
        kind="referral",
        record_id=referral["id"],
        before={"status": referral["status"]},
        after={"status": status},
        topics=topics(referral),
    )
    referral_id: Id = referral["id"]
    client_id = referral["client_id"]
    await notify(transaction, actor, NotificationKind.REFERRAL_STATUS_SET, client_id, referral_id=referral_id)
    return referral_id


async def _replacement(
    transaction: Transaction, actor: Actor, referral: Row, status: ReferralStatus, named: str | None
) -> Id | None:
    if named is None:
        return None
    if status is not ReferralStatus.REFERRED_ELSEWHERE:
        message = "Only a referral that is referred elsewhere has one that replaced it."
        raise RefusedError(Refusal.INVALID, message, "replacedById")
    found: Id | None = await transaction.value(
        _REPLACEMENT,
        id=text.known_id(named, "referral", "replacedById"),
        client_id=referral["client_id"],
        replaced_id=referral["id"],
        **actor.parameters(),
    )
    if found is None:
        raise not_found("referral of this client", "replacedById")
    return found
