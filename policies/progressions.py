"""Who sees a submission, whose queue it stands in, and who decides."""

from typing import Any

from sqlalchemy import ColumnElement, and_, any_, exists, literal, or_, select
from sqlalchemy.orm import aliased

from models.database import Row
from models.delegations import Delegation, DelegationStatus
from models.engagements import Engagement, EngagementStatus
from models.people import Membership, MembershipRole, Permission, Role
from models.progressions import Approval, Progression, ProgressionStatus
from policies.actors import Actor, Who
from policies.decisions import Decision, allow, deny


def visible(who: Who) -> ColumnElement[bool]:
    """Whoever may open the client's record in its organization; not the client."""
    return or_(
        Progression.client_id == any_(who.navigated), Progression.organization_id == any_(who.client_organizations)
    )


def approval_visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees the submission."""
    return exists().where(Progression.id == Approval.progression_id, visible(who))


def is_pending() -> ColumnElement[bool]:
    """It is neither decided nor withdrawn."""
    return Progression.status == ProgressionStatus.PENDING.value


def awaited(who: Who) -> ColumnElement[bool]:
    """It waits for them, or for somebody for whom they stand in (AM14)."""
    return and_(is_pending(), or_(waits_for(who.id), exists().where(*_stands_in(who))))


def represented(who: Who) -> ColumnElement[Any]:
    """For whom they would decide; null where it waits for themself."""
    found = select(Delegation.delegator_id).where(*_stands_in(who), ~waits_for(who.id))
    return found.order_by(Delegation.delegator_id).limit(1).correlate(Progression).scalar_subquery()


def waits_for(user_id: Any) -> ColumnElement[bool]:
    """The approval that it waits for is this person's to give."""
    holds_role = exists().where(
        MembershipRole.role_id == Approval.role_id,
        Membership.id == MembershipRole.membership_id,
        Membership.user_id == user_id,
        Membership.ended_at.is_(None),
    )
    return exists().where(
        Approval.progression_id == Progression.id,
        Approval.number == Progression.waits_for,
        or_(Approval.approver_id == user_id, holds_role),
    )


def queue(who: Who) -> ColumnElement[bool]:
    """It stands in their approvals queue: it waits for them, and they may decide (AM3)."""
    barred = and_(Progression.submitted_by_id == who.id, ~_may_approve_own(who))
    return and_(visible(who), awaited(who), ~barred, ~has_approved(who))


def has_approved(who: Who) -> ColumnElement[bool]:
    """They have given an approval of it already."""
    return exists().where(Approval.progression_id == Progression.id, Approval.decided_by_id == who.id)


def stale() -> ColumnElement[bool]:
    """It is open, and its engagement has changed since (AM13)."""
    based_on = aliased(Engagement)
    return and_(
        is_pending(),
        exists().where(
            based_on.id == Progression.engagement_id,
            or_(
                based_on.status != EngagementStatus.ACTIVE.value,
                based_on.revision != Progression.engagement_revision,
            ),
        ),
    )


def _stands_in(who: Who) -> tuple[ColumnElement[bool], ...]:
    return (
        Delegation.delegate_id == who.id,
        Delegation.status == DelegationStatus.ACTIVE.value,
        Delegation.organization_id == Progression.organization_id,
        waits_for(Delegation.delegator_id),
    )


def _may_approve_own(who: Who) -> ColumnElement[bool]:
    return exists().where(
        Membership.user_id == who.id,
        Membership.organization_id == Progression.organization_id,
        Membership.ended_at.is_(None),
        MembershipRole.membership_id == Membership.id,
        Role.id == MembershipRole.role_id,
        literal(Permission.APPROVE_OWN.value) == any_(Role.permissions),
    )


Facts = Row
"""What a decision knows of the submission: `status`, `submitted_by_id`, `organization_id`, and for the actor `awaited`,
`has_approved` and `stale`."""


def deny_it(actor: Actor, progression: Facts) -> Decision:
    """Those for whom it waits, but nobody their own, and nobody twice (AM5, AM12)."""
    if progression["status"] != ProgressionStatus.PENDING:
        return deny("AM13", "It is decided or withdrawn already.")
    own = progression["submitted_by_id"] == actor.id
    if own and not actor.may(Permission.APPROVE_OWN, progression["organization_id"]):
        return deny("AM12", "Nobody decides about what they submitted themself.")
    if not progression["awaited"]:
        return deny("AM5", "It waits for somebody else's decision.")
    if progression["has_approved"]:
        return deny("AM7", "You gave the first approval; somebody else gives the second.")
    return allow("AM5", "It waits for your decision.")


def approve(actor: Actor, progression: Facts) -> Decision:
    """Those who may deny it, unless the engagement has changed since (AM13)."""
    decision = deny_it(actor, progression)
    if decision.allowed and progression["stale"]:
        return deny("AM13", "The client's engagement has changed since it was submitted.")
    return decision


def withdraw(actor: Actor, progression: Facts) -> Decision:
    """Whoever submitted it, while it is open (AM2)."""
    if progression["status"] != ProgressionStatus.PENDING:
        return deny("AM2", "It is decided or withdrawn already.")
    if progression["submitted_by_id"] != actor.id:
        return deny("AM2", "Only whoever submitted it may withdraw it.")
    return allow("AM2", "You submitted it.")
