"""Who sees a saved view of a list: whoever saved it."""

from sqlalchemy import ColumnElement

from models.list_views import ListView
from policies.actors import Who


def visible(who: Who) -> ColumnElement[bool]:
    """Views are a person's own (AM3)."""
    return ListView.user_id == who.id
