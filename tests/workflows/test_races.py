"""Two at once: one wins, the other is told, and nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from models.base import Id
from tests.graph import Graph
from tests.world import World

Payload = dict[str, Any]


@pytest.mark.rule("XX7")
@pytest.mark.parametrize(
    ("mutation", "given", "name"),
    [
        ("referralSetStatus", {"status": "PENDING"}, "referral"),
        ("referralSetGoal", {"goalId": None}, "referral"),
        ("clientUpdate", {"phone": "1"}, "client"),
        ("goalUpdate", {"title": "Eat well"}, "goal"),
        ("organizationRecordViews", {"recording": True}, "organization"),
    ],
)
async def test_a_change_based_on_an_old_version_is_a_conflict_that_shows_the_present(
    graph: Graph, world: World, mutation: str, given: dict[str, Any], name: str
) -> None:
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    ids = {"referral": await world.refer(), "client": world.nora, "goal": goal, "organization": world.agency}
    who = "ada" if name == "organization" else "helen"
    id = ids[name]
    done = await graph.do(who, mutation, **given, id=id, expectedVersion=1)
    assert done[name]["version"] == 2
    for stale in (1, 3, 0, -1):
        lost = await graph.payload(who, mutation, **given, id=id, expectedVersion=stale)
        [error] = lost["userErrors"]
        assert (error["code"], error["field"]) == ("CONFLICT", ["input", "expectedVersion"])
        assert lost[name] == done[name]


@pytest.mark.rule("XX7")
async def test_of_two_changes_at_once_exactly_one_wins(graph: Graph, world: World) -> None:
    id = await world.refer()
    people = ("helen", "paul", "petra", "sam")
    answers = await asyncio.gather(
        *(graph.payload(who, "referralSetStatus", id=id, status="PENDING", expectedVersion=1) for who in people)
    )
    won = [answer for answer in answers if not answer["userErrors"]]
    lost = [answer for answer in answers if answer["userErrors"]]
    assert (len(won), len(lost)) == (1, 3)
    assert {answer["referral"]["version"] for answer in answers} == {2}
    assert {answer["userErrors"][0]["code"] for answer in lost} == {"CONFLICT"}


@pytest.mark.rule("XX7")
async def test_without_a_version_the_last_word_stands_and_none_is_lost(graph: Graph, world: World) -> None:
    id = await world.refer()
    people = ("helen", "paul", "petra", "sam")
    await asyncio.gather(*(graph.do(who, "referralSetStatus", id=id, status="PENDING") for who in people))
    await asyncio.gather(*(graph.do(who, "referralAddNote", referralId=id, body="Hello") for who in people))
    seen = await graph.ask("paul", "query($id: ID!) { referral(id: $id) { version history { totalCount } } }", id=id)
    assert seen["referral"] == {"version": 9, "history": {"totalCount": 9}}


async def test_a_note_is_deleted_by_one_of_two(graph: Graph, world: World) -> None:
    await graph.do("pam", "placementStart", membershipId=world.memberships["pam"], programId=world.pantry)
    id = await world.refer()
    note = (await graph.do("paul", "referralAddNote", referralId=id, body="Hello"))["note"]["id"]
    answers = await asyncio.gather(*(graph.payload(who, "referralDeleteNote", id=note) for who in ("paul", "pam")))
    assert sorted(len(answer["userErrors"]) for answer in answers) == [0, 1]


@asynccontextmanager
async def held(world: World, table: str, id: Id) -> AsyncIterator[None]:
    """A row that somebody else has locked for the length of the block."""
    async with world.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(f"select from {table} where id = $1 for update", id)
        yield
        await transaction.rollback()


async def waiting(world: World, act: Coroutine[Any, Any, Payload], already: int) -> asyncio.Task[Payload]:
    """Start it, and go on when it waits for a lock."""
    task = asyncio.create_task(act)
    query = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while await world.database.pool.fetchval(query) <= already and not task.done():
        await asyncio.sleep(0.01)
    return task


async def test_filing_under_a_goal_while_it_is_changed_does_not_end_in_a_deadlock(graph: Graph, world: World) -> None:
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    given = {"clientId": world.sam, "programId": world.pantry, "consent": True, "goalId": goal}
    async with held(world, "clients", world.sam):
        submitting = await waiting(world, graph.do("helen", "referralSubmit", **given), 0)
        changing = await waiting(world, graph.do("hugo", "goalUpdate", id=goal, title="Eat well"), 1)
    assert (await submitting)["referral"]["version"] == 1
    assert (await changing)["goal"]["version"] == 2


async def test_ending_a_placement_while_its_membership_ends_does_not_end_in_a_deadlock(
    graph: Graph, world: World
) -> None:
    async with held(world, "users", world.people["hugo"]):
        ending = await waiting(world, graph.do("ada", "membershipEnd", id=world.memberships["hugo"]), 0)
        leaving = await waiting(world, graph.payload("ada", "placementEnd", id=world.placements["hugo.group"]), 1)
    await ending
    assert [error["code"] for error in (await leaving)["userErrors"]] == ["NOT_FOUND"]


@pytest.mark.rule("XX3")
async def test_a_referral_that_goes_out_of_sight_while_it_is_opened_is_not_found(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("pam", "organizationRecordViews", id=world.food_bank, recording=True)
    opening = graph.ask("paul", "query($id: ID!) { referral(id: $id) { id } }", id=id)
    async with world.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("update referrals set consent_ended_at = now() where id = $1", id)
        opened = await waiting(world, opening, 0)
    assert await opened == {"referral": None}
