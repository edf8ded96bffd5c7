"""Assigning case managers by hand, and taking them off again."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.engagements import CaseManagerAssignment
from models.people import User
from policies import engagements as policy
from policies.actors import UUID, Actor
from workflows import clock, text
from workflows.engagements.change import change
from workflows.engagements.lock import lock
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

_ELIGIBLE = Statement(
    select(User.id).where(
        User.id == bindparam("id", type_=UUID),
        policy.carries_caseload(bindparam("organization_id", type_=UUID)),
    )
)
_TAKE = Statement(
    update(CaseManagerAssignment)
    .where(
        CaseManagerAssignment.engagement_id == bindparam("engagement", type_=UUID),
        CaseManagerAssignment.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now"))
)


async def assign(
    transaction: Transaction, actor: Actor, id: str, case_manager_id: str, *, expected_version: int | None = None
) -> Id:
    """Make somebody the client's case manager, instead of whoever is; an automatic assignment is void then (AM10)."""
    engagement = await _manageable(transaction, actor, id, expected_version)
    chosen = await eligible(transaction, engagement["organization_id"], case_manager_id, "caseManagerId")
    if chosen == engagement["case_manager_id"] and engagement["assignment_due_at"] is None:
        raise RefusedError(Refusal.CONFLICT, "They are the case manager already.", "caseManagerId", current=id)
    await hand_over(transaction, actor, engagement, chosen, "Assigned by a leader.")
    return str(engagement["id"])


async def remove(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Take the case manager off; an automatic assignment is void then, too (AM10)."""
    engagement = await _manageable(transaction, actor, id, expected_version)
    if engagement["case_manager_id"] is None:
        raise RefusedError(Refusal.CONFLICT, "There is no case manager.", "id", current=engagement["id"])
    await take(transaction, engagement["id"], clock.now())
    await change(
        transaction,
        actor,
        engagement,
        "engagement.case_manager_removed",
        {"case_manager_id": None, "assignment_due_at": None},
        before={"case_manager_id": engagement["case_manager_id"]},
        after={"case_manager_id": None},
    )
    return str(engagement["id"])


async def hand_over(
    transaction: Transaction,
    actor: Actor | None,
    engagement: Row,
    case_manager_id: Id,
    reason: str,
    candidates: list[dict[str, Any]] | None = None,
) -> None:
    """Make somebody case manager of the locked engagement, for this reason. `actor` None is the system."""
    assigned_by = None if actor is None else actor.id
    await give(transaction, engagement["id"], case_manager_id, assigned_by, reason, candidates)
    await change(
        transaction,
        actor,
        engagement,
        "engagement.case_manager_assigned",
        {"case_manager_id": case_manager_id, "assignment_due_at": None, "alerted_at": None},
        before={"case_manager_id": engagement["case_manager_id"]},
        after={"case_manager_id": case_manager_id},
    )


async def give(
    transaction: Transaction,
    engagement_id: Id,
    case_manager_id: Id,
    assigned_by_id: Id | None,
    reason: str,
    candidates: list[dict[str, Any]] | None = None,
) -> None:
    """Write down who is case manager from now on, and why."""
    now = clock.now()
    await take(transaction, engagement_id, now)
    await transaction.insert(
        CaseManagerAssignment,
        id=new_id(),
        engagement_id=engagement_id,
        case_manager_id=case_manager_id,
        assigned_by_id=assigned_by_id,
        reason=reason,
        candidates=candidates or [],
        started_at=now,
    )


async def take(transaction: Transaction, engagement_id: Id, now: datetime) -> None:
    """Write down that whoever was case manager is so no longer."""
    await transaction.rows(_TAKE, engagement=engagement_id, now=now)


async def eligible(transaction: Transaction, organization_id: Id, user_id: str, *field: str) -> Id:
    """The id of a member who may be a case manager there."""
    known = text.known_id(user_id, "case manager of this organization", *field)
    found: Id | None = await transaction.value(_ELIGIBLE, id=known, organization_id=organization_id)
    if found is None:
        raise not_found("case manager of this organization", *field)
    return found


async def _manageable(transaction: Transaction, actor: Actor, id: str, expected_version: int | None) -> Row:
    engagement = await lock(transaction, actor, id, "id")
    require(policy.manage(actor, engagement), "id")
    expect_version(engagement["version"], expected_version, engagement["id"])
    return engagement
