"""Notes: added and deleted, never edited (FH10).

A note is a subject of its own. A shared one also gives the referral a new version, since the referral as everyone
sees it has changed; an internal one does not, so that nobody outside can tell that it exists (FH11).
"""

from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id, new_id
from models.database import Row, Statement, Transaction
from models.notes import Note
from models.notifications import NotificationKind
from models.referrals import Referral
from policies import notes as policy
from policies import referrals as referral_policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.notifications import notify
from workflows.record import record
from workflows.referrals.lock import lock, topics
from workflows.refusals import Refusal, RefusedError, not_found, require

_NOTE = Statement(select(Note.id, Note.referral_id).where(Note.id == bindparam("id", type_=UUID), policy.visible(ONE)))
_LOCK = Statement(
    select(Note.id, Note.author_id, Note.organization_id, Note.shared, Note.deleted_at)
    .where(Note.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=Note, key_share=True)
)


async def add(
    transaction: Transaction, actor: Actor, *, referral_id: str, body: str, shared: bool = True
) -> dict[str, Id]:
    """Add a note, for all parties or inside the author's organization; answers `note_id` and `referral_id`."""
    referral = await lock(transaction, actor, referral_id, "referralId")
    require(referral_policy.add_note(referral))
    body = text.required(body, text.NOTE, "body")
    organization_id = _home(actor, referral)
    if not shared and organization_id is None:
        message = "Only a member of an organization can keep a note inside one."
        raise RefusedError(Refusal.INVALID, message, "shared")

    id = new_id()
    await transaction.insert(
        Note,
        id=id,
        referral_id=referral["id"],
        author_id=actor.id,
        organization_id=organization_id,
        shared=shared,
        body=body,
        created_at=clock.now(),
    )
    await _record(transaction, actor, "note.added", 1, referral, id, None if shared else organization_id)
    if shared:
        client_id = referral["client_id"]
        await notify(transaction, actor, NotificationKind.NOTE_ADDED, client_id, referral_id=referral["id"])
    return {"note_id": id, "referral_id": referral["id"]}


async def delete(transaction: Transaction, actor: Actor, id: str) -> dict[str, Id]:
    """Delete a note: its text is gone for good; answers `note_id` and `referral_id`."""
    found = await transaction.row(_NOTE, id=text.known_id(id, "note", "id"), **actor.parameters())
    if found is None:
        raise not_found("note", "id")
    referral = await lock(transaction, actor, found["referral_id"], "id")
    note = await transaction.row(_LOCK, id=found["id"], **actor.parameters())
    if note is None:
        raise not_found("note", "id")
    decision = policy.delete(actor, {**note, "program_organization_id": referral["program_organization_id"]})
    if note["deleted_at"] is not None:
        raise RefusedError(Refusal.CONFLICT, decision.reason, "id", current=note["id"])
    require(decision, "id")

    await transaction.update(Note, note["id"], body=None, deleted_at=clock.now(), deleted_by_id=actor.id)
    internal_to = None if note["shared"] else note["organization_id"]
    await _record(transaction, actor, "note.deleted", 2, referral, note["id"], internal_to)
    return {"note_id": note["id"], "referral_id": referral["id"]}


def _home(actor: Actor, referral: Row) -> Id | None:
    """The organization for which the actor writes: the referral's maker's or program's, if it is theirs."""
    for organization_id in (referral["organization_id"], referral["program_organization_id"]):
        if organization_id in actor.organizations:
            return str(organization_id)
    return min(actor.organizations, default=None)


async def _record(
    transaction: Transaction,
    actor: Actor,
    action: str,
    version: int,
    referral: Row,
    note_id: Id,
    internal_to_id: Id | None,
) -> None:
    await record(
        transaction,
        actor,
        action,
        subject_id=note_id,
        version=version,
        kind="referral",
        record_id=referral["id"],
        topics=topics(referral),
        internal_to_id=internal_to_id,
    )
    if internal_to_id is None:
        changes: dict[str, Any] = {"version": referral["version"] + 1, "updated_at": clock.now()}
        await transaction.update(Referral, referral["id"], **changes)
