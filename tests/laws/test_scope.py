"""The law of scope: what is rendered once for many is what each of them would be shown alone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import orjson
import pytest

from models.base import Id
from models.database import Database, Row, Statement
from policies.actors import Actor
from policies.actors import actor as read_actor
from schema.context import Context
from server import rendering
from server.execution import as_json, run
from server.rendering import Operation
from subscriptions.messages import CURSOR, Delivery, changed
from subscriptions.sights import ShutOut, Sight, Sights
from tests.laws.crowd import Crowd
from tests.laws.process import Process
from tests.world import World
from workflows import clients

DOCUMENTS = {
    "the referral": """
        ... on ReferralChanged { referral { id version status live comments access { setGoal { allowed } } } }
        """,
    "names": """
        ... on ReferralChanged { actor { name lastName organization memberOf { name } } referral {
          referredBy { name lastName } history(first: 30) { nodes { action actor { name } } } } }
        ... on ClientChanged { actor { name lastName } }
        """,
    "notes": """
        ... on ReferralChanged { referral { notes(first: 30) { totalCount nodes {
          id body shared author { name } deletedBy { name } access { delete { allowed rule } } } } } }
        """,
    "the client": """
        ... on ReferralChanged { referral { client { ...C } goal { title referrals { nodes { id } } } } }
        ... on ClientChanged { client { ...C } }
        """,
    "the client's other referrals": """
        ... on ReferralChanged { referral { replacedBy { id } client { ...O } } }
        ... on ClientChanged { client { ...O } }
        """,
    "the program's other referrals": """
        ... on ReferralChanged { referral { program { referrals(first: 50) { nodes { id } } } } }
        """,
    "the case manager": """
        ... on CaseManagerChanged { actor { name } caseManager { id version mobile bso { name } withheld { field }
          businessUnit { caseManagers { nodes { id mobile access { edit { allowed } } } } }
          access { edit { allowed } support { allowed } } } }
        """,
    "the client's progress": """
        ... on ReferralChanged { referral { client { ...G } } } ... on ClientChanged { client { ...G } }
        ... on EngagementChanged { engagement { alertedAt client { ...G } } }
        ... on ProgressionChanged { progression { awaitsViewer client { ...G } } }
        """,
    "the organization": """
        ... on ReferralChanged { referral { program { organization {
          groups { nodes { name } } members { nodes { user { name } } } access { manage { allowed } } } } } }
        """,
}
FRAGMENTS = """
fragment C on Client { id email phone withheld { field } goals { nodes { id title } }
  access { edit { allowed } refer { allowed } } }
fragment G on Client { engagements { nodes { id caseManager { name } outcomes { totalCount }
  access { submit { allowed } manage { allowed } } } }
  progressions { nodes { id awaitsViewer access { approve { allowed rule } withdraw { allowed } } } } }
fragment O on Client { referrals(first: 30) { nodes { id referredBy { name }
  notes { nodes { id author { name } access { delete { allowed } } } } history { nodes { actor { name } } } } } }
"""


def document(name: str) -> str:
    selection = DOCUMENTS[name]
    used = [f"fragment {part}" for part in FRAGMENTS.split("fragment ")[1:] if f"...{part[0]}" in selection]
    cursors = "... on ReferralChanged { cursor } ... on FeedCheckpoint { cursor }"
    feed = f"feed(after: $after) {{ __typename {cursors} {selection} }}"
    return f"subscription ($after: FeedCursor) {{ {feed} }} {' '.join(used)}"


class Telling:
    """Tells events to everyone, as streams that are offered them at once do."""

    def __init__(self, process: Process, people: dict[str, Id]) -> None:
        self._process = process
        self._people = people

    async def sights(self, event: Row) -> AsyncIterator[tuple[Id, Sight]]:
        """Everyone who sees the event's record, decided at the same moment."""
        ids = sorted(self._people.values())
        decide = self._process.app.feed.sights.decide
        sights = await asyncio.gather(*(decide(event["kind"], event["record_id"], id) for id in ids))
        for id, sight in zip(ids, sights, strict=True):
            if isinstance(sight, Sight) and sight.visible:
                yield id, sight

    async def alone(self, operation: Operation, delivery: Delivery, user_id: Id) -> Any:
        """What they are shown on nobody's behalf but their own."""
        actor = await read_actor(self._process.app.database, user_id)
        context = Context(self._process.app.services, actor)
        result = await run(
            self._process.app.schema, operation.document, context, None, operation.name, root=delivery.message
        )
        return orjson.loads(as_json(result).decode().replace(CURSOR, delivery.cursor))


