"""The law of sight: one predicate a noun decides who sees what, wherever one asks (XX3)."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import ColumnElement, select
from strawberry.utils.str_converters import to_snake_case

from loaders.search import SearchKind, search
from models.base import Id
from models.clients import Client, ClientType
from models.database import Database, Row, Statement
from models.delegations import Delegation
from models.engagements import Engagement
from models.goals import Goal
from models.invitations import Invitation
from models.notes import Note
from models.notifications import Notification
from models.organizations import Group
from models.partners import BusinessUnit, CaseManager, Position
from models.people import User
from models.phases import Persona
from models.progressions import Progression
from models.referrals import Referral
from policies import (
    clients,
    delegations,
    engagements,
    goals,
    invitations,
    notes,
    notifications,
    organizations,
    partners,
    people,
    phases,
    progressions,
    records,
    referrals,
)
from policies.actors import ONE, Actor, Who
from subscriptions.sights import ShutOut
from tests.laws.crowd import CHANGES, CONSENT, RECORDS, RIGHTS, SETTINGS, Crowd
from tests.laws.process import Process
from tests.world import World

SEEDS = (1, 2)
DEEDS = 100
STALE = {"expectedVersion": 1_000_000}


@dataclass(frozen=True)
class Noun:
    """A noun whose rows not everyone sees."""

    table: Any
    visible: Callable[[Who], ColumnElement[bool]]
    lists: tuple[str, ...]
    """Where its rows are listed, as paths from the viewer."""
    root: str | None = None
    """The root field that answers one of them, beside `node`."""
    mutation: str | None = None
    """A change of one of them."""
    input_type: str = ""
    input: Callable[[Id], dict[str, Any]] = lambda id: {"id": id}
    """Input that is refused for another reason where the row is found, or that changes nobody's sight."""

    async def seen_by(self, database: Database, actor: Actor) -> set[Id]:
        """What the policy says."""
        statement = Statement(select(self.table.id).where(self.visible(ONE)))
        return {row["id"] for row in await database.rows(statement, **actor.parameters())}

    async def rows(self, database: Database) -> list[Id]:
        """All there are."""
        return [row["id"] for row in await database.rows(Statement(select(self.table.id).order_by(self.table.id)))]


REFERRALS = ("inboundReferrals", "outboundReferrals", "ownReferrals")
NOUNS = {
    "Referral": Noun(
        Referral,
        referrals.visible,
        (*REFERRALS, "clients.referrals", "programs.referrals", "clients.goals.referrals"),
        "referral",
        "referralSetStatus",
        "ReferralSetStatusInput",
        lambda id: {"id": id, "status": "PENDING", **STALE},
    ),
    "Client": Noun(
        Client,
        clients.visible,
        ("clients",),
        "client",
        "clientUpdate",
        "ClientUpdateInput",
        lambda id: {"id": id, **STALE},
    ),
    "Note": Noun(
        Note,
        notes.visible,
        tuple(f"{path}.notes" for path in REFERRALS),
        mutation="referralDeleteNote",
        input_type="ReferralDeleteNoteInput",
    ),
    "Goal": Noun(
        Goal,
        goals.visible,
        ("clients.goals",),
        mutation="goalUpdate",
        input_type="GoalUpdateInput",
        input=lambda id: {"id": id, **STALE},
    ),
    "Group": Noun(
        Group,
        organizations.group_visible,
        ("organizations.groups",),
        mutation="groupShare",
        input_type="TeamSharingInput",
        input=lambda id: {"id": id, "sharing": True},
    ),
    "Notification": Noun(
        Notification,
        notifications.visible,
        ("notifications", "notificationQueue"),
    ),
    "ClientType": Noun(
        ClientType,
        records.type_visible,
        ("organizations.clientTypes",),
        mutation="clientTypeRename",
        input_type="ClientTypeRenameInput",
        input=lambda id: {"id": id, "name": "Other", **STALE},
    ),
    "Invitation": Noun(
        Invitation,
        invitations.visible,
        ("organizations.invitations", "invitations"),
    ),
    "CaseManager": Noun(
        CaseManager,
        partners.visible,
        ("caseManagers", "organizations.caseManagers"),
        "caseManager",
        "caseManagerUpdate",
        "CaseManagerUpdateInput",
        lambda id: {"id": id, **STALE},
    ),
    "BusinessUnit": Noun(
        BusinessUnit,
        partners.unit_visible,
        ("organizations.businessUnits",),
        mutation="businessUnitRename",
        input_type="BusinessUnitRenameInput",
        input=lambda id: {"id": id, "name": "North", **STALE},
    ),
    "Position": Noun(
        Position,
        partners.position_visible,
        ("organizations.positions",),
        mutation="positionUpdate",
        input_type="PositionUpdateInput",
    ),
    "Engagement": Noun(
        Engagement,
        engagements.visible,
        ("engagements", "ownEngagements", "clients.engagements"),
        "engagement",
        "engagementEnd",
        "EngagementEndInput",
        lambda id: {"id": id, **STALE},
    ),
    "Progression": Noun(
        Progression,
        progressions.visible,
        ("progressions", "clients.progressions"),
        "progression",
        "progressionWithdraw",
        "ProgressionWithdrawInput",
        lambda id: {"id": id, **STALE},
    ),
    "Persona": Noun(Persona, phases.persona_visible, ("organizations.personas",)),
    "Delegation": Noun(Delegation, delegations.visible, ("organizations.delegations",)),
    "User": Noun(User, people.visible, ("organizations.members:user", ":user")),
}  # fmt: skip


