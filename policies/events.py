"""Who sees a line of a record's history, once they see the record."""

from sqlalchemy import ColumnElement, any_, or_

from models.events import Event
from policies.actors import Who

OF_DETAILS = frozenset({"goal.added", "goal.updated"})
"""What is told of a client only to those who see more of them than the name (FH20)."""


def visible(who: Who) -> ColumnElement[bool]:
    """Everyone, but what is internal to an organization only its members (FH11)."""
    return or_(Event.internal_to_id.is_(None), Event.internal_to_id == any_(who.organizations))
