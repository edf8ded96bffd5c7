"""Who sees a client's image."""

from sqlalchemy import ColumnElement, and_, exists

from models.clients import Client
from models.images import ClientImage
from policies import clients
from policies.actors import Who


def visible(who: Who) -> ColumnElement[bool]:
    """Whoever sees more of the client than the name (EL13)."""
    sees = and_(Client.deleted_at.is_(None), clients.details_visible(who))
    return exists().where(Client.id == ClientImage.client_id, sees)
