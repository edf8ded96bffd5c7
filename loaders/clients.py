"""How clients are fetched together."""

from sqlalchemy import bindparam, func

from loaders.batch import Many, One, Order
from models.clients import Client
from policies import clients as policy

by_id = One(Client, Client.id, policy.visible)
visible = Many(
    Client,
    None,
    policy.visible,
    Order((Client.last_name, Client.first_name, Client.id)),
    where={
        "search": lambda: func.concat(Client.first_name, " ", Client.last_name).icontains(
            bindparam("search"), autoescape=False
        )
    },
)
