"""Fetching a case manager to change them, and changing them."""

from typing import Any

from sqlalchemy import bindparam, select

from models.base import Id
from models.database import Row, Statement, Transaction
from models.organizations import Organization
from models.partners import BusinessUnit, CaseManager
from policies import partners as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.record import record
from workflows.refusals import not_found

_LOCK = Statement(
    select(CaseManager, Organization.partner_of_id)
    .join(Organization, Organization.id == CaseManager.company_id)
    .where(CaseManager.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=CaseManager, key_share=True)
)
_COMPANY = Statement(
    select(Organization.id, Organization.partner_of_id).where(
        Organization.id == bindparam("id", type_=UUID), Organization.kind == "company"
    )
)
_UNIT = Statement(
    select(BusinessUnit.id).where(
        BusinessUnit.id == bindparam("id", type_=UUID), BusinessUnit.company_id == bindparam("company_id", type_=UUID)
    )
)


async def lock(transaction: Transaction, actor: Actor, id: str) -> Row:
    """The case manager, locked until the transaction ends, if the actor sees them."""
    found = await transaction.row(_LOCK, id=text.known_id(id, "case manager", "id"), **actor.parameters())
    if found is None:
        raise not_found("case manager", "id")
    return found


async def known_company(transaction: Transaction, id: str) -> Row:
    """The partner company; companies are in the directory, which everybody sees."""
    company = await transaction.row(_COMPANY, id=text.known_id(id, "company", "companyId"))
    if company is None:
        raise not_found("company", "companyId")
    return company


async def unit_of(transaction: Transaction, company_id: Id, unit_id: str | None) -> Id | None:
    """The id of the company's business unit, where one is named."""
    if unit_id is None:
        return None
    known = text.known_id(unit_id, "business unit of this company", "businessUnitId")
    if not await transaction.value(_UNIT, id=known, company_id=company_id):
        raise not_found("business unit of this company", "businessUnitId")
    return known


def topics(manager: Row) -> list[str]:
    """The topics of whoever may see the case manager."""
    found = [f"organization:{manager['company_id']}", f"partners-of:{manager['partner_of_id']}"]
    return found if manager["user_id"] is None else [*found, f"user:{manager['user_id']}"]


async def change(
    transaction: Transaction,
    actor: Actor,
    manager: Row,
    action: str,
    values: dict[str, Any],
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    also: list[str] | None = None,
    ended_topics: list[str] | None = None,
) -> None:
    """Give the locked case manager these values and a new version, and record it; `also` are topics beside theirs."""
    version = manager["version"] + 1
    await transaction.update(CaseManager, manager["id"], **values, version=version, updated_at=clock.now())
    await record(
        transaction,
        actor,
        action,
        subject_id=manager["id"],
        version=version,
        kind="case_manager",
        record_id=manager["id"],
        before=before,
        after=after,
        topics=sorted({*topics(manager), *(also or [])}),
        ended_topics=ended_topics,
    )
