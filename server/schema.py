"""The schema: the roots put together, and the types told apart by what their rows say."""

import operator
from functools import lru_cache
from typing import Any

import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, GraphQLUnionType, print_schema
from strawberry.schema.config import StrawberryConfig

from resolvers import Mutation, Query
from schema.clients import Client
from schema.goals import Goal
from schema.notes import Note
from schema.organizations import Group, Organization, Site
from schema.people import Membership, Role, User
from schema.programs import Program
from schema.referrals import Referral
from schema.scalars import SCALARS
from subscriptions.root import Subscription


def _typename(value: Any, info: Any, abstract: Any) -> str:
    return str(value["typename"])


@lru_cache(1)
def build() -> GraphQLSchema:
    """The executable schema; rows are mappings, read by field name."""
    schema = strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=[Client, Goal, Group, Membership, Note, Organization, Program, Referral, Role, Site, User],
        config=StrawberryConfig(default_resolver=operator.getitem, scalar_map=SCALARS),
    )
    built = schema._schema
    for kind in built.type_map.values():
        # Rows carry no Python type: Strawberry's checks by class would refuse them.
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
        elif isinstance(kind, GraphQLInterfaceType | GraphQLUnionType):
            kind.resolve_type = _typename
    return built


def text() -> str:
    """The schema in the schema definition language, as schema/schema.graphql keeps it."""
    return print_schema(build()) + "\n"
