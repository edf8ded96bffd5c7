"""Notes on a mentoring request, for those who work on it (SC14)."""

from models.base import Id, new_id
from models.database import Transaction
from models.mentoring import MentoringNote
from policies import mentoring as policy
from policies.actors import Actor
from workflows import clock, text
from workflows.mentoring.change import change, lock
from workflows.refusals import require


async def add(transaction: Transaction, actor: Actor, id: str, *, body: str) -> dict[str, Id]:
    """Add a note, at any time. Answers `note_id` and `request_id`."""
    request = await lock(transaction, actor, id, "id")
    require(policy.add_note(actor, request), "id")
    note_id = new_id()
    await transaction.insert(
        MentoringNote,
        id=note_id,
        request_id=request["id"],
        author_id=actor.id,
        body=text.required(body, text.NOTE, "body"),
        created_at=clock.now(),
    )
    await change(transaction, actor, request, "mentoring_request.note_added", staff=True)
    return {"note_id": note_id, "request_id": request["id"]}
