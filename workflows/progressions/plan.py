"""What submitting and deciding come to, worked out before anything is written. Simulations ask here, too."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, or_, select

from models.base import Id
from models.database import Reads, Row, Statement
from models.engagements import Outcome
from models.people import Membership, MembershipRole, Permission, User
from models.phases import ApproverKind, Persona, Phase, PhaseApprover, PhaseWarning
from models.progressions import ProgressionKind
from policies import people
from policies.actors import UUID, Actor
from workflows import text
from workflows.engagements import automatic
from workflows.engagements.automatic import Choice
from workflows.engagements.start import campus_of
from workflows.refusals import Refusal, RefusedError, not_found

_NEXT_PHASE = Statement(
    select(Phase.id)
    .where(
        Phase.program_id == bindparam("program_id", type_=UUID),
        Phase.position > select(Phase.position).where(Phase.id == bindparam("phase_id", type_=UUID)).scalar_subquery(),
    )
    .order_by(Phase.position)
    .limit(1)
)
_PERSONA = Statement(
    select(Persona.id).where(
        Persona.id == bindparam("id", type_=UUID),
        Persona.organization_id == bindparam("organization_id", type_=UUID),
    )
)
_APPROVERS = Statement(
    select(PhaseApprover.number, PhaseApprover.kind, PhaseApprover.role_id, PhaseApprover.user_id)
    .where(PhaseApprover.phase_id == bindparam("phase_id", type_=UUID))
    .order_by(PhaseApprover.number)
)
_LEADER = Statement(
    select(Membership.leader_id).where(
        Membership.user_id == bindparam("user_id", type_=UUID),
        Membership.organization_id == bindparam("organization_id", type_=UUID),
        Membership.ended_at.is_(None),
    )
)
_ORGANIZATION = bindparam("organization_id", type_=UUID)
_PEOPLE = Statement(
    select(User.id)
    .where(
        people.holds(Permission.VIEW_CLIENTS, _ORGANIZATION),
        or_(
            User.id == bindparam("approver_id", type_=UUID),
            exists().where(
                Membership.user_id == User.id,
                Membership.organization_id == _ORGANIZATION,
                Membership.ended_at.is_(None),
                MembershipRole.membership_id == Membership.id,
                MembershipRole.role_id == bindparam("role_id", type_=UUID),
            ),
        ),
    )
    .order_by(User.id)
)
_WARNINGS = Statement(
    select(PhaseWarning.area, PhaseWarning.threshold, Outcome.percent)
    .outerjoin(
        Outcome,
        (Outcome.area == PhaseWarning.area) & (Outcome.engagement_id == bindparam("engagement_id", type_=UUID)),
    )
    .where(
        PhaseWarning.phase_id == bindparam("phase_id", type_=UUID),
        or_(Outcome.percent.is_(None), Outcome.percent < PhaseWarning.threshold),
    )
    .order_by(PhaseWarning.area)
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What a case manager recommends for the client of an engagement."""

    kind: ProgressionKind
    phase_id: str | None = None
    """The next phase, where nothing is said."""
    campus_id: str | None = None
    """Where the client is, where nothing is said."""
    persona_id: str | None = None


@dataclass(frozen=True, slots=True)
class Approver:
    """Who decides at one place of the route: a person, or whoever has a role. `people` are those who could now."""

    number: int
    approver_id: Id | None
    role_id: Id | None
    people: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """What is recommended, who decides about it, and what they are warned of."""

    phase_id: Id | None
    persona_id: Id | None
    campus_id: Id
    approvers: tuple[Approver, ...]
    warnings: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Automatic:
    """The new case manager that the client would be given by itself, as things stand."""

    delay_seconds: int
    choice: Choice


async def route(reads: Reads, actor: Actor, engagement: Row, asked: Recommendation) -> Route:
    """The way that this recommendation takes; refused where it cannot be meant, or nobody could decide."""
    if asked.kind is ProgressionKind.PERSONA:
        persona = await _persona(reads, engagement, asked)
        approvers = await _approvers(reads, actor, engagement, None)
        return Route(None, persona, engagement["campus_id"], approvers, [])
    phase = await _phase(reads, engagement, asked)
    campus = engagement["campus_id"]
    if asked.campus_id is not None:
        campus = await campus_of(reads, engagement["program_id"], asked.campus_id)
    rows = await reads.rows(_WARNINGS, phase_id=phase, engagement_id=engagement["id"])
    warnings = [{"area": row["area"], "threshold": row["threshold"], "percent": row["percent"]} for row in rows]
    return Route(phase, None, campus, await _approvers(reads, actor, engagement, phase), warnings)


