"""Moving a case manager to another business unit or another company (KW3)."""

from models.base import Id
from models.database import Row, Transaction
from models.partners import CaseManager
from policies import partners as policy
from policies.actors import Actor
from workflows.partners.lock import change, known_company, lock, unit_of
from workflows.partners.login import join_company, leave_company
from workflows.refusals import Refusal, RefusedError, expect_version, require
from workflows.rights import changing_rights, lock_user


async def move(
    transaction: Transaction,
    actor: Actor,
    id: str,
    *,
    company_id: str | None = None,
    business_unit_id: str | None = None,
    expected_version: int | None = None,
) -> Id:
    """Move them into a unit of their company, out of any (None), or to another company and a unit of that one.

    What they saw through the company and the unit they leave is gone from their streams at once (XX2).
    """
    manager = await lock(transaction, actor, id)
    require(policy.support(actor, manager["partner_of_id"]), "id")
    expect_version(manager["version"], expected_version, manager["id"])
    if manager["deactivated_at"] is not None:
        raise RefusedError(Refusal.INVALID, "The account is deactivated.", "id")
    company = await known_company(transaction, company_id or manager["company_id"])
    require(policy.support(actor, company["partner_of_id"]), "companyId")
    unit = await unit_of(transaction, company["id"], business_unit_id)
    if (company["id"], unit) == (manager["company_id"], manager["business_unit_id"]):
        return str(manager["id"])

    if manager["user_id"] is not None:
        await _change_rights(transaction, actor, manager, company["id"], unit)
    ended = []
    if company["id"] != manager["company_id"]:
        ended.append(f"organization:{manager['company_id']}")
    if company["partner_of_id"] != manager["partner_of_id"]:
        ended.append(f"partners-of:{manager['partner_of_id']}")
    await change(
        transaction,
        actor,
        manager,
        "case_manager.moved",
        {"company_id": company["id"], "business_unit_id": unit},
        before={"company_id": manager["company_id"], "business_unit_id": manager["business_unit_id"]},
        after={"company_id": company["id"], "business_unit_id": unit},
        also=[f"organization:{company['id']}", f"partners-of:{company['partner_of_id']}"],
        ended_topics=ended,
    )
    return str(manager["id"])


async def _change_rights(
    transaction: Transaction, actor: Actor, manager: Row, company_id: Id, unit_id: Id | None
) -> None:
    """Two events where there is something to lose and something to gain, so that the loss is told record by record."""
    user = await lock_user(transaction, manager["user_id"])
    if manager["business_unit_id"] is not None or company_id != manager["company_id"]:
        async with changing_rights(transaction, actor, user, "case_manager.left"):
            if company_id != manager["company_id"]:
                await leave_company(transaction, user["id"], manager["company_id"])
            await transaction.update(CaseManager, manager["id"], company_id=company_id, business_unit_id=None)
    if unit_id is not None or company_id != manager["company_id"]:
        user = await lock_user(transaction, user["id"])
        async with changing_rights(transaction, actor, user, "case_manager.joined"):
            if company_id != manager["company_id"]:
                await join_company(transaction, user["id"], company_id)
            await transaction.update(CaseManager, manager["id"], business_unit_id=unit_id)
