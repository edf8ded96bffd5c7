"""Beginning and ending engagements."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, select

from models.base import Id, new_id
from models.clients import Client
from models.database import Reads, Row, Statement, Transaction
from models.engagements import Engagement, EngagementStatus
from models.people import Permission
from models.phases import Phase
from models.programs import Program, ProgramSite
from policies import clients as client_policy
from policies import engagements as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.engagements.assign import eligible, give, take
from workflows.engagements.change import change
from workflows.engagements.lock import lock, lock_client, topics
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

_CLIENT = Statement(
    select(Client.id, Client.organization_id).where(
        Client.id == bindparam("id", type_=UUID), client_policy.visible(ONE), client_policy.at_home(ONE)
    )
)
_FIRST_PHASE = Statement(
    select(Phase.id, Program.id.label("program_id"))
    .join(Program, Program.id == Phase.program_id)
    .where(
        Program.id == bindparam("program_id", type_=UUID),
        Program.organization_id == bindparam("organization_id", type_=UUID),
    )
    .order_by(Phase.position)
    .limit(1)
)
_IS_CAMPUS = Statement(
    select(
        exists().where(
            ProgramSite.program_id == bindparam("program_id", type_=UUID),
            ProgramSite.site_id == bindparam("campus_id", type_=UUID),
        )
    )
)
_IS_ACTIVE = Statement(
    select(Engagement.id).where(
        Engagement.client_id == bindparam("client_id", type_=UUID),
        Engagement.program_id == bindparam("program_id", type_=UUID),
        Engagement.status == EngagementStatus.ACTIVE.value,
    )
)


async def start(
    transaction: Transaction,
    actor: Actor,
    *,
    client_id: str,
    program_id: str,
    campus_id: str,
    case_manager_id: str | None = None,
) -> Id:
    """Take a client of the organization into the first phase of one of its programs (AM1)."""
    client = await transaction.row(_CLIENT, id=text.known_id(client_id, "client", "clientId"), **actor.parameters())
    if client is None:
        raise not_found("client", "clientId")
    if not actor.may(Permission.MANAGE_CASELOADS, client["organization_id"]):
        message = "Only a leader who manages the organization's caseloads may do this."
        raise RefusedError(Refusal.FORBIDDEN, message, "clientId")
    what = "program with phases in the client's organization"
    known = text.known_id(program_id, what, "programId")
    phase = await transaction.row(_FIRST_PHASE, program_id=known, organization_id=client["organization_id"])
    if phase is None:
        raise not_found(what, "programId")
    campus = await campus_of(transaction, known, campus_id)
    chosen = None
    if case_manager_id is not None:
        chosen = await eligible(transaction, client["organization_id"], case_manager_id, "caseManagerId")

    await lock_client(transaction, client["id"])
    active = await transaction.value(_IS_ACTIVE, client_id=client["id"], program_id=known)
    if active is not None:
        message = "The client is in this program already."
        raise RefusedError(Refusal.CONFLICT, message, "programId", current=active)
    id = await begin(
        transaction,
        actor,
        client_id=client["id"],
        organization_id=client["organization_id"],
        program_id=known,
        phase_id=phase["id"],
        campus_id=campus,
        case_manager_id=chosen,
    )
    if chosen is not None:
        await give(transaction, id, chosen, actor.id, "Assigned when the engagement began.")
    return id


async def begin(
    transaction: Transaction, actor: Actor, *, assignment_due_at: datetime | None = None, **values: Any
) -> Id:
    """Insert an active engagement with these values, and record it. The client is locked, and has no other there."""
    now = clock.now()
    id = new_id()
    row: Any = {"id": id, **values}
    await transaction.insert(
        Engagement, **row, assignment_due_at=assignment_due_at, started_at=now, created_at=now, updated_at=now
    )
    named = ("client_id", "program_id", "phase_id", "campus_id", "case_manager_id", "previous_id")
    await record(
        transaction,
        actor,
        "engagement.started",
        subject_id=id,
        version=1,
        kind="engagement",
        record_id=id,
        after={"status": EngagementStatus.ACTIVE, **{name: row.get(name) for name in named}},
        topics=topics(row),
    )
    return id


async def close(transaction: Transaction, actor: Actor, engagement: Row, *, apart_from: Id | None = None) -> None:
    """Make the locked engagement inactive; submissions based on it are stale, apart from the one that closed it."""
    now = clock.now()
    await take(transaction, engagement["id"], now)
    await change(
        transaction,
        actor,
        engagement,
        "engagement.ended",
        {"status": EngagementStatus.INACTIVE, "ended_at": now, "assignment_due_at": None, "alerted_at": None},
        before={"status": EngagementStatus.ACTIVE},
        after={"status": EngagementStatus.INACTIVE},
        revises=True,
        apart_from=apart_from,
    )


async def campus_of(reads: Reads, program_id: Id, campus_id: str) -> Id:
    """The id of the campus, if the program is offered there."""
    known = text.known_id(campus_id, "campus of this program", "campusId")
    if not await reads.value(_IS_CAMPUS, program_id=program_id, campus_id=known):
        raise not_found("campus of this program", "campusId")
    return known


async def end(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """End that a client is in a program; it stays in their history (AM1)."""
    engagement = await lock(transaction, actor, id, "id")
    require(policy.manage(actor, engagement), "id")
    expect_version(engagement["version"], expected_version, engagement["id"])
    await close(transaction, actor, engagement)
    return str(engagement["id"])
