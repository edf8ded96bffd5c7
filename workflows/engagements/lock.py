"""Fetching an engagement to change it.

Whatever changes a client's engagements or submissions takes turns at the client. The locks are taken in one order:
client, engagement, submission.
"""

from sqlalchemy import bindparam, select

from models.base import Id
from models.clients import Client
from models.database import Row, Statement, Transaction
from models.engagements import Engagement
from policies import engagements as policy
from policies.actors import ONE, UUID, Actor
from workflows import text
from workflows.refusals import not_found

_BY_ID = Engagement.id == bindparam("id", type_=UUID)
_CLIENT_OF = Statement(select(Engagement.client_id).where(_BY_ID, policy.visible(ONE)))
_CLIENT_OF_UNASKED = Statement(select(Engagement.client_id).where(_BY_ID))
_LOCK_CLIENT = Statement(
    select(Client.id).where(Client.id == bindparam("id", type_=UUID)).with_for_update(key_share=True)
)
_LOCK = Statement(select(Engagement).where(_BY_ID, policy.visible(ONE)).with_for_update(key_share=True))
_LOCK_UNASKED = Statement(select(Engagement).where(_BY_ID).with_for_update(key_share=True))


async def lock_client(transaction: Transaction, client_id: Id) -> None:
    """Take one's turn at the client."""
    await transaction.rows(_LOCK_CLIENT, id=client_id)


async def lock(transaction: Transaction, actor: Actor | None, id: str, *field: str) -> Row:
    """The engagement, locked until the transaction ends, if the actor sees it. `actor` None is the system."""
    known = text.known_id(id, "engagement", *field)
    rights = {} if actor is None else actor.parameters()
    client_id = await transaction.value(_CLIENT_OF_UNASKED if actor is None else _CLIENT_OF, id=known, **rights)
    if client_id is not None:
        await lock_client(transaction, client_id)
        engagement = await transaction.row(_LOCK_UNASKED if actor is None else _LOCK, id=known, **rights)
        if engagement is not None:
            return engagement
    raise not_found("engagement", *field)


def inside_topics(row: Row) -> list[str]:
    """The topics of those who may open the client's record; `row` is an engagement or a submission."""
    return [f"navigator-of:{row['client_id']}", f"clients-of:{row['organization_id']}"]


def topics(engagement: Row) -> list[str]:
    """The topics of whoever may see the engagement."""
    return [f"client:{engagement['client_id']}", *inside_topics(engagement)]
