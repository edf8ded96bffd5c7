"""Standing in for an approver who is away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.delegations import DelegationStatus as S
from tests.graph import Graph
from tests.mission import Mission
from tests.workflows.test_progressions import WHOLE, decide, queue
from tests.world import World
from workflows import clock, delegations

SHOWN = "delegation { id status }"


async def name(graph: Graph, mission: Mission, who: str, delegate: str, **input: Any) -> dict[str, Any]:
    given = {"endsAt": (clock.now() + timedelta(days=7)).isoformat(), **input}
    delegate_id = mission.world.people[delegate]
    answer = await graph.do(
        who, "delegationName", SHOWN, organizationId=mission.organization, delegateId=delegate_id, **given
    )
    delegation: dict[str, Any] = answer["delegation"]
    return delegation


async def turn(world: World, id: str, status: S) -> None:
    async with world.database.transaction() as tx:
        await delegations.turn(tx, id, status)


@pytest.mark.rule("AM14")
async def test_open_submissions_follow_to_the_delegate_and_back(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    delegation = await name(graph, mission, "lena", "dirk")
    assert delegation["status"] == "ACTIVE"
    assert await queue(graph, "dirk") == [id]
    assert await queue(graph, "milo") == []
    ended = await graph.do("lena", "delegationEnd", SHOWN, id=delegation["id"])
    assert ended["delegation"]["status"] == "ENDED"
    assert await queue(graph, "dirk") == []
    assert await queue(graph, "lena") == [id]


@pytest.mark.rule("AM14", "XX8")
async def test_a_delegate_decides_and_it_is_on_record_for_whom(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    await name(graph, mission, "lena", "dirk")
    await decide(graph, "dirk", id, 1)
    [approval] = (await graph.ask("mara", WHOLE, id=id))["progression"]["approvals"]["nodes"]
    assert approval["decidedBy"] == {"name": "Dirk Dale"}
    assert approval["onBehalfOf"] == {"name": "Lena Lake"}
    history = """query($id: ID!) { progression(id: $id) {
      history { nodes { action actor { name } onBehalfOf { name } } } } }"""
    last = (await graph.ask("mara", history, id=id))["progression"]["history"]["nodes"][-1]
    assert last == {
        "action": "progression.approved",
        "actor": {"name": "Dirk Dale"},
        "onBehalfOf": {"name": "Lena Lake"},
    }


@pytest.mark.rule("AM14", "AM7")
async def test_a_delegate_of_both_gives_one_approval(graph: Graph, mission: Mission) -> None:
    await mission.advance()
    id = await mission.submit()
    await name(graph, mission, "lena", "milo")
    await name(graph, mission, "dirk", "milo")
    await decide(graph, "milo", id, 1)
    assert await queue(graph, "milo") == []
    assert (await graph.refused("milo", "progressionApprove", id=id, expectedVersion=2)).code == "FORBIDDEN"
    assert (await decide(graph, "dirk", id, 2))["status"] == "APPROVED"


@pytest.mark.rule("AM14", "AM12")
async def test_a_delegate_does_not_approve_what_they_submitted(graph: Graph, mission: Mission) -> None:
    await name(graph, mission, "lena", "mara")
    id = await mission.submit()
    assert await queue(graph, "mara") == []
    assert (await graph.refused("mara", "progressionApprove", id=id, expectedVersion=1)).code == "FORBIDDEN"


@pytest.mark.rule("AM14")
async def test_it_begins_and_ends_at_its_times(graph: Graph, mission: Mission, world: World) -> None:
    id = await mission.submit()
    begins, ends = (clock.now() + timedelta(days=days) for days in (1, 3))
    given = {"startsAt": begins.isoformat(), "endsAt": ends.isoformat()}
    delegation = await name(graph, mission, "lena", "dirk", **given)
    assert delegation["status"] == "PLANNED"
    assert await queue(graph, "dirk") == []
    waits = await world.database.pool.fetch(
        "select execute_after - updated from pgqueuer where entrypoint = 'delegation_turn' order by 1"
    )
    assert [round(row[0] / timedelta(days=1)) for row in waits] == [1, 3]
    later = await mission.engage("Later")
    for _ in range(2):
        # A job may run twice.
        await turn(world, delegation["id"], S.ACTIVE)
    also = await mission.submit(engagement_id=later)
    assert await queue(graph, "dirk") == [id, also]
    told = "select count(*) from events where action = 'progression.approvers_changed' and record_id = $1"
    assert await world.database.pool.fetchval(told, id) == 1
    for _ in range(2):
        await turn(world, delegation["id"], S.ENDED)
    assert await queue(graph, "dirk") == []
    assert await world.database.pool.fetchval(told, id) == 2
    await turn(world, delegation["id"], S.ACTIVE)
    assert await queue(graph, "dirk") == []


@pytest.mark.rule("AM14")
async def test_a_delegate_is_a_colleague_for_one_period(graph: Graph, mission: Mission, world: World) -> None:
    soon = (clock.now() + timedelta(days=1)).isoformat()
    given = {"organizationId": mission.organization, "delegateId": world.people["dirk"], "endsAt": soon}
    for changed, code, field in [
        ({"delegateId": world.people["helen"]}, "NOT_FOUND", "delegateId"),
        ({"delegateId": world.people["lena"]}, "INVALID", "delegateId"),
        ({"endsAt": (clock.now() - timedelta(days=1)).isoformat()}, "INVALID", "endsAt"),
        ({"startsAt": soon}, "INVALID", "endsAt"),
    ]:
        refused = await graph.refused("lena", "delegationName", **{**given, **changed})
        assert refused[:2] == (code, ["input", field])
    await graph.do("lena", "delegationName", SHOWN, **given)
    assert (await graph.refused("lena", "delegationName", **given)).code == "CONFLICT"
    seen = await graph.ask("dirk", "{ viewer { delegations { nodes { id delegator { name } } } } }")
    [delegation] = seen["viewer"]["delegations"]["nodes"]
    assert delegation["delegator"] == {"name": "Lena Lake"}
    assert (await graph.refused("dirk", "delegationEnd", id=delegation["id"])).code == "FORBIDDEN"
