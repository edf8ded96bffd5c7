"""Opening a referral, where an organization wants that on record."""

from sqlalchemy import ColumnElement, bindparam, exists, or_, select

from models.base import Id, new_id
from models.database import Statement, Transaction
from models.organizations import Organization
from models.programs import Program
from models.referrals import Referral
from policies.actors import UUID, Actor
from workflows.record import record
from workflows.referrals.lock import lock, topics


def is_recorded() -> ColumnElement[bool]:
    """Whether the maker's or the program's organization wants on record who opens the referral (FH7)."""
    return (
        exists()
        .where(
            Program.id == Referral.program_id,
            Organization.records_views,
            or_(Organization.id == Program.organization_id, Organization.id == Referral.organization_id),
        )
        .correlate_except(Program, Organization)
    )


_IS_RECORDED = Statement(select(is_recorded()).where(Referral.id == bindparam("id", type_=UUID)))


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
