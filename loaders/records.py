"""How the boxes of client records, and what is in them, are fetched together."""

from sqlalchemy import any_, bindparam

from loaders.edges import Many, One, Order
from models.clients import Client, ClientGroup, ClientType, ClientWarning
from models.organizations import Group
from policies import records as policy
from policies.actors import UUIDS

by_client = One(Client, Client.id, policy.visible)
type_by_id = One(ClientType, ClientType.id, policy.type_visible)
types_of_organization = Many(
    ClientType, ClientType.organization_id, policy.type_visible, Order((ClientType.name, ClientType.id))
)
warnings_of_client = Many(
    ClientWarning,
    ClientWarning.client_id,
    policy.warning_visible,
    Order((ClientWarning.created_at, ClientWarning.id)),
)
groups_of_client = Many(
    Group,
    ClientGroup.client_id,
    policy.group_visible,
    Order((Group.name, Group.id)),
    joins=((ClientGroup, ClientGroup.group_id == Group.id),),
)
clients_of_group = Many(
    Client,
    ClientGroup.group_id,
    policy.visible,
    Order((Client.last_name, Client.first_name, Client.id)),
    joins=((ClientGroup, ClientGroup.client_id == Client.id),),
)
deleted = Many(
    Client,
    None,
    policy.deleted_visible,
    Order((Client.deleted_at, Client.id), descending=True),
    where={"organization_ids": lambda: Client.organization_id == any_(bindparam("organization_ids", type_=UUIDS))},
)
