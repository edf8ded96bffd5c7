"""Opening a referral, where an organization wants that on record."""

from sqlalchemy import bindparam, exists, or_, select

from models.base import Id, new_id
from models.database import Statement, Transaction
from models.organizations import Organization
from models.programs import Program
from models.referrals import Referral
from policies.actors import UUID, Actor
from workflows.record import record
from workflows.referrals.lock import lock, topics

_IS_RECORDED = Statement(
    select(
        exists().where(
            Referral.id == bindparam("id", type_=UUID),
            Program.id == Referral.program_id,
            Organization.records_views,
            or_(Organization.id == Program.organization_id, Organization.id == Referral.organization_id),
        )
    )
)


async def view(transaction: Transaction, actor: Actor, id: Id) -> None:
    """Record that the actor opened the referral, if the maker's or the program's organization has that on (FH7)."""
    if not await transaction.value(_IS_RECORDED, id=id):
        return
    referral = await lock(transaction, actor, id)
    # A view changes nothing, so it is a subject of its own and the referral keeps its version.
    await record(
        transaction,
        actor,
        "referral.viewed",
        subject_id=new_id(),
        version=1,
        kind="referral",
        record_id=referral["id"],
        topics=topics(referral),
    )
