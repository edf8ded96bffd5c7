"""What is left to see of a record when rights have gone, noun by noun."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from models.database import Database
from policies.actors import Actor
from subscriptions.losses import narrowed
from tests.company import Company
from tests.world import World
from workflows import notes


@pytest.fixture
async def things(database: Database, world: World) -> Mapping[str, str]:
    """An internal note of the Food Bank on a referral; a company with case managers, one of them without a login."""
    async with database.transaction() as tx:
        actor = await world.actor("paul", tx)
    referral = await world.refer()
    async with database.transaction() as tx:
        await notes.add(tx, actor, referral_id=referral, body="Between us.", shared=False)
    company = await Company.build(world)
    await database.pool.execute("update case_managers set user_id = null where id = $1", company.managers["wade"])
    return {"company": company.bright, "house": world.agency, "home": world.food_bank, "program": world.pantry}


@pytest.mark.rule("XX2")
async def test_an_internal_note_of_what_was_left(database: Database, things: Mapping[str, str]) -> None:
    former = Actor(None, organizations=frozenset({things["home"]}), programs=frozenset({things["program"]}))
    assert await narrowed(database, former, replace(former, organizations=frozenset()))
    assert not await narrowed(database, former, replace(former, programs=frozenset()))
    assert not await narrowed(database, former, former)


@pytest.mark.rule("XX2")
async def test_the_details_of_case_managers_with_a_login_or_without(
    database: Database, things: Mapping[str, str]
) -> None:
    colleague = Actor(None, organizations=frozenset({things["company"]}))
    former = replace(colleague, partner_organizations=frozenset({things["house"]}))
    assert await narrowed(database, former, colleague)
    await database.pool.execute("delete from case_managers where user_id is not null")
    assert await narrowed(database, former, colleague)
    # Whoever sees nothing of them any more is told of their end.
    assert not await narrowed(database, former, Actor(None))


@pytest.mark.rule("XX2")
async def test_a_clients_box_and_details(database: Database, world: World) -> None:
    await world.refer()
    program = Actor(None, organizations=frozenset({world.food_bank}), programs=frozenset({world.pantry}))
    former = replace(program, client_organizations=frozenset({world.agency}))
    # The program still sees the client's details, but not the box.
    assert await narrowed(database, former, program)
    assert not await narrowed(database, program, replace(program, organizations=frozenset()))
