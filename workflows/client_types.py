"""The types that an organization has for its clients (EL3)."""

from sqlalchemy import bindparam, func, select

from models.base import Id, new_id
from models.clients import ClientType
from models.database import Row, Statement, Transaction
from policies import organizations as organization_policy
from policies import records as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.organizations import lock_own
from workflows.record import record_inside
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

_LOCK = Statement(
    select(ClientType)
    .where(ClientType.id == bindparam("id", type_=UUID), policy.type_visible(ONE))
    .with_for_update(of=ClientType, key_share=True)
)
_NAMED = Statement(
    select(ClientType.id).where(
        ClientType.organization_id == bindparam("organization_id", type_=UUID),
        func.lower(ClientType.name) == func.lower(bindparam("name")),
    )
)


async def add(transaction: Transaction, actor: Actor, *, organization_id: str, name: str) -> Id:
    """Define a type."""
    organization = await lock_own(transaction, actor, organization_id, "organizationId")
    require(organization_policy.manage(actor, organization["id"]), "organizationId")
    name = await _free(transaction, organization["id"], name, None)
    now = clock.now()
    id = new_id()
    await transaction.insert(
        ClientType, id=id, organization_id=organization["id"], name=name, created_at=now, updated_at=now
    )
    await record_inside(transaction, actor, "client_type.added", organization["id"], subject_id=id)
    return id


async def rename(
    transaction: Transaction, actor: Actor, id: str, name: str, *, expected_version: int | None = None
) -> Id:
    """Call a type by another name; whoever has it keeps it."""
    known = await _lock(transaction, actor, id, expected_version)
    name = await _free(transaction, known["organization_id"], name, known["id"])
    if name != known["name"]:
        await _change(transaction, actor, known, "client_type.renamed", name=name)
    return str(known["id"])


async def retire(transaction: Transaction, actor: Actor, id: str, *, expected_version: int | None = None) -> Id:
    """Give a type to nobody any more; whoever has it keeps it."""
    known = await _lock(transaction, actor, id, expected_version)
    if known["retired_at"] is None:
        await _change(transaction, actor, known, "client_type.retired", retired_at=clock.now())
    return str(known["id"])


async def _lock(transaction: Transaction, actor: Actor, id: str, expected_version: int | None) -> Row:
    found = await transaction.row(_LOCK, id=text.known_id(id, "type", "id"), **actor.parameters())
    if found is None:
        raise not_found("type", "id")
    require(organization_policy.manage(actor, found["organization_id"]), "id")
    expect_version(found["version"], expected_version, found["id"])
    return found


async def _free(transaction: Transaction, organization_id: Id, name: str, id: Id | None) -> str:
    name = text.required(name, text.NAME, "name")
    if await transaction.value(_NAMED, organization_id=organization_id, name=name) not in (None, id):
        raise RefusedError(Refusal.CONFLICT, "There is a type of this name already.", "name")
    return name


async def _change(transaction: Transaction, actor: Actor, known: Row, action: str, **values: object) -> None:
    version = known["version"] + 1
    await transaction.update(ClientType, known["id"], **values, version=version, updated_at=clock.now())
    await record_inside(transaction, actor, action, known["organization_id"], subject_id=known["id"], version=version)
