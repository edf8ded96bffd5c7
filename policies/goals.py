"""Who sees a client's goals."""

from sqlalchemy import ColumnElement, and_, exists

from models.clients import Client
from models.goals import Goal
from policies import clients
from policies.actors import Who


def visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees more of the client than the name."""
    return exists().where(Client.id == Goal.client_id, and_(Client.deleted_at.is_(None), clients.details_visible(who)))
