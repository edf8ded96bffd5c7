"""Submitting a client for the next phase, or for another persona."""

from sqlalchemy import bindparam, or_, select

from models.base import Id, new_id
from models.database import Reads, Row, Statement, Transaction
from models.progressions import Approval, Progression, ProgressionKind, ProgressionStatus
from policies import engagements as engagement_policy
from policies import progressions as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.engagements.lock import inside_topics, lock
from workflows.progressions.plan import Recommendation, Route, route
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, not_found, require

_OF_CLIENT = (
    Progression.client_id == bindparam("client_id", type_=UUID),
    Progression.kind == bindparam("kind"),
)
_OPEN = Statement(select(Progression.id).where(*_OF_CLIENT, policy.is_pending()))
_CLOSED = Statement(
    select(Progression.id).where(
        *_OF_CLIENT,
        Progression.id == bindparam("id", type_=UUID),
        or_(
            Progression.status == ProgressionStatus.DENIED.value,
            Progression.status == ProgressionStatus.WITHDRAWN.value,
        ),
        policy.visible(ONE),
    )
)


async def submit(
    transaction: Transaction,
    actor: Actor,
    engagement_id: str,
    recommendation: Recommendation,
    *,
    reason: str,
    replaces_id: str | None = None,
) -> Id:
    """Submit the client of the engagement to those who decide; a resubmission links the one before (AM2)."""
    engagement = await lock(transaction, actor, engagement_id, "engagementId")
    way = await check(transaction, actor, engagement, recommendation)
    why = text.required(reason, text.COMMENT, "reason")
    replaced = await _replaced(transaction, actor, engagement, recommendation.kind, replaces_id)

    now = clock.now()
    id = new_id()
    await transaction.insert(
        Progression,
        id=id,
        client_id=engagement["client_id"],
        organization_id=engagement["organization_id"],
        program_id=engagement["program_id"],
        engagement_id=engagement["id"],
        engagement_revision=engagement["revision"],
        kind=recommendation.kind,
        waits_for=1,
        from_phase_id=engagement["phase_id"],
        phase_id=way.phase_id,
        campus_id=way.campus_id,
        persona_id=way.persona_id,
        reason=why,
        warnings=way.warnings,
        submitted_by_id=actor.id,
        replaces_id=replaced,
        created_at=now,
        updated_at=now,
    )
    approvals = [
        {
            "id": new_id(),
            "progression_id": id,
            "number": approver.number,
            "approver_id": approver.approver_id if approver.role_id is None else None,
            "role_id": approver.role_id,
        }
        for approver in way.approvers
    ]
    await transaction.insert_many(Approval, approvals)
    await record(
        transaction,
        actor,
        "progression.submitted",
        subject_id=id,
        version=1,
        kind="progression",
        record_id=id,
        after={
            "status": ProgressionStatus.PENDING,
            "kind": recommendation.kind,
            "client_id": engagement["client_id"],
            "engagement_id": engagement["id"],
            "phase_id": way.phase_id,
            "persona_id": way.persona_id,
            "replaces_id": replaced,
        },
        topics=inside_topics(engagement),
    )
    return id


async def check(reads: Reads, actor: Actor, engagement: Row, recommendation: Recommendation) -> Route:
    """The way that it would take; refused where it may not be submitted now. Writes nothing."""
    require(engagement_policy.submit(actor, engagement), "engagementId")
    way = await route(reads, actor, engagement, recommendation)
    open_one = await reads.value(_OPEN, client_id=engagement["client_id"], kind=recommendation.kind)
    if open_one is not None:
        message = f"A submission of this client for another {recommendation.kind} is open already."
        raise RefusedError(Refusal.CONFLICT, message, "engagementId", current=open_one)
    return way


async def _replaced(reads: Reads, actor: Actor, engagement: Row, kind: ProgressionKind, named: str | None) -> Id | None:
    if named is None:
        return None
    what = "denied or withdrawn submission of this client"
    found: Id | None = await reads.value(
        _CLOSED,
        id=text.known_id(named, what, "replacesId"),
        client_id=engagement["client_id"],
        kind=kind,
        **actor.parameters(),
    )
    if found is None:
        raise not_found(what, "replacesId")
    return found
