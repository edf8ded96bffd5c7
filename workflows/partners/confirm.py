"""Telling a case manager that the referral they made has been sent, where their address is confirmed (KW5)."""

from dataclasses import dataclass

from sqlalchemy import bindparam, exists, func, literal, select

from models.base import Id
from models.clients import Client, ContactPreference
from models.database import Reads, Statement, Transaction
from models.partners import CaseManager, Confirmation
from models.programs import Program
from models.referrals import Referral
from policies.actors import UUID
from workflows import clock
from workflows.later import later

_LETTER = Statement(
    select(
        CaseManager.email,
        func.concat(Client.first_name, literal(" "), func.left(Client.last_name, 1), literal(".")).label("client"),
        Program.name.label("program"),
    )
    .select_from(Referral)
    .join(CaseManager, CaseManager.user_id == Referral.made_by_id)
    .join(Client, Client.id == Referral.client_id)
    .join(Program, Program.id == Referral.program_id)
    .where(
        Referral.id == bindparam("referral_id", type_=UUID),
        CaseManager.company_id == Referral.organization_id,
        CaseManager.verified_at.is_not(None),
        CaseManager.email.is_not(None),
        CaseManager.deactivated_at.is_(None),
        Client.contact_preference != ContactPreference.NONE.value,
        Client.deleted_at.is_(None),
        ~exists().where(Confirmation.referral_id == Referral.id),
    )
)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the confirmation says, and to which address it goes."""

    address: str
    client: str
    program: str


async def queue(transaction: Transaction, referral_id: Id) -> None:
    """Queue the confirmation of a referral, if its maker is a case manager who gets any."""
    if await letter(transaction, referral_id) is not None:
        once = f"confirmation_mail:{referral_id}"
        await later(transaction, "confirmation_mail", {"referral_id": referral_id}, once=once)


async def letter(reads: Reads, referral_id: Id) -> Letter | None:
    """What to mail now; None where it is mailed, or the address is not, or no longer, confirmed."""
    row = await reads.row(_LETTER, referral_id=referral_id)
    return None if row is None else Letter(row["email"], row["client"], row["program"])


async def mark_mailed(transaction: Transaction, referral_id: Id) -> None:
    """Note that the e-mail went out, so that it does not go out again."""
    await transaction.insert(Confirmation, referral_id=referral_id, mailed_at=clock.now())