def listing(path: str) -> str:
    """A query of the ids at the end of a path: `list.list:one` leads through lists, and to one row at last."""
    lists, _, one = path.partition(":")
    query = f"{one} {{ id }}" if one else "id"
    names = lists.split(".") if lists else []
    for name, first in reversed(list(zip(names, (40, 25, 15), strict=False))):
        query = f"{name}(first: {first}) {{ pageInfo {{ hasNextPage }} nodes {{ {query} }} }}"
    return f"{{ viewer {{ {query} }} }}"


def ids(answer: Any) -> set[Id]:
    """The ids in an answer."""
    match answer:
        case {"hasNextPage": more}:
            assert not more, "the pages of this test are too small for its data"
            return set()
        case {"id": str(id)}:
            return {id}
        case dict():
            return set().union(*(ids(value) for value in answer.values()))
        case list():
            return set().union(*(ids(value) for value in answer))
    return set()


@pytest.mark.rule("XX3", "FH11", "FH12", "FH13", "FH14", "FH15", "FH21")
@pytest.mark.parametrize("seed", SEEDS)
async def test_queries_show_what_the_policy_shows_and_nothing_else(world: World, process: Process, seed: int) -> None:
    crowd = await Crowd.gather(world, seed, DEEDS, *CHANGES, *CONSENT, *SETTINGS, *RIGHTS, *RECORDS, "type", "invite")
    rows = {typename: await noun.rows(world.database) for typename, noun in NOUNS.items()}
    for name, actor in (await crowd.actors()).items():
        assert actor.id is not None
        for typename, noun in NOUNS.items():
            seen = await noun.seen_by(world.database, actor)
            lists = [ids(await process.ask(actor.id, listing(path))) for path in noun.lists]
            assert set().union(*lists) == seen, f"{name}'s lists of {typename}"
            for field in filter(None, ("node", noun.root)):
                found = await each(process, actor.id, field, rows[typename])
                expected = [{"__typename": typename, "id": id} if id in seen else None for id in rows[typename]]
                assert found == expected, f"{name} asks for a {typename} by {field}"


@pytest.mark.rule("XX3", "EL12")
@pytest.mark.parametrize("seed", SEEDS)
async def test_search_looks_among_what_the_policy_shows(world: World, seed: int) -> None:
    crowd = await Crowd.gather(world, seed, DEEDS, *CHANGES, *CONSENT, *SETTINGS, *RIGHTS, *RECORDS)
    reach = Statement(clients.reach(ONE, 1000))
    names = Statement(select(Client.id, Client.first_name))
    named = {row["id"]: row["first_name"] for row in await world.database.rows(names)}
    for name, actor in (await crowd.actors()).items():
        seen = await NOUNS["Client"].seen_by(world.database, actor)
        assert seen <= {row["id"] for row in await world.database.rows(reach, **actor.parameters())}, name
        for first_name in sorted(set(named.values())):
            hits = await search(world.database, actor, first_name, [SearchKind.CLIENT], 100)
            found = {hit["id"] for hit in hits if named[hit["id"]] == first_name}
            assert found == {id for id in seen if named[id] == first_name}, f"{name} looks for {first_name}"
            assert seen.issuperset(hit["id"] for hit in hits)


async def each(process: Process, user_id: Id, field: str, ids: list[Id], at_once: int = 50) -> list[Any]:
    """What a root field answers for each of these ids."""
    found: list[Any] = []
    for start in range(0, len(ids), at_once):
        asked = (f'_{i}: {field}(id: "{id}") {{ __typename id }}' for i, id in enumerate(ids[start : start + at_once]))
        found += (await process.ask(user_id, f"{{ {' '.join(asked)} }}")).values()
    return found


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_mutation_finds_what_the_policy_shows_and_nothing_else(
    world: World, process: Process, seed: int
) -> None:
    crowd = await Crowd.gather(world, seed, DEEDS)
    for name, actor in (await crowd.actors()).items():
        assert actor.id is not None
        for typename, noun in NOUNS.items():
            if noun.mutation is None:
                continue
            seen = await noun.seen_by(world.database, actor)
            rows = await noun.rows(world.database)
            for id in crowd.random.sample(rows, min(6, len(rows))):
                mutation = (
                    f"mutation ($input: {noun.input_type}!) "
                    f"{{ {noun.mutation}(input: $input) {{ userErrors {{ code message }} }} }}"
                )
                payload = (await process.ask(actor.id, mutation, input=noun.input(id)))[noun.mutation]
                codes = {error["code"] for error in payload["userErrors"]}
                assert ("NOT_FOUND" not in codes) == (id in seen), f"{name} changes a {typename}: {payload}"