async def next_case_manager(
    reads: Reads, organization_id: Id, phase_id: Id, campus_id: Id, former_id: Id | None
) -> Automatic | None:
    """Who would be assigned by itself to a client who enters the phase there; None where nobody is (AM9)."""
    delay = await automatic.delay(reads, phase_id, campus_id)
    if delay is None:
        return None
    return Automatic(delay, await automatic.choose(reads, organization_id, campus_id, former_id))


async def leader_of(reads: Reads, user_id: Id, organization_id: Id) -> Id | None:
    """To whom a member submits what has to be approved."""
    leader: Id | None = await reads.value(_LEADER, user_id=user_id, organization_id=organization_id)
    return leader


def told_of_denial(progression: Row) -> list[Id]:
    """Who is e-mailed if it is denied now: the submitter, and of a phase who approved it first (AM8, AM11)."""
    told = [progression["submitted_by_id"]]
    first = progression["first_approved_by_id"]
    if progression["kind"] == ProgressionKind.PHASE and first is not None and first not in told:
        told.append(first)
    return told


async def _phase(reads: Reads, engagement: Row, asked: Recommendation) -> Id:
    if asked.persona_id is not None:
        raise RefusedError(Refusal.INVALID, "A phase or a persona is recommended, not both.", "personaId")
    found: Id | None = await reads.value(
        _NEXT_PHASE, program_id=engagement["program_id"], phase_id=engagement["phase_id"]
    )
    if found is None:
        raise RefusedError(Refusal.INVALID, "The client is in the last phase of the program.", "engagementId")
    if asked.phase_id is not None and text.known_id(asked.phase_id, "phase of this program", "phaseId") != found:
        raise RefusedError(Refusal.INVALID, "It is not the next phase of the program.", "phaseId")
    return found


async def _persona(reads: Reads, engagement: Row, asked: Recommendation) -> Id:
    if asked.phase_id is not None or asked.campus_id is not None:
        raise RefusedError(Refusal.INVALID, "A phase or a persona is recommended, not both.", "phaseId")
    if asked.persona_id is None:
        raise RefusedError(Refusal.BLANK, "Say which persona is recommended.", "personaId")
    known = text.known_id(asked.persona_id, "persona of this organization", "personaId")
    if await reads.value(_PERSONA, id=known, organization_id=engagement["organization_id"]) is None:
        raise not_found("persona of this organization", "personaId")
    if known == engagement["persona_id"]:
        raise RefusedError(Refusal.INVALID, "The client has this persona already.", "personaId")
    return known


async def _approvers(reads: Reads, actor: Actor, engagement: Row, phase_id: Id | None) -> tuple[Approver, ...]:
    """Those whom the phase names; the submitter's leader where it names nobody, and for personas."""
    rows = [] if phase_id is None else await reads.rows(_APPROVERS, phase_id=phase_id)
    named: list[Any] = [*rows] or [{"number": 1, "kind": ApproverKind.LEADER, "role_id": None, "user_id": None}]
    found = tuple([await _approver(reads, actor, engagement, row) for row in named])
    if len(found) == 2 and len({*found[0].people, *found[1].people}) < 2:
        message = "One and the same person would have to give both approvals."
        raise RefusedError(Refusal.INVALID, message, "engagementId")
    return found


async def _approver(reads: Reads, actor: Actor, engagement: Row, named: Any) -> Approver:
    assert actor.id is not None
    organization_id = engagement["organization_id"]
    approver_id, role_id = named["user_id"], named["role_id"]
    if named["kind"] == ApproverKind.LEADER:
        approver_id = await leader_of(reads, actor.id, organization_id)
    rows = await reads.rows(_PEOPLE, organization_id=organization_id, approver_id=approver_id, role_id=role_id)
    able = tuple(
        row["id"] for row in rows if row["id"] != actor.id or actor.may(Permission.APPROVE_OWN, organization_id)
    )
    if not able:
        message = (
            "You have no leader in this organization who could approve it."
            if named["kind"] == ApproverKind.LEADER
            else f"Nobody could give approval number {named['number']}."
        )
        raise RefusedError(Refusal.INVALID, message, "engagementId")
    return Approver(named["number"], approver_id, role_id, able)
