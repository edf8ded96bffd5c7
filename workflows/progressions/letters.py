"""The e-mails of a denial: to whom, saying what, and each of them once (AM8, AM11)."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from models.base import Id
from models.clients import Client
from models.database import Statement, Transaction
from models.people import User
from models.phases import Persona, Phase
from models.progressions import Approval, ApprovalDecision, DenialMail, Progression
from policies.actors import UUID
from workflows import clock

_LOCK = Statement(
    select(DenialMail.id)
    .where(DenialMail.id == bindparam("id", type_=UUID), DenialMail.mailed_at.is_(None))
    .with_for_update()
)
_LETTER = Statement(
    select(
        User.email.label("address"),
        func.concat(Client.first_name, " ", Client.last_name).label("client_name"),
        func.coalesce(Phase.name, Persona.name).label("recommended"),
        Approval.comments,
    )
    .select_from(DenialMail)
    .join(User, User.id == DenialMail.user_id)
    .join(Progression, Progression.id == DenialMail.progression_id)
    .join(Client, Client.id == Progression.client_id)
    .join(
        Approval,
        (Approval.progression_id == Progression.id) & (Approval.decision == ApprovalDecision.DENIED.value),
    )
    .outerjoin(Phase, Phase.id == Progression.phase_id)
    .outerjoin(Persona, Persona.id == Progression.persona_id)
    .where(DenialMail.id == bindparam("id", type_=UUID), User.banned_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class DenialLetter:
    """What the e-mail says, and to which address it goes."""

    address: str
    client_name: str
    recommended: str
    comments: str


async def claim(transaction: Transaction, mail_id: Id) -> DenialLetter | None:
    """What to mail now; None where it is mailed already. Whoever else asks waits until the transaction ends."""
    if await transaction.value(_LOCK, id=mail_id) is None:
        return None
    row = await transaction.row(_LETTER, id=mail_id)
    return None if row is None else DenialLetter(*row)


async def mark_mailed(transaction: Transaction, mail_id: Id) -> None:
    """Note that the e-mail went out, so that it does not go out again."""
    await transaction.update(DenialMail, mail_id, mailed_at=clock.now())
