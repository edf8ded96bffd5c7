"""A partner company of the agency: its units, and the case managers who book for them."""

from typing import NamedTuple

from sqlalchemy import bindparam, select

from models.database import Statement, Transaction
from models.partners import CaseManager, ConsentMethod, RecruitmentStatus
from models.people import User
from policies.actors import UUID, Actor
from server.demo.county import County
from server.demo.organizations import AGENCY
from workflows.partners import case_managers, companies, login

COMPANY = "Tern Island Insurance"


class Booker(NamedTuple):
    """A case manager."""

    first_name: str
    last_name: str
    unit: str
    position: str
    status: RecruitmentStatus


BOOKERS = (
    Booker("Imogen", "Tran", "Injury claims", "Case manager", RecruitmentStatus.ONBOARDED),
    Booker("Piers", "Adeyemi", "Injury claims", "Team leader", RecruitmentStatus.ONBOARDED),
    Booker("Solveig", "Marsh", "Return to work", "Rehabilitation adviser", RecruitmentStatus.ONBOARDING),
    Booker("Dario", "Quill", "Return to work", "Case manager", RecruitmentStatus.NON_BOOKING_CONTACT),
)
_USER = Statement(select(CaseManager.user_id).where(CaseManager.id == bindparam("id", type_=UUID)))


async def open_company(
    transaction: Transaction, county: County, administrator: Actor, officer: Actor, password_hash: str
) -> None:
    """Take the company in; the first of its case managers has a login, `imogen.tran@demo.test`, that is active."""
    agency = county.organizations[AGENCY]
    company = await companies.create(transaction, administrator, organization_id=agency, name=COMPANY)
    units = {
        name: await companies.add_unit(transaction, administrator, company_id=company, name=name)
        for name in dict.fromkeys(booker.unit for booker in BOOKERS)
    }
    positions = {
        name: await companies.add_position(transaction, administrator, organization_id=agency, name=name)
        for name in dict.fromkeys(booker.position for booker in BOOKERS)
    }
    for number, booker in enumerate(BOOKERS):
        id = await case_managers.create(
            transaction,
            administrator,
            company_id=company,
            business_unit_id=units[booker.unit],
            first_name=booker.first_name,
            last_name=booker.last_name,
            email=f"{booker.first_name}.{booker.last_name}@demo.test".lower(),
            phone=f"+1 555 014 {number:04}",
            position_id=positions[booker.position],
        )
        await case_managers.set_recruitment(transaction, administrator, id, booker.status)
        await case_managers.assign_officer(transaction, administrator, id, officer.id)
        if number == 0:
            await case_managers.verify(transaction, administrator, id)
            await case_managers.agree_to_promotions(transaction, administrator, id, ConsentMethod.IN_PERSON)
            await login.enable(transaction, administrator, id)
            user_id = await transaction.value(_USER, id=id)
            await transaction.update(User, user_id, password_hash=password_hash)
