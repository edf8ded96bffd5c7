"""Partner companies, their business units, and the list of positions."""

from typing import Any

from sqlalchemy import bindparam, func, select

from models.base import Base, Id, new_id
from models.database import Row, Statement, Transaction
from models.organizations import Organization, OrganizationKind
from models.partners import BusinessUnit, Position
from models.people import Permission
from policies import partners as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, organizations, people, text
from workflows.partners.lock import known_company
from workflows.record import record_inside
from workflows.refusals import Refusal, RefusedError, expect_version, not_found, require

ROLE = "Case manager"
"""The role that a company's case managers have in it, once they have a login."""
_PERMISSIONS = [Permission.MAKE_REFERRALS, Permission.VIEW_CLIENTS, Permission.EDIT_CLIENTS]

_UNIT = Statement(
    select(BusinessUnit, Organization.partner_of_id)
    .join(Organization, Organization.id == BusinessUnit.company_id)
    .where(BusinessUnit.id == bindparam("id", type_=UUID), policy.unit_visible(ONE))
    .with_for_update(of=BusinessUnit, key_share=True)
)
_POSITION = Statement(
    select(Position)
    .where(Position.id == bindparam("id", type_=UUID), policy.position_visible(ONE))
    .with_for_update(key_share=True)
)
_NAMED: dict[type[BusinessUnit] | type[Position], Statement] = {
    table: Statement(
        select(table.id).where(
            owner == bindparam("owner_id", type_=UUID), func.lower(table.name) == func.lower(bindparam("name"))
        )
    )
    for table, owner in ((BusinessUnit, BusinessUnit.company_id), (Position, Position.organization_id))
}


async def create(transaction: Transaction, actor: Actor, *, organization_id: str, name: str) -> Id:
    """Take a partner company into the network, to be looked after by one of the actor's organizations."""
    organization = _own(actor, organization_id)
    require(policy.support(actor, organization), "organizationId")
    id = await organizations.create(transaction, name=name, kind=OrganizationKind.COMPANY)
    await transaction.update(Organization, id, partner_of_id=organization)
    await people.add_role(transaction, organization_id=id, name=ROLE, permissions=_PERMISSIONS)
    await record_inside(transaction, actor, "company.created", id, subject_id=id)
    return id


async def add_unit(transaction: Transaction, actor: Actor, *, company_id: str, name: str) -> Id:
    """Form a business unit in a company (KW3)."""
    company = await known_company(transaction, company_id)
    require(policy.support(actor, company["partner_of_id"]), "companyId")
    values = {"company_id": company["id"], "name": await _new_name(transaction, BusinessUnit, company["id"], name)}
    return await _add(transaction, actor, BusinessUnit, "business_unit.added", company["id"], values)


async def rename_unit(
    transaction: Transaction, actor: Actor, id: str, name: str, *, expected_version: int | None = None
) -> Id:
    """Give a business unit another name."""
    unit = await transaction.row(_UNIT, id=text.known_id(id, "business unit", "id"), **actor.parameters())
    if unit is None:
        raise not_found("business unit", "id")
    require(policy.support(actor, unit["partner_of_id"]), "id")
    expect_version(unit["version"], expected_version, unit["id"])
    name = await _new_name(transaction, BusinessUnit, unit["company_id"], name, but=unit["id"])
    await _change(transaction, actor, BusinessUnit, unit, "business_unit.renamed", unit["company_id"], name=name)
    return str(unit["id"])


async def add_position(transaction: Transaction, actor: Actor, *, organization_id: str, name: str) -> Id:
    """Add a value to the list of positions (KW4)."""
    organization = _own(actor, organization_id)
    require(policy.support(actor, organization), "organizationId")
    values = {"organization_id": organization, "name": await _new_name(transaction, Position, organization, name)}
    return await _add(transaction, actor, Position, "position.added", organization, values)


async def update_position(
    transaction: Transaction, actor: Actor, id: str, *, name: str | None = None, retired: bool | None = None
) -> Id:
    """Rename a position for all who have it; retire it, so that it is not chosen any more, or take it back (KW4)."""
    position = await transaction.row(_POSITION, id=text.known_id(id, "position", "id"), **actor.parameters())
    if position is None:
        raise not_found("position", "id")
    owner = position["organization_id"]
    require(policy.support(actor, owner), "id")
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = await _new_name(transaction, Position, owner, name, but=position["id"])
    if retired is not None and retired != (position["retired_at"] is not None):
        values["retired_at"] = clock.now() if retired else None
    if values:
        await _change(transaction, actor, Position, position, "position.updated", owner, **values)
    return str(position["id"])


def _own(actor: Actor, organization_id: str) -> Id:
    organization = text.known_id(organization_id, "organization of yours", "organizationId")
    if organization not in actor.organizations:
        raise not_found("organization of yours", "organizationId")
    return organization


async def _new_name(
    transaction: Transaction,
    table: type[BusinessUnit] | type[Position],
    owner_id: Id,
    name: str,
    but: Id | None = None,
) -> str:
    name = text.required(name, text.NAME, "name")
    if await transaction.value(_NAMED[table], owner_id=owner_id, name=name) not in (None, but):
        raise RefusedError(Refusal.CONFLICT, "There is one of this name already.", "name")
    return name


async def _add(
    transaction: Transaction, actor: Actor, table: type[Base], action: str, organization_id: Id, values: dict[str, Any]
) -> Id:
    now = clock.now()
    id = new_id()
    await transaction.insert(table, id=id, **values, created_at=now, updated_at=now)
    await record_inside(transaction, actor, action, organization_id, subject_id=id)
    return id


async def _change(
    transaction: Transaction,
    actor: Actor,
    table: type[Base],
    row: Row,
    action: str,
    organization_id: Id,
    **values: Any,
) -> None:
    version = row["version"] + 1
    await transaction.update(table, row["id"], **values, version=version, updated_at=clock.now())
    await record_inside(transaction, actor, action, organization_id, subject_id=row["id"], version=version)
