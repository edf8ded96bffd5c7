"""How e-mails that could not be delivered are fetched together."""

from sqlalchemy import ColumnElement, and_, any_, bindparam

from loaders.edges import Many, One, Order
from models.letters import Letter
from policies.actors import UUIDS, Who
from policies.organizations import member_of


def _dead(who: Who) -> ColumnElement[bool]:
    return and_(Letter.failed_at.is_not(None), member_of(who, Letter.organization_id))


def _known(who: Who) -> ColumnElement[bool]:
    return member_of(who, Letter.organization_id)


by_id = One(Letter, Letter.id, _known)
dead = Many(
    Letter,
    None,
    _dead,
    Order((Letter.failed_at, Letter.id), descending=True),
    where={"organization_ids": lambda: Letter.organization_id == any_(bindparam("organization_ids", type_=UUIDS))},
)
