"""How delegations are fetched together."""

from sqlalchemy import and_

from loaders.edges import Many, One, Order
from models.delegations import Delegation
from policies import delegations as policy

by_id = One(Delegation, Delegation.id, policy.visible)
concerning = Many(
    Delegation,
    None,
    lambda who: and_(policy.visible(who), policy.concerning(who)),
    Order((Delegation.starts_at, Delegation.id), descending=True),
)
of_organization = Many(
    Delegation,
    Delegation.organization_id,
    policy.visible,
    Order((Delegation.starts_at, Delegation.id), descending=True),
)