KINDS = ("referral", "client", "engagement", "progression", "case_manager")


class Past:
    """What happened, and to whom it concerns now."""

    def __init__(self, world: World, events: list[Row]) -> None:
        self._database = world.database
        self.events = [event for event in events if event["kind"] in KINDS]
        self._began: dict[Id, int] = {}
        self._moved = {event["record_id"]: event["id"] for event in events if event["action"] == "case_manager.moved"}
        for event in self.events:
            self._began.setdefault(event["record_id"], event["id"])

    async def concerning(self, actor: Actor) -> list[Row]:
        """The events about what the actor sees.

        Of a client seen through referrals only, those since the first one; of a case manager, since their last move.
        """
        parameters = actor.parameters()
        seen = {row["id"]: row["client_id"] for row in await self._database.rows(_SEEN_REFERRALS, **parameters)}
        at_home = {row["id"] for row in await self._database.rows(_AT_HOME, **parameters)}
        since = dict.fromkeys(seen, 0) | dict.fromkeys(at_home, 0)
        # Those of the old company are no colleagues any more, and those of the new one were none before.
        managers = await self._database.rows(_SEEN_MANAGERS, **parameters)
        since |= {row["id"]: self._moved.get(row["id"], 0) for row in managers}
        for typename in ("Engagement", "Progression"):
            since |= dict.fromkeys(await NOUNS[typename].seen_by(self._database, actor), 0)
        for referral_id, client_id in seen.items():
            began = self._began[referral_id]
            since[client_id] = min(since.get(client_id, began), began)
        return [
            event
            for event in self.events
            if event["id"] >= since.get(event["record_id"], event["id"] + 1)
            and (event["internal_to_id"] is None or event["internal_to_id"] in actor.organizations)
        ]


_SEEN_REFERRALS = Statement(select(Referral.id, Referral.client_id).where(referrals.visible(ONE)))
_SEEN_MANAGERS = Statement(select(CaseManager.id).where(partners.visible(ONE)))
_AT_HOME = Statement(select(Client.id).where(clients.at_home(ONE), clients.visible(ONE)))


@pytest.mark.rule("XX1", "XX3")
@pytest.mark.parametrize("seed", SEEDS)
async def test_whoever_sees_a_record_is_offered_its_events(world: World, process: Process, seed: int) -> None:
    crowd = await Crowd.gather(world, seed, DEEDS)
    await process.head()
    past = Past(world, await process.events())
    for name, actor in (await crowd.actors()).items():
        for event in await past.concerning(actor):
            assert actor.topics() & set(event["topics"]), f"{name} would miss {event}"


@pytest.mark.rule("XX1", "XX3", "FH11", "FH15", "FH21")
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_stream_tells_what_the_policy_shows_and_nothing_else(world: World, process: Process, seed: int) -> None:
    crowd = await Crowd.gather(world, seed, DEEDS // 2)
    head = await process.head()
    for _ in range(DEEDS // 2):
        await crowd.act(*CHANGES, *SETTINGS, *CONSENT)
    end = await process.head()
    past = Past(world, await process.events())
    actors = await crowd.actors()
    async with AsyncExitStack() as stack:
        listeners = {
            name: await stack.enter_async_context(process.follow(id, after=process.cursor(id, head)))
            for name, id in world.people.items()
            if name in actors
        }
        for name, listener in listeners.items():
            told = [m["eventId"] for m in await listener.told(end) if m["__typename"] != "AccessEnded"]
            assert told == [str(e["id"]) for e in await past.concerning(actors[name]) if e["position"] > head], name


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("seed", SEEDS)
async def test_deciding_for_many_is_deciding_for_each(world: World, process: Process, seed: int) -> None:
    crowd = await Crowd.gather(world, seed, DEEDS, *CHANGES, *CONSENT, *SETTINGS, *RIGHTS, *RECORDS, "ban", "unban")
    actors = await crowd.actors()
    for typename in ("Referral", "Client", "Engagement", "Progression", "Notification", "CaseManager"):
        noun = NOUNS[typename]
        kind = to_snake_case(typename)
        seen = {name: await noun.seen_by(world.database, actor) for name, actor in actors.items()}
        for id in await noun.rows(world.database):
            decided = await asyncio.gather(
                *(process.app.feed.sights.decide(kind, id, world.people[name]) for name in crowd.names)
            )
            for name, sight in zip(crowd.names, decided, strict=True):
                if name not in actors:
                    assert isinstance(sight, ShutOut)
                    continue
                assert not isinstance(sight, ShutOut)
                assert sight.visible == (id in seen[name]), f"{name} and a {kind}"
                assert sight.scope in (actors[name], actors[name].anyone())