@pytest.mark.rule("XX3", "FH8", "FH11", "FH15", "FH20")
@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_rendered_for_many_is_what_each_would_be_shown_alone(
    world: World, process: Process, seed: int
) -> None:
    crowd = await Crowd.gather(world, seed, 100)
    await process.head()
    telling = Telling(process, world.people)
    happened = [event for event in await process.events() if event["kind"] in ("referral", "client", "case_manager")]
    compared = shared = 0
    progress = [event for event in await process.events() if event["kind"] in ("engagement", "progression")]
    for event in [*crowd.random.sample(happened, 8), *crowd.random.sample(progress, 3)]:
        sights = [found async for found in telling.sights(event)]
        for name in DOCUMENTS:
            for user_id, sight in sights:
                operation = process.operation(user_id, document(name))
                delivery = changed(event, sight, f"the cursor of {user_id}")
                together = await operation.render(delivery)
                assert together is not None
                assert orjson.loads(together) == await telling.alone(operation, delivery, user_id), name
                compared += 1
                shared += sight.scope.id is None or event in progress
    assert compared > 100, "too few of the events concern anybody"
    assert shared > compared / 4, "too little is shared for the comparison to mean anything"


@pytest.fixture
def executions(monkeypatch: pytest.MonkeyPatch) -> list[Actor]:
    """On whose behalf changes are rendered."""
    actors = []

    async def counted(schema: Any, document: Any, context: Context, variables: Any, name: Any, root: Any) -> Any:
        if root["typename"] == "ReferralChanged":
            actors.append(context.actor)
        return await run(schema, document, context, variables, name, root)

    monkeypatch.setattr(rendering, "run", counted)
    return actors


async def test_two_claimers_of_a_program_share_an_execution_and_the_seeker_has_one_of_their_own(
    world: World, process: Process, executions: list[Actor]
) -> None:
    # Else they would be told to start again for what the world has given them.
    await process.head()
    paul, petra, sam = (
        process.follow(world.people[name], document("the referral")) for name in ("paul", "petra", "sam")
    )
    async with paul as one, petra as two, sam as three:
        for count in range(1, 4):
            # All of them wait for news, so that they are offered it in the same turn of the loop.
            head = await process.head()
            for listener in (one, two, three):
                await listener.told(head)
            executions.clear()
            await world.refer("helen")
            told = [(await listener.until(count))[-1] for listener in (one, two, three)]
            assert len({message["referral"]["id"] for message in told}) == 1
            assert len({message["cursor"] for message in told}) == 3
            assert len(executions) == 2
            claimer, seeker = sorted(executions, key=lambda actor: bool(actor.clients))
            assert claimer.id is None
            assert claimer.programs == {world.pantry}
            assert seeker.id == world.people["sam"]


