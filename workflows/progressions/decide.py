"""Approving and denying."""

from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.engagements import Engagement
from models.progressions import (
    Approval,
    ApprovalDecision,
    DenialMail,
    Progression,
    ProgressionKind,
    ProgressionStatus,
)
from policies import progressions as policy
from policies.actors import UUID, Actor
from workflows import clock, text
from workflows.engagements import automatic
from workflows.engagements.assign import give
from workflows.engagements.change import change
from workflows.engagements.lock import inside_topics
from workflows.engagements.start import begin, close
from workflows.later import later
from workflows.progressions.lifecycle import LIFECYCLE
from workflows.progressions.lock import expect_fresh, expect_open, id_of, lock
from workflows.progressions.plan import leader_of, told_of_denial
from workflows.record import record
from workflows.refusals import expect_version, require

_ENGAGEMENT = Statement(select(Engagement).where(Engagement.id == bindparam("id", type_=UUID)))
_DECIDE = Statement(
    update(Approval)
    .where(
        Approval.progression_id == bindparam("progression", type_=UUID),
        Approval.number == bindparam("awaited_number"),
    )
    .values(
        decision=bindparam("new_decision"),
        comments=bindparam("new_comments"),
        decided_by_id=bindparam("decider", type_=UUID),
        on_behalf_of_id=bindparam("represented", type_=UUID),
        decided_at=bindparam("now"),
    )
)


async def approve(
    transaction: Transaction, actor: Actor, id: str, *, expected_version: int, comments: str | None = None
) -> Id:
    """Give the approval that the submission waits for; with the last one the client moves on, in one change (AM6)."""
    progression = await _lock(transaction, actor, id, expected_version)
    expect_fresh(progression)
    require(policy.approve(actor, progression), "id")
    comments = text.optional(comments, text.COMMENT, "comments")

    await _decide(transaction, actor, progression, ApprovalDecision.APPROVED, comments)
    if waits_for_another(progression):
        values: dict[str, Any] = {"waits_for": 2}
        await _record(transaction, actor, progression, "progression.first_approved", values)
        return id_of(progression)
    engagement = await transaction.row(_ENGAGEMENT, id=progression["engagement_id"])
    assert engagement is not None
    if progression["kind"] == ProgressionKind.PERSONA:
        result = await _change_persona(transaction, actor, progression, engagement)
    else:
        result = await _move_on(transaction, actor, progression, engagement)
    values = {"status": ProgressionStatus.APPROVED, "waits_for": None, "result_id": result}
    await _record(transaction, actor, progression, "progression.approved", values)
    return id_of(progression)


async def deny(transaction: Transaction, actor: Actor, id: str, *, expected_version: int, comments: str) -> Id:
    """Deny it: the client stays where they are, and whom it concerns is told by e-mail (AM5, AM8)."""
    progression = await _lock(transaction, actor, id, expected_version)
    require(policy.deny_it(actor, progression), "id")
    why = text.required(comments, text.COMMENT, "comments")

    await _decide(transaction, actor, progression, ApprovalDecision.DENIED, why)
    values = {"status": ProgressionStatus.DENIED, "waits_for": None}
    await _record(transaction, actor, progression, "progression.denied", values)
    for user_id in told_of_denial(progression):
        mail_id = new_id()
        await transaction.insert(DenialMail, id=mail_id, progression_id=progression["id"], user_id=user_id)
        await later(transaction, "progression_denied_mail", {"mail_id": mail_id}, once=f"denial_mail:{mail_id}")
    return id_of(progression)


def waits_for_another(progression: Row) -> bool:
    """Whether another approval has to follow the one that it waits for (AM7)."""
    return bool(progression["waits_for"] == 1 and progression["has_second"])


async def _lock(transaction: Transaction, actor: Actor, id: str, expected_version: int) -> Row:
    progression = await lock(transaction, actor, id, "id")
    # Before it is asked whether they may: whoever comes second is told that, and not that they are not awaited.
    expect_open(progression)
    expect_version(progression["version"], expected_version, progression["id"])
    return progression


async def _decide(
    transaction: Transaction, actor: Actor, progression: Row, decision: ApprovalDecision, comments: str | None
) -> None:
    await transaction.rows(
        _DECIDE,
        progression=progression["id"],
        awaited_number=progression["waits_for"],
        new_decision=decision,
        new_comments=comments,
        decider=actor.id,
        represented=progression["on_behalf_of_id"],
        now=clock.now(),
    )


async def _change_persona(transaction: Transaction, actor: Actor, progression: Row, engagement: Row) -> Id:
    await change(
        transaction,
        actor,
        engagement,
        "engagement.persona_changed",
        {"persona_id": progression["persona_id"]},
        before={"persona_id": engagement["persona_id"]},
        after={"persona_id": progression["persona_id"]},
        revises=True,
        apart_from=progression["id"],
    )
    return str(engagement["id"])


async def _move_on(transaction: Transaction, actor: Actor, progression: Row, engagement: Row) -> Id:
    """The old engagement ends and the new one begins; the case manager goes on, until another is assigned."""
    organization_id = engagement["organization_id"]
    submitter = progression["submitted_by_id"]
    leader = await leader_of(transaction, submitter, organization_id)
    delay = await automatic.delay(transaction, progression["phase_id"], progression["campus_id"])
    await close(transaction, actor, engagement, apart_from=progression["id"])
    id = await begin(
        transaction,
        actor,
        client_id=engagement["client_id"],
        organization_id=organization_id,
        program_id=engagement["program_id"],
        phase_id=progression["phase_id"],
        campus_id=progression["campus_id"],
        persona_id=engagement["persona_id"],
        previous_id=engagement["id"],
        case_manager_id=engagement["case_manager_id"],
        leader_id=leader or progression["first_approved_by_id"] or actor.id,
        assignment_due_at=None if delay is None else clock.now() + timedelta(seconds=delay),
    )
    if engagement["case_manager_id"] is not None:
        await give(transaction, id, engagement["case_manager_id"], actor.id, "Goes on from the phase before.")
    if delay is not None:
        await later(
            transaction,
            "case_manager_assignment",
            {"engagement_id": id},
            after=timedelta(seconds=delay),
            once=f"case_manager_assignment:{id}",
        )
    return id


async def _record(
    transaction: Transaction, actor: Actor, progression: Row, action: str, values: dict[str, Any]
) -> None:
    version = progression["version"] + 1
    target = values.get("status")
    assert target is None or LIFECYCLE.step(ProgressionStatus(progression["status"]), target)
    await transaction.update(Progression, progression["id"], **values, version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=progression["id"],
        version=version,
        kind="progression",
        record_id=progression["id"],
        before={name: progression[name] for name in values},
        after=values,
        topics=inside_topics(progression),
        on_behalf_of_id=progression["on_behalf_of_id"],
    )
