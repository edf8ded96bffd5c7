"""The schema: the roots put together, and the types told apart by what their rows say."""

import asyncio
import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import strawberry
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    print_schema,
)  # fmt: skip
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter

from resolvers import Mutation, Query
from schema.clients import Client
from schema.delegations import Delegation
from schema.engagements import Engagement
from schema.goals import Goal
from schema.invitations import Invitation
from schema.list_views import ListView
from schema.mentoring import (
    MentoringAssignment,
    MentoringMail,
    MentoringNote,
    MentoringRequest,
    MentoringSession,
)
from schema.mentors import Mentor
from schema.notes import Note
from schema.notifications import Notification
from schema.organizations import Group, Organization, Site
from schema.partners import BusinessUnit, CaseManager, Position
from schema.people import Membership, Role, User
from schema.phases import Persona, Phase
from schema.programs import Program
from schema.progressions import Progression
from schema.records import ClientType
from schema.referrals import Referral
from schema.scalars import SCALARS
from subscriptions.root import Subscription

TYPES = [
    BusinessUnit, CaseManager, Position,
    Mentor, MentoringAssignment, MentoringMail, MentoringNote, MentoringRequest, MentoringSession,
    Client, ClientType, Delegation, Engagement, Goal, Group, Invitation, ListView, Membership, Note, Notification,
    Organization, Persona, Phase, Program, Progression, Referral, Role, Site, User,
]  # fmt: skip
"""The types that only `node` leads to."""


def _typename(value: Any, info: Any, abstract: Any) -> str:
    return str(value["typename"])


def _is_one_of(kind: Any, info: Any) -> bool | None:
    """Whether an input takes exactly one of its fields; null for what is no input. Strawberry's own fails for lists."""
    if not isinstance(kind, GraphQLInputObjectType):
        return None
    return bool(kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].is_one_of)


def _once(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """A mutation acts once in an operation, even where its answer has to be executed a second time."""

    async def resolve_once(root: Any, info: Any, **arguments: Any) -> Any:
        done: dict[str, asyncio.Future[Any]] = info.context.done
        if info.path.key not in done:
            done[info.path.key] = asyncio.ensure_future(resolve(root, info, **arguments))
        return await done[info.path.key]

    return resolve_once


@lru_cache(1)
def build() -> GraphQLSchema:
    """The executable schema; rows are mappings, read by field name."""
    schema = strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=TYPES,
        config=StrawberryConfig(default_resolver=operator.getitem, scalar_map=SCALARS),
    )
    built = schema._schema
    assert built.mutation_type is not None
    for field in built.mutation_type.fields.values():
        assert field.resolve is not None
        field.resolve = _once(field.resolve)
        for argument in field.args.values():
            argument.description = get_named_type(argument.type).description
    introspection = built.type_map["__Type"]
    assert isinstance(introspection, GraphQLObjectType)
    introspection.fields["isOneOf"].resolve = _is_one_of
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
