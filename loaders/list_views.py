"""How saved views of lists are fetched together."""

from sqlalchemy import bindparam

from loaders.edges import Many, One, Order
from models.list_views import ListView
from policies import list_views as policy

by_id = One(ListView, ListView.id, policy.visible)
own = Many(
    ListView,
    None,
    policy.visible,
    Order((ListView.list, ListView.name, ListView.id)),
    where={"list": lambda: ListView.list == bindparam("list")},
)
