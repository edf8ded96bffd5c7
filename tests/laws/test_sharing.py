"""The law of scope, for every field: whatever may be rendered once for many reads the same to each of them."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from graphql import GraphQLSchema, get_named_type, is_leaf_type, parse

from models.base import Id
from schema.context import Credentials
from server.documents import Document
from server.rendering import Operation, prepare
from server.sharing import asks_who
from subscriptions.kinds import KINDS, Kind
from subscriptions.messages import changed
from tests.intake import Intake
from tests.laws.crowd import CHANGES, Crowd
from tests.laws.process import Process
from tests.laws.test_scope import Telling
from tests.world import World
from workflows import invitations
from workflows.referrals.submit import submit

PAGE = 10
RENDERED = ("referral", "client", "case_manager", "mentoring_request", "mentor")
"""The kinds that are ever rendered for many."""
PEOPLE = ("Actor", "User")


@dataclass
class Selection:
    """What is selected of a type, in one place of a document."""

    kind: Any
    near: bool
    fields: list[str] = field(default_factory=list)
    inner: dict[str, "Selection"] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(
            [*self.fields, *(f"{name} {{ {inner} }}" for name, inner in self.inner.items())] or ["__typename"]
        )


def everything(schema: GraphQLSchema, kind: Kind) -> Selection:
    """Of each type that a message leads to, as its own and as something further away, all that is not personal."""
    top = Selection(schema.get_type(kind.message), near=True)
    seen, to_do = {(kind.message, True)}, deque([top])
    while to_do:
        here = to_do.popleft()
        for name, found in here.kind.fields.items():
            alike = here.near or here.kind.name in PEOPLE or not asks_who(schema, here.kind.name, name)
            target: Any = get_named_type(found.type)
            if not alike or any(a.type is None for a in found.args.values()):
                continue
            if is_leaf_type(target):
                here.fields.append(name)
                continue
            nodes = target.fields.get("nodes")
            noun: Any = get_named_type(nodes.type) if nodes else target
            near = here.near and noun.name in kind.own
            if "id" in noun.fields and (noun.name, near) in seen:
                continue
            seen.add((noun.name, near))
            inner = Selection(noun, near)
            to_do.append(inner)
            page = Selection(target, near, ["totalCount"] if here.near else [], {"nodes": inner})
            here.inner[f"{name}(first: {PAGE})" if nodes else name] = page if nodes else inner
    return top


def subscription(process: Process, user_id: Id, selection: Selection) -> Operation:
    """A person's subscription to it, larger than a socket would take."""
    text = f"subscription {{ feed {{ ... on {selection.kind.name} {{ {selection} }} }} }}"
    document = Document(text, parse(text), [])
    [operation] = document.ast.definitions  # type: ignore[union-attr]
    document.operations[None] = operation  # type: ignore[assignment]
    return prepare(process.app, Credentials(user_id, None, 0), document, operation, {})  # type: ignore[arg-type]


async def county(world: World, seed: int) -> Intake:
    """Everybody, with something of their own wherever a message may lead."""
    crowd = await Crowd.gather(world, seed, 60, *CHANGES)
    intake = await Intake.build(world)
    await intake.assign(await intake.ask("clea"))
    await intake.assign(await intake.ask(), "max")
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        for name in ("paul", "wade", "milo"):
            role = "select id from roles where organization_id = $1 limit 1"
            roles = [row["id"] for row in await tx.connection.fetch(role, world.agency)]
            address = f"{name}@example.test"
            await invitations.invite_member(tx, ada, organization_id=world.agency, address=address, role_ids=roles)
        for name in ("wren", "wade"):
            actor = await world.actor(name, tx)
            await submit(tx, actor, client_id=crowd.company.bert, program_id=world.pantry, consent=True)
    return intake


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in one.keys() | other.keys():
            yield from differences(one.get(name), other.get(name), f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from differences(a, b, f"{path}[]")
    elif one != other:
        yield f"{path}: {one!r} for many, {other!r} alone"


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("name", RENDERED)
async def test_every_field_that_is_rendered_for_many_reads_the_same_to_each(
    world: World, process: Process, name: str
) -> None:
    await county(world, 3)
    await process.head()
    kind, telling = KINDS[name], Telling(process, world.people)
    selection = everything(process.app.schema, kind)
    records = {event["record_id"]: event for event in await process.events() if event["kind"] == name}
    compared = 0
    for event in reversed(records.values()):
        async for user_id, sight in telling.sights(event):
            if sight.scope.id is not None:
                continue
            operation = subscription(process, user_id, selection)
            assert kind.message in operation.shared
            delivery = changed(event, sight, "a cursor")
            together = await operation.render(delivery)
            assert together is not None
            alone = await telling.alone(operation, delivery, user_id)
            assert "errors" not in alone, alone
            found = list(differences(orjson.loads(together), alone))
            assert not found, found
            compared += 1
    assert compared > 3, "too few are shown what is rendered for many"


async def test_each_type_of_message_is_judged_by_itself(world: World, process: Process) -> None:
    feed = """
      ... on ReferralChanged { referral { id client { referrals { nodes { access { setGoal { allowed } } } } } } }
      ... on EngagementChanged { engagement { access { submit { allowed } } } }
      ... on ClientChanged { ...C }
      ... on MentorChanged { mentor { access { setAvailability { allowed } } chapter { id } } }
    """
    away = "fragment C on ClientChanged { client { organization { caseManagers { nodes { mobile } } } } }"
    operation = process.operation(world.people["paul"], f"subscription {{ feed {{ __typename {feed} }} }} {away}")
    assert {"ReferralChanged", "MentorChanged"} < operation.shared
    assert not {"EngagementChanged", "ClientChanged"} & operation.shared


async def test_variables_count_wherever_the_feed_is_named(world: World, process: Process) -> None:
    query = """
      subscription ($first: Int) {
        feed { __typename }
        ... on Subscription { feed { ... on ReferralChanged { referral { notes(first: $first) { totalCount } } } } }
      }
    """
    one, other = (process.operation(world.people["paul"], query, first=first) for first in (1, 2))
    assert one.key != other.key
