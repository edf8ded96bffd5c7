"""Standing in for an approver who is away (AM14).

A delegation begins and ends by a job at its time, or by hand. Either way the open submissions that wait for the
approver are told anew, so that the delegate's queue shows them, or shows them no more.
"""

from datetime import datetime

from sqlalchemy import bindparam, select

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.delegations import Delegation
from models.delegations import DelegationStatus as S
from models.people import Membership, Permission, User
from models.progressions import Progression
from policies import delegations as policy
from policies import people
from policies.actors import ONE, UUID, Actor
from policies.progressions import is_pending, waits_for
from workflows import clock, text
from workflows.engagements.lock import inside_topics, lock_client
from workflows.later import later
from workflows.lifecycle import Lifecycle, Step
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, not_found, require

LIFECYCLE = Lifecycle(
    "delegation",
    S.PLANNED,
    [Step("begin", frozenset({S.PLANNED}), S.ACTIVE), Step("end", frozenset({S.PLANNED, S.ACTIVE}), S.ENDED)],
)

_BY_ID = Delegation.id == bindparam("id", type_=UUID)
_LOCK = Statement(select(Delegation).where(_BY_ID, policy.visible(ONE)).with_for_update(key_share=True))
_LOCK_UNASKED = Statement(select(Delegation).where(_BY_ID).with_for_update(key_share=True))
_MAY_STAND_IN = Statement(
    select(User.id).where(
        User.id == bindparam("id", type_=UUID),
        people.holds(Permission.VIEW_CLIENTS, bindparam("organization_id", type_=UUID)),
    )
)
_TAKE_TURNS = Statement(
    select(Membership.id)
    .where(
        Membership.user_id == bindparam("user_id", type_=UUID),
        Membership.organization_id == bindparam("organization_id", type_=UUID),
        Membership.ended_at.is_(None),
    )
    .with_for_update(key_share=True)
)
_OVERLAPPING = Statement(
    select(Delegation.id).where(
        Delegation.delegator_id == bindparam("delegator_id", type_=UUID),
        Delegation.organization_id == bindparam("organization_id", type_=UUID),
        Delegation.status != S.ENDED.value,
        Delegation.starts_at < bindparam("ends_at"),
        Delegation.ends_at > bindparam("starts_at"),
    )
)
_WAITING = Statement(
    select(Progression.id, Progression.client_id)
    .where(
        is_pending(),
        Progression.organization_id == bindparam("organization_id", type_=UUID),
        waits_for(bindparam("delegator_id", type_=UUID)),
    )
    .order_by(Progression.client_id, Progression.id)
)
_LOCK_WAITING = Statement(
    select(Progression)
    .where(
        Progression.id == bindparam("id", type_=UUID), is_pending(), waits_for(bindparam("delegator_id", type_=UUID))
    )
    .with_for_update(key_share=True)
)


async def name_delegate(
    transaction: Transaction,
    actor: Actor,
    *,
    organization_id: str,
    delegate_id: str,
    ends_at: datetime,
    starts_at: datetime | None = None,
) -> Id:
    """Have a colleague decide in one's place for a period, from now on where nothing else is said."""
    organization = text.known_id(organization_id, "organization of yours", "organizationId")
    if organization not in actor.organizations:
        raise not_found("organization of yours", "organizationId")
    what = "colleague who may open client records"
    delegate = text.known_id(delegate_id, what, "delegateId")
    if await transaction.value(_MAY_STAND_IN, id=delegate, organization_id=organization) is None:
        raise not_found(what, "delegateId")
    if delegate == actor.id:
        raise RefusedError(Refusal.INVALID, "Nobody stands in for themself.", "delegateId")
    now = clock.now()
    begins = now if starts_at is None else starts_at
    for moment, field in ((begins, "startsAt"), (ends_at, "endsAt")):
        if moment.tzinfo is None:
            raise RefusedError(Refusal.INVALID, "It must name its time zone.", field)
    if ends_at <= max(begins, now):
        raise RefusedError(Refusal.INVALID, "It must end in the future, and after it begins.", "endsAt")
    await transaction.rows(_TAKE_TURNS, user_id=actor.id, organization_id=organization)
    given = {"organization_id": organization, "delegator_id": actor.id, "starts_at": begins, "ends_at": ends_at}
    overlapping = await transaction.value(_OVERLAPPING, **given)
    if overlapping is not None:
        message = "Somebody stands in for you in this period already."
        raise RefusedError(Refusal.CONFLICT, message, "startsAt", current=overlapping)

    id = new_id()
    await transaction.insert(Delegation, id=id, delegate_id=delegate, **given, created_at=now, updated_at=now)
    await _record(transaction, actor, "delegation.named", {"id": id, "delegate_id": delegate, **given}, 1, S.PLANNED)
    if begins <= now:
        await turn(transaction, id, S.ACTIVE)
    else:
        await _later(transaction, id, S.ACTIVE, begins)
    await _later(transaction, id, S.ENDED, ends_at)
    return id


async def end(transaction: Transaction, actor: Actor, id: str) -> Id:
    """End a delegation before its time."""
    known = text.known_id(id, "delegation", "id")
    delegation = await transaction.row(_LOCK, id=known, **actor.parameters())
    if delegation is None:
        raise not_found("delegation", "id")
    require(policy.end(actor, delegation), "id")
    await _turn(transaction, actor, delegation, S.ENDED)
    return known


async def turn(transaction: Transaction, id: Id, status: S) -> None:
    """Begin or end a delegation because it is time; nothing where that has happened."""
    delegation = await transaction.row(_LOCK_UNASKED, id=id)
    if delegation is not None and LIFECYCLE.step(S(delegation["status"]), status) is not None:
        await _turn(transaction, None, delegation, status)


async def _turn(transaction: Transaction, actor: Actor | None, delegation: Row, status: S) -> None:
    version = delegation["version"] + 1
    await transaction.update(Delegation, delegation["id"], status=status, version=version, updated_at=clock.now())
    action = "delegation.begun" if status is S.ACTIVE else "delegation.ended"
    await _record(transaction, actor, action, delegation, version, status)
    delegator = delegation["delegator_id"]
    waiting = await transaction.rows(_WAITING, organization_id=delegation["organization_id"], delegator_id=delegator)
    for row in waiting:
        await lock_client(transaction, row["client_id"])
        progression = await transaction.row(_LOCK_WAITING, id=row["id"], delegator_id=delegator)
        if progression is not None:
            # The submission is as it was: only who may decide has changed.
            await record(
                transaction,
                actor,
                "progression.approvers_changed",
                subject_id=delegation["id"],
                version=version,
                kind="progression",
                record_id=progression["id"],
                topics=inside_topics(progression),
            )


async def _later(transaction: Transaction, id: Id, status: S, at: datetime) -> None:
    payload = {"delegation_id": id, "status": status.value}
    await later(
        transaction, "delegation_turn", payload, after=at - clock.now(), once=f"delegation_turn:{id}:{status.value}"
    )


async def _record(
    transaction: Transaction, actor: Actor | None, action: str, delegation: Row | dict[str, object], version: int, to: S
) -> None:
    await record(
        transaction,
        actor,
        action,
        subject_id=str(delegation["id"]),
        version=version,
        kind="delegation",
        record_id=str(delegation["id"]),
        after={"status": to, "delegator_id": delegation["delegator_id"], "delegate_id": delegation["delegate_id"]},
        topics=[f"user:{delegation['delegator_id']}", f"user:{delegation['delegate_id']}"],
    )
