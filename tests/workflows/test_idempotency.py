"""A repeated request acts once."""

import asyncio
from typing import Any

import pytest

from tests.graph import Graph
from tests.world import World

KEY = "the same"


def submission(world: World, **more: Any) -> dict[str, Any]:
    return {"clientId": world.sam, "programId": world.pantry, "consent": True, **more}


async def count(world: World, table: str) -> int:
    found: int = await world.database.pool.fetchval(f"select count(*) from {table}")
    return found


@pytest.mark.rule("XX7")
async def test_a_repeated_request_acts_once_and_answers_the_same(graph: Graph, world: World) -> None:
    given = submission(world, idempotencyKey=KEY)
    first = await graph.do("helen", "referralSubmit", **given)
    again = await graph.do("helen", "referralSubmit", **given)
    assert again == first
    assert await count(world, "referrals") == 1
    assert await count(world, "events where action = 'referral.submitted'") == 1
    assert await count(world, "pgqueuer") == 1


@pytest.mark.rule("XX7")
async def test_a_repeat_shows_the_record_as_it_is_now(graph: Graph, world: World) -> None:
    id = await world.refer()
    given = {"id": id, "status": "PENDING", "expectedVersion": 1, "idempotencyKey": KEY}
    await graph.do("paul", "referralSetStatus", **given)
    await graph.do("helen", "referralSetStatus", id=id, status="GOT_HELP")
    again = await graph.do("paul", "referralSetStatus", **given)
    assert again["referral"] == {"id": id, "version": 3, "status": "GOT_HELP"}


@pytest.mark.rule("XX7", "XX3")
async def test_a_repeat_shows_nothing_that_is_hidden_by_now(graph: Graph, world: World) -> None:
    given = {"id": await world.refer(), "status": "PENDING", "idempotencyKey": KEY}
    await graph.do("paul", "referralSetStatus", **given)
    await graph.do("pam", "placementEnd", id=world.placements["paul.program"])
    assert await graph.do("paul", "referralSetStatus", **given) == {"referral": None, "userErrors": []}


@pytest.mark.rule("XX7")
async def test_twins_at_the_same_time_act_once(graph: Graph, world: World) -> None:
    given = submission(world, idempotencyKey=KEY)
    answers = await asyncio.gather(*(graph.do("helen", "referralSubmit", **given) for _ in range(6)))
    assert len({answer["referral"]["id"] for answer in answers}) == 1
    assert await count(world, "referrals") == 1


@pytest.mark.rule("XX7")
@pytest.mark.parametrize("change", [{"comments": "Other"}, {"consent": False, "live": False}, {"programId": "kitchen"}])
async def test_a_key_is_for_one_request_only(graph: Graph, world: World, change: dict[str, Any]) -> None:
    change = {name: world.kitchen if value == "kitchen" else value for name, value in change.items()}
    await graph.do("helen", "referralSubmit", **submission(world, idempotencyKey=KEY))
    refused = await graph.refused("helen", "referralSubmit", **submission(world, idempotencyKey=KEY, **change))
    assert refused[:2] == ("CONFLICT", ["input", "idempotencyKey"])
    assert await count(world, "referrals") == 1


@pytest.mark.rule("XX7")
async def test_a_key_is_for_one_mutation_and_one_person(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("helen", "clientGiveConsent", id=world.sam, idempotencyKey=KEY)
    refused = await graph.refused("helen", "clientWithdrawConsent", id=world.sam, idempotencyKey=KEY)
    assert refused[:2] == ("CONFLICT", ["input", "idempotencyKey"])
    for who in ("paul", "petra"):
        await graph.do(who, "referralAddNote", referralId=id, body="Hello", idempotencyKey=KEY)
    assert await count(world, "notes") == 2


@pytest.mark.rule("XX7")
async def test_a_refused_request_keeps_no_key(graph: Graph, world: World) -> None:
    id = await world.refer()
    for body, code in (("", "BLANK"), ("x" * 10_001, "TOO_LONG")):
        refused = await graph.refused("paul", "referralAddNote", referralId=id, body=body, idempotencyKey=KEY)
        assert refused[0] == code
        assert await count(world, "idempotency_keys") == 0
    await graph.do("paul", "referralAddNote", referralId=id, body="Now it is right", idempotencyKey=KEY)
    assert await count(world, "notes") == 1


@pytest.mark.rule("XX7")
async def test_a_twin_of_a_refused_request_is_tried_on_its_own(graph: Graph, world: World) -> None:
    given = {"id": await world.refer(), "status": "PENDING", "expectedVersion": 7, "idempotencyKey": KEY}
    answers = await asyncio.gather(*(graph.refused("paul", "referralSetStatus", **given) for _ in range(3)))
    for answer in answers:
        assert answer[:2] == ("CONFLICT", ["input", "expectedVersion"])
    assert await count(world, "idempotency_keys") == 0


@pytest.mark.rule("XX7", "XX9")
@pytest.mark.parametrize("key", ["", "x" * 201, "\0", "\ud800"])
async def test_a_key_that_cannot_be_kept_is_refused(graph: Graph, world: World, key: str) -> None:
    refused = await graph.refused("helen", "referralSubmit", **submission(world, idempotencyKey=key))
    assert refused[:2] == ("INVALID", ["input", "idempotencyKey"])
    assert await count(world, "referrals") == 0
