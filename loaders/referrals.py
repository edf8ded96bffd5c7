"""How referrals are fetched together."""

from sqlalchemy import Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from loaders.edges import Many, One, Order, of_id
from models.database import Reads, Row, Statement
from models.referrals import Referral, ReferralStatus
from policies import referrals as policy
from policies.actors import ONE, Actor

_newest_first = Order((Referral.created_at, Referral.id), descending=True)
_filters = {
    "status": lambda: Referral.status == any_(bindparam("status", type_=ARRAY(Text()))),
    "program_id": of_id("program_id", Referral.program_id),
    "client_id": of_id("client_id", Referral.client_id),
}

by_id = One(Referral, Referral.id, policy.visible)
inbound = Many(Referral, None, policy.inbound, _newest_first, where=_filters, split=policy.inbound_by_program)
outbound = Many(Referral, None, policy.outbound, _newest_first, where=_filters)
own = Many(Referral, None, policy.own, _newest_first, where=_filters)
of_client = Many(Referral, Referral.client_id, policy.visible, _newest_first, where=_filters)
of_goal = Many(Referral, Referral.goal_id, policy.visible, _newest_first, where=_filters)
of_program = Many(Referral, Referral.program_id, policy.visible, _newest_first, where=_filters)

_NOT_UPDATED = Statement(
    select(Referral.program_id, func.count().label("not_updated"))
    .where(Referral.status == ReferralStatus.NOT_UPDATED.value, policy.inbound(ONE))
    .group_by(Referral.program_id)
    .order_by(Referral.program_id)
)


async def inbound_counts(reads: Reads, actor: Actor) -> list[Row]:
    """For each program that the actor works on and that has any, how many referrals are not yet updated (FH22)."""
    return await reads.rows(_NOT_UPDATED, **actor.parameters())
