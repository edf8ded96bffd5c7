"""How clients are fetched together."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Text, and_, any_, bindparam, exists, func
from sqlalchemy.dialects.postgresql import ARRAY

from loaders.edges import Many, One, Order, of_id
from models.clients import Client, ClientGroup
from policies import clients as policy
from policies import records
from policies.actors import ONE

Condition = Callable[[], ColumnElement[bool]]


def _in_box(condition: Condition) -> Condition:
    """A condition on what only those see who keep the record: for others it finds nothing."""
    return lambda: and_(records.kept(ONE), condition())


by_id = One(Client, Client.id, policy.visible)
visible = Many(
    Client,
    None,
    policy.visible,
    Order((Client.last_name, Client.first_name, Client.id)),
    where={
        "search": lambda: func.concat(Client.first_name, " ", Client.last_name).icontains(
            bindparam("search"), autoescape=False
        ),
        "status": _in_box(lambda: Client.status == any_(bindparam("status", type_=ARRAY(Text())))),
        "kind": _in_box(lambda: Client.kind == bindparam("kind")),
        "type_id": _in_box(of_id("type_id", Client.type_id)),
        "group_id": _in_box(
            lambda: exists().where(ClientGroup.client_id == Client.id, of_id("group_id", ClientGroup.group_id)())
        ),
    },
)
