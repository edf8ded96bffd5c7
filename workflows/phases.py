"""The phases of a program: what entering each of them takes. And an organization's personas."""

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func, select

from models.base import Base, Id, new_id
from models.database import Statement, Transaction
from models.people import Membership, Role
from models.phases import ApproverKind, AutomaticAssignment, Persona, Phase, PhaseApprover, PhaseWarning
from models.programs import Program, ProgramSite
from policies import organizations as policy
from policies.actors import UUID, Actor
from workflows import clock, text
from workflows.record import record_inside
from workflows.refusals import Refusal, RefusedError, not_found, require

_PROGRAM = Statement(
    select(Program.id, Program.organization_id)
    .where(Program.id == bindparam("id", type_=UUID))
    .with_for_update(key_share=True)
)
_LAST = Statement(
    select(func.coalesce(func.max(Phase.position), 0)).where(Phase.program_id == bindparam("program_id", type_=UUID))
)
_IS_ROLE = Statement(
    select(
        exists().where(
            Role.id == bindparam("id", type_=UUID), Role.organization_id == bindparam("organization_id", type_=UUID)
        )
    )
)
_IS_MEMBER = Statement(
    select(
        exists().where(
            Membership.user_id == bindparam("id", type_=UUID),
            Membership.organization_id == bindparam("organization_id", type_=UUID),
            Membership.ended_at.is_(None),
        )
    )
)
_IS_CAMPUS = Statement(
    select(
        exists().where(
            ProgramSite.program_id == bindparam("program_id", type_=UUID),
            ProgramSite.site_id == bindparam("site_id", type_=UUID),
        )
    )
)
_PERSONA = Statement(
    select(Persona.id).where(
        Persona.organization_id == bindparam("organization_id", type_=UUID), Persona.name == bindparam("name")
    )
)


@dataclass(frozen=True, slots=True)
class ApprovedBy:
    """Who approves: the submitter's leader, whoever has a role, or one person."""

    kind: ApproverKind
    role_id: str | None = None
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """Less than this many percent in an outcome area is a warning."""

    area: str
    percent: int


@dataclass(frozen=True, slots=True)
class AssignedAt:
    """A campus of the program where a new case manager is assigned by itself, after so many seconds."""

    campus_id: str
    delay_seconds: int = 120


async def add(
    transaction: Transaction,
    actor: Actor | None,
    *,
    program_id: str,
    name: str,
    approvers: list[ApprovedBy],
    warnings: list[Threshold] | None = None,
    assigned_at: list[AssignedAt] | None = None,
) -> Id:
    """Add a phase at the end of the program. `actor` None is the system: set-up."""
    program = await transaction.row(_PROGRAM, id=text.known_id(program_id, "program", "programId"))
    if program is None:
        raise not_found("program", "programId")
    organization_id = program["organization_id"]
    if actor is not None:
        require(policy.manage_programs(actor, organization_id), "programId")
    if not 1 <= len(approvers) <= 2:
        raise RefusedError(Refusal.INVALID, "There are one or two approvers.", "approvers")
    now = clock.now()
    id = new_id()
    position = await transaction.value(_LAST, program_id=program["id"]) + 1
    named = text.required(name, text.NAME, "name")
    await transaction.insert(
        Phase, id=id, program_id=program["id"], name=named, position=position, created_at=now, updated_at=now
    )
    for number, approver in enumerate(approvers, start=1):
        await _add_approver(transaction, organization_id, id, number, approver)
    for warning in warnings or []:
        if not 1 <= warning.percent <= 100:
            raise RefusedError(Refusal.INVALID, "It must be from 1 to 100.", "warnings", "threshold")
        area = text.required(warning.area, text.NAME, "warnings", "area")
        await _insert(transaction, PhaseWarning, phase_id=id, area=area, threshold=warning.percent)
    for automatic in assigned_at or []:
        await _add_campus(transaction, program["id"], id, automatic)
    after = {"program_id": program["id"], "position": position}
    await record_inside(transaction, actor, "phase.added", organization_id, subject_id=id, after=after)
    return id


async def open_campus(transaction: Transaction, *, program_id: Id, site_id: Id) -> None:
    """Offer the program at a site. For set-up; a directory import brings programs with their sites."""
    if not await transaction.value(_IS_CAMPUS, program_id=program_id, site_id=site_id):
        await transaction.insert(ProgramSite, program_id=program_id, site_id=site_id)


async def add_persona(transaction: Transaction, actor: Actor | None, *, organization_id: str, name: str) -> Id:
    """Add a persona to the organization's. `actor` None is the system: set-up."""
    organization = text.known_id(organization_id, "organization of yours", "organizationId")
    if actor is not None:
        if organization not in actor.organizations:
            raise not_found("organization of yours", "organizationId")
        require(policy.manage_programs(actor, organization), "organizationId")
    named = text.required(name, text.NAME, "name")
    if await transaction.value(_PERSONA, organization_id=organization, name=named):
        raise RefusedError(Refusal.CONFLICT, "There is a persona of this name already.", "name")
    id = new_id()
    await transaction.insert(Persona, id=id, organization_id=organization, name=named)
    return id


async def _add_approver(
    transaction: Transaction, organization_id: Id, phase_id: Id, number: int, approver: ApprovedBy
) -> None:
    wanted = {ApproverKind.LEADER: (False, False), ApproverKind.ROLE: (True, False), ApproverKind.PERSON: (False, True)}
    if (approver.role_id is not None, approver.user_id is not None) != wanted[approver.kind]:
        message = "Name a role for ROLE, a person for PERSON, and neither for LEADER."
        raise RefusedError(Refusal.INVALID, message, "approvers")
    role_id = user_id = None
    if approver.role_id is not None:
        role_id = text.known_id(approver.role_id, "role of this organization", "approvers", "roleId")
        if not await transaction.value(_IS_ROLE, id=role_id, organization_id=organization_id):
            raise not_found("role of this organization", "approvers", "roleId")
    if approver.user_id is not None:
        user_id = text.known_id(approver.user_id, "member of this organization", "approvers", "userId")
        if not await transaction.value(_IS_MEMBER, id=user_id, organization_id=organization_id):
            raise not_found("member of this organization", "approvers", "userId")
    await _insert(
        transaction,
        PhaseApprover,
        phase_id=phase_id,
        number=number,
        kind=approver.kind,
        role_id=role_id,
        user_id=user_id,
    )


async def _add_campus(transaction: Transaction, program_id: Id, phase_id: Id, automatic: AssignedAt) -> None:
    campus = text.known_id(automatic.campus_id, "campus of this program", "automaticAssignments", "campusId")
    if not await transaction.value(_IS_CAMPUS, program_id=program_id, site_id=campus):
        raise not_found("campus of this program", "automaticAssignments", "campusId")
    if not 0 <= automatic.delay_seconds <= 86_400:
        raise RefusedError(Refusal.INVALID, "It must be a day at most.", "automaticAssignments", "delaySeconds")
    await _insert(
        transaction,
        AutomaticAssignment,
        phase_id=phase_id,
        campus_id=campus,
        delay_seconds=automatic.delay_seconds,
    )


async def _insert(transaction: Transaction, table: type[Base], **values: object) -> None:
    await transaction.insert(table, id=new_id(), **values)
