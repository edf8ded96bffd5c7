"""What submitting or deciding would do, without doing it: the same plans and policies, and not a row written."""

from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Reads, Row, Statement
from models.engagements import Engagement
from models.progressions import ApprovalDecision, ProgressionKind, ProgressionStatus
from policies import engagements as engagement_policy
from policies import progressions as policy
from policies.actors import ONE, UUID, Actor
from workflows import text
from workflows.progressions.decide import waits_for_another
from workflows.progressions.lock import expect_fresh, expect_open, find
from workflows.progressions.plan import (
    Automatic,
    Recommendation,
    Route,
    next_case_manager,
    told_of_denial,
)
from workflows.progressions.submit import check
from workflows.refusals import not_found, require

_ENGAGEMENT = Statement(
    select(Engagement).where(Engagement.id == bindparam("id", type_=UUID), engagement_policy.visible(ONE))
)


@dataclass(frozen=True, slots=True)
class Simulation:
    """How things would stand."""

    status: ProgressionStatus
    waits_for: int | None
    """The number of the approval that it would wait for."""
    route: Route | None = None
    """Of a submission."""
    mailed: list[Id] = field(default_factory=list)
    """Who would be e-mailed."""
    phase_id: Id | None = None
    """Where the client would be then; of a submission, once it is approved for the last time."""
    campus_id: Id | None = None
    persona_id: Id | None = None
    automatic: Automatic | None = None
    """Who would be assigned by itself then."""


async def simulate_submission(
    reads: Reads, actor: Actor, engagement_id: str, recommendation: Recommendation
) -> Simulation:
    """What submitting this would do; refused as the submission would be."""
    known = text.known_id(engagement_id, "engagement", "engagementId")
    engagement = await reads.row(_ENGAGEMENT, id=known, **actor.parameters())
    if engagement is None:
        raise not_found("engagement", "engagementId")
    way = await check(reads, actor, engagement, recommendation)
    return Simulation(
        ProgressionStatus.PENDING,
        1,
        route=way,
        phase_id=way.phase_id or engagement["phase_id"],
        campus_id=way.campus_id,
        persona_id=way.persona_id or engagement["persona_id"],
        automatic=None if way.phase_id is None else await _automatic(reads, engagement, way.phase_id, way.campus_id),
    )


async def simulate_decision(reads: Reads, actor: Actor, id: str, decision: ApprovalDecision) -> Simulation:
    """What approving or denying this would do; refused as the decision would be."""
    progression = await find(reads, actor, id, "id")
    expect_open(progression)
    if decision is ApprovalDecision.DENIED:
        require(policy.deny_it(actor, progression), "id")
        return Simulation(ProgressionStatus.DENIED, None, mailed=told_of_denial(progression))
    expect_fresh(progression)
    require(policy.approve(actor, progression), "id")
    if waits_for_another(progression):
        return Simulation(ProgressionStatus.PENDING, 2)
    engagement = await reads.row(_ENGAGEMENT, id=progression["engagement_id"], **actor.parameters())
    assert engagement is not None
    moves = progression["kind"] == ProgressionKind.PHASE
    phase, campus = progression["phase_id"], progression["campus_id"]
    return Simulation(
        ProgressionStatus.APPROVED,
        None,
        phase_id=phase if moves else engagement["phase_id"],
        campus_id=campus,
        persona_id=engagement["persona_id"] if moves else progression["persona_id"],
        automatic=await _automatic(reads, engagement, phase, campus) if moves else None,
    )


async def _automatic(reads: Reads, engagement: Row, phase_id: Id, campus_id: Id) -> Automatic | None:
    return await next_case_manager(
        reads, engagement["organization_id"], phase_id, campus_id, engagement["case_manager_id"]
    )