async def test_a_claimer_who_wrote_a_note_is_shown_what_only_they_may_delete(world: World, process: Process) -> None:
    referral = await world.refer("helen")
    start = await process.head()
    await process.execute(
        world.people["paul"],
        "mutation ($input: ReferralAddNoteInput!) { referralAddNote(input: $input) { note { id } } }",
        input={"referralId": referral, "body": "Mine."},
    )
    query = document("notes")
    await process.head()
    after = {name: process.cursor(world.people[name], start) for name in ("paul", "petra")}
    async with process.follow(world.people["paul"], query, after=after["paul"]) as paul:
        [mine] = await paul.until(1)
    async with process.follow(world.people["petra"], query, after=after["petra"]) as petra:
        [theirs] = await petra.until(1)
    for told, allowed in ((mine, True), (theirs, False)):
        [note] = told["referral"]["notes"]["nodes"]
        assert note["access"]["delete"]["allowed"] is allowed


async def test_two_events_told_in_one_moment_are_not_taken_for_each_other(world: World, process: Process) -> None:
    """One stream is behind another, and both ask about the same referral in the same turn of the loop."""
    referral = await world.refer("helen")
    await process.head()
    [submitted] = [event for event in await process.events() if event["record_id"] == referral]
    paul, petra = world.people["paul"], world.people["petra"]
    sights = process.app.feed.sights
    one, two = await asyncio.gather(*(sights.decide("referral", referral, id) for id in (paul, petra)))
    assert isinstance(one, Sight)
    assert isinstance(two, Sight)
    assert one.moment is two.moment
    later = {**dict(submitted), "id": submitted["id"] + 1, "action": "referral.status_set"}
    query = "subscription { feed { ... on ReferralChanged { eventId action } } }"
    for event, sight, user_id in ((submitted, one, paul), (later, two, petra)):
        rendered = await process.operation(user_id, query).render(changed(event, sight, "a cursor"))
        assert rendered is not None
        assert orjson.loads(rendered)["data"]["feed"] == {"eventId": str(event["id"]), "action": event["action"]}


async def test_what_was_out_of_sight_only_while_it_was_rendered_is_told(world: World, process: Process) -> None:
    referral = await world.refer("helen")
    await process.head()
    [submitted] = [event for event in await process.events() if event["record_id"] == referral]
    paul = world.people["paul"]
    sight = await process.app.feed.sights.decide("referral", referral, paul)
    assert isinstance(sight, Sight)

    class ConsentComesBack(Sights):
        async def decide(self, kind: str, record_id: Id, user_id: Id) -> Sight | ShutOut:
            async with world.database.transaction() as tx:
                await clients.give_consent(tx, await world.actor("helen", tx), world.sam)
            return await super().decide(kind, record_id, user_id)

    process.app.feed.sights = ConsentComesBack(process.app.database)
    async with world.database.transaction() as tx:
        await clients.withdraw_consent(tx, await world.actor("helen", tx), world.sam)
    operation = process.operation(paul, "subscription { feed { ... on ReferralChanged { referral { id } } } }")
    rendered = await operation.render(changed(submitted, sight, "a cursor"))
    assert rendered is not None
    assert orjson.loads(rendered) == {"data": {"feed": {"referral": {"id": referral}}}}


@pytest.mark.rule("XX1")
@pytest.mark.parametrize("error", [ConnectionResetError, asyncpg.AdminShutdownError, asyncpg.InternalClientError])
async def test_a_message_that_cannot_be_read_for_lack_of_a_database_is_not_told(
    world: World, process: Process, error: type[Exception]
) -> None:
    """Told with an error in it, it would be passed over; as it is, the socket closes and the client comes back."""
    referral = await world.refer("helen")
    await process.head()
    [submitted] = [event for event in await process.events() if event["record_id"] == referral]
    paul = world.people["paul"]
    sight = await process.app.feed.sights.decide("referral", referral, paul)
    assert isinstance(sight, Sight)

    class Away(Database):
        async def rows(self, statement: Statement, /, **parameters: Any) -> list[Row]:
            raise error("away")

    process.app.services = replace(process.app.services, database=Away(""))
    operation = process.operation(paul, "subscription { feed { ... on ReferralChanged { eventId actor { name } } } }")
    with pytest.raises(error):
        await operation.render(changed(submitted, sight, "a cursor"))
