"""A client's goals."""

from sqlalchemy import bindparam, select

from models.base import Id, new_id
from models.clients import Client
from models.database import Row, Statement, Transaction
from models.goals import Goal, GoalStatus
from policies import clients as client_policy
from policies import goals as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.clients import audience
from workflows.record import record
from workflows.refusals import expect_version, not_found, require

_CLIENT = Statement(
    select(Client.id, Client.organization_id)
    .where(Client.id == bindparam("id", type_=UUID), client_policy.visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_LOCK = Statement(
    select(Goal.id, Goal.client_id, Goal.version, Goal.title, Goal.status)
    .where(Goal.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=Goal, key_share=True)
)


async def add(transaction: Transaction, actor: Actor, *, client_id: str, title: str) -> Id:
    """Give the client a goal."""
    client = await _editable(transaction, actor, text.known_id(client_id, "client", "clientId"), "clientId")
    now = clock.now()
    id = new_id()
    title = text.required(title, text.LINE, "title")
    await transaction.insert(Goal, id=id, client_id=client["id"], title=title, created_at=now, updated_at=now)
    await _record(transaction, actor, "goal.added", id, 1, client)
    return id


async def update(
    transaction: Transaction,
    actor: Actor,
    id: str,
    *,
    title: str | None = None,
    status: GoalStatus | None = None,
    expected_version: int | None = None,
) -> Id:
    """Change the goal's title or status; what is None stays."""
    goal = await transaction.row(_LOCK, id=text.known_id(id, "goal", "id"), **actor.parameters())
    if goal is None:
        raise not_found("goal", "id")
    client = await _editable(transaction, actor, goal["client_id"], "id")
    expect_version(goal["version"], expected_version, goal["id"])
    version = goal["version"] + 1
    await transaction.update(
        Goal,
        goal["id"],
        title=goal["title"] if title is None else text.required(title, text.LINE, "title"),
        status=status or goal["status"],
        version=version,
        updated_at=clock.now(),
    )
    await _record(transaction, actor, "goal.updated", goal["id"], version, client)
    return str(goal["id"])


async def _editable(transaction: Transaction, actor: Actor, client_id: Id, *field: str) -> Row:
    client = await transaction.row(_CLIENT, id=client_id, **actor.parameters())
    if client is None:
        raise not_found("client", *field)
    require(client_policy.edit(actor, client), *field)
    return client


async def _record(transaction: Transaction, actor: Actor, action: str, goal_id: Id, version: int, client: Row) -> None:
    await record(
        transaction,
        actor,
        action,
        subject_id=goal_id,
        version=version,
        kind="client",
        record_id=client["id"],
        topics=await audience(transaction, client),
    )
