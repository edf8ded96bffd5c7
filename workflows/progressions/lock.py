"""Finding a submission, and fetching it to change it."""

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import aliased

from models.base import Id
from models.database import Reads, Row, Statement, Transaction
from models.engagements import Engagement
from models.progressions import Approval, Progression
from policies import progressions as policy
from policies.actors import ONE, UUID, Actor
from workflows import text
from workflows.engagements.lock import lock_client
from workflows.refusals import Refusal, RefusedError, not_found

_BY_ID = Progression.id == bindparam("id", type_=UUID)
_first, _second = aliased(Approval), aliased(Approval)


def _facts() -> Select[tuple[object, ...]]:
    return (
        select(
            *Progression.__table__.c,
            Engagement.case_manager_id,
            Engagement.version.label("engagement_version"),
            policy.awaited(ONE).label("awaited"),
            policy.has_approved(ONE).label("has_approved"),
            policy.represented(ONE).label("on_behalf_of_id"),
            policy.stale().label("stale"),
            _first.decided_by_id.label("first_approved_by_id"),
            _second.id.is_not(None).label("has_second"),
        )
        .join(Engagement, Engagement.id == Progression.engagement_id)
        .join(_first, (_first.progression_id == Progression.id) & (_first.number == 1))
        .outerjoin(_second, (_second.progression_id == Progression.id) & (_second.number == 2))
        .where(_BY_ID, policy.visible(ONE))
    )


_FIND = Statement(_facts())
_LOCK = Statement(_facts().with_for_update(of=(Engagement, Progression), key_share=True))


async def find(reads: Reads, actor: Actor, id: str, *field: str) -> Row:
    """What a decision about the submission depends on, if the actor sees it."""
    progression = await reads.row(_FIND, id=text.known_id(id, "submission", *field), **actor.parameters())
    if progression is None:
        raise not_found("submission", *field)
    return progression


async def lock(transaction: Transaction, actor: Actor, id: str, *field: str) -> Row:
    """The same, with the client, the engagement and the submission locked until the transaction ends."""
    await lock_client(transaction, (await find(transaction, actor, id, *field))["client_id"])
    progression = await transaction.row(_LOCK, id=text.known_id(id, "submission", *field), **actor.parameters())
    if progression is None:
        raise not_found("submission", *field)
    return progression


def expect_open(progression: Row) -> None:
    """Refuse, with the current state, where somebody has decided or withdrawn it meanwhile (AM13)."""
    if progression["status"] != "pending":
        message = f"It is {progression['status']} already."
        raise RefusedError(Refusal.CONFLICT, message, "id", current=progression["id"])


def expect_fresh(progression: Row) -> None:
    """Refuse, with the current state, where the engagement has changed since it was submitted (AM13)."""
    if progression["stale"]:
        message = "The client's engagement has changed since it was submitted: it is stale."
        raise RefusedError(Refusal.CONFLICT, message, "id", current=progression["id"])


def awaited_number(progression: Row) -> int:
    """The number of the approval that an open submission waits for."""
    number: int = progression["waits_for"]
    return number


def id_of(progression: Row) -> Id:
    """Its id."""
    id: Id = progression["id"]
    return id
