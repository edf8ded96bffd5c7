"""Fetching a mentoring request to change it, and changing it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement, Transaction
from models.mentoring import AssignmentEnding, MentoringAssignment, MentoringRequest
from policies import mentoring as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, mentors, text
from workflows.mentoring.lifecycle import LIFECYCLE
from workflows.record import record
from workflows.refusals import Refusal, RefusedError, not_found

KIND = "mentoring_request"
TRACKED = ("status", "chapter_id", "mentor_id", "mentor_chapter_id")
"""What an event says of before and after: the status, and what decides who sees the request."""

_BY_ID = MentoringRequest.id == bindparam("id", type_=UUID)
_LOCK = Statement(select(MentoringRequest).where(_BY_ID, policy.visible(ONE)).with_for_update(key_share=True))
_LOCK_UNASKED = Statement(select(MentoringRequest).where(_BY_ID).with_for_update(key_share=True))
_CURRENT = Statement(
    select(MentoringAssignment).where(
        MentoringAssignment.request_id == bindparam("request_id", type_=UUID), MentoringAssignment.ended_at.is_(None)
    )
)


async def lock(transaction: Transaction, actor: Actor, id: str, *field: str) -> Row:
    """The request, locked until the transaction ends, if the actor sees it."""
    request = await transaction.row(_LOCK, id=text.known_id(id, "mentoring request", *field), **actor.parameters())
    if request is None:
        raise not_found("mentoring request", *field)
    return request


async def lock_unasked(transaction: Transaction, id: Id) -> Row:
    """The request, locked, whoever sees it."""
    request = await transaction.row(_LOCK_UNASKED, id=id)
    assert request is not None
    return request


def require_step(request: Row, step: str, message: str) -> None:
    """Refuse what is not possible from the request's status."""
    if not LIFECYCLE.allows(step, request["status"]):
        raise RefusedError(Refusal.CONFLICT, message, "id", current=request["id"])


def topics(request: Mapping[str, Any] | Row, *, client: bool = True) -> list[str]:
    """The topics of whoever may see the request."""
    found = [f"intake:{request['chapter_id']}"]
    if request["mentor_id"] is not None:
        found.append(f"user:{request['mentor_id']}")
    if client and request["client_id"] is not None and request["matched_by"] in policy.OWN:
        found.append(f"client:{request['client_id']}")
    return found


async def change(
    transaction: Transaction, actor: Actor | None, request: Row, action: str, *, staff: bool = False, **values: Any
) -> Row:
    """Give the locked request these values and a new version, and record it; answers the request as it is now.

    Whatever is done about a request moves it, so it is stagnant no longer. With `staff`, its client is not told, and
    the version stays, by which they would notice.
    """
    now = clock.now()
    if "status" in values and values["status"] != request["status"]:
        values["status_since"] = now
    version = request["version"] if staff else request["version"] + 1
    values = {"moved_at": now, "stagnant_since": None, **values, "version": version, "updated_at": now}
    await transaction.update(MentoringRequest, request["id"], **values)
    changed: Row = {**request, **values}
    before, after = topics(request, client=not staff), topics(changed, client=not staff)
    different = [name for name in TRACKED if request[name] != changed[name]]
    await record(
        transaction,
        actor,
        action,
        subject_id=request["id"],
        version=values["version"],
        kind=KIND,
        record_id=request["id"],
        before={name: request[name] for name in different},
        after={name: changed[name] for name in different},
        topics=sorted({*before, *after}),
        ended_topics=sorted({*before} - {*after}),
    )
    return changed


async def current_assignment(transaction: Transaction, request: Row) -> Row | None:
    """The assignment that has not ended."""
    return await transaction.row(_CURRENT, request_id=request["id"])


async def end_assignment(
    transaction: Transaction, actor: Actor | None, request: Row, ending: AssignmentEnding, reason: str | None = None
) -> None:
    """End the assignment that the locked request has; its mentor carries one less."""
    assignment = await current_assignment(transaction, request)
    if assignment is not None:
        await transaction.update(
            MentoringAssignment, assignment["id"], ended_at=clock.now(), ending=ending, reason=reason
        )
        await mentors.load_changed(transaction, actor, assignment["mentor_id"])
