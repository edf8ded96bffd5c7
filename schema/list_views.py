"""Lists as somebody wants to see them."""

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

import models.list_views as rows
from schema.fields import column, kind
from schema.node import Node

_ARGUMENTS = "The list's arguments by their names, but for those of paging: pass them as they are."


@kind
class ListView(Node):
    """One's own view of a list of the API, saved under a name."""

    id: strawberry.ID = column(rows.ListView.id, "Its id.")
    version: int = column(rows.ListView.version, "Grows with each change.")
    list: str = column(rows.ListView.list, "The list: a type and its field, such as Viewer.approvals.")
    name: str = column(rows.ListView.name, "Its name.")
    arguments: JSON = column(rows.ListView.arguments, _ARGUMENTS)
    pinned: bool = column(rows.ListView.pinned, "Whether it is the list's default: one of each list at most is.")
    updated_at: datetime = column(rows.ListView.updated_at, "When it was last changed.")
