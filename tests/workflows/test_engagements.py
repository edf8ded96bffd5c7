"""Case managers: assigned by itself, by a leader, and taken off."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from models.database import Statement
from tests.graph import Graph
from tests.mission import Mission
from tests.world import World
from workflows.engagements.automatic import assign_automatically

WHO = """query($id: ID!) { engagement(id: $id) { version assignmentDueAt alertedAt caseManager { firstName }
  caseManagerAssignments { nodes { caseManager { firstName } assignedBy { firstName } reason endedAt
    candidates { clients caseManager { firstName } } } } } }"""
JOBS = Statement(text("select payload, execute_after - updated as wait from pgqueuer where entrypoint = :name"))


async def moved(mission: Mission, campus: str | None = None) -> str:
    """Cleo enters Make Progress, Downtown where nothing is said; answers the engagement."""
    await mission.advance(campus or mission.downtown)
    id = await mission.submit()
    await mission.approve("lena", id)
    await mission.approve("dirk", id)
    return await mission.active()


async def run_job(world: World, engagement_id: str) -> None:
    async with world.database.transaction() as tx:
        await assign_automatically(tx, engagement_id)


async def shown(graph: Graph, id: str, who: str = "lena") -> dict[str, Any]:
    engagement: dict[str, Any] = (await graph.ask(who, WHO, id=id))["engagement"]
    return engagement


@pytest.mark.rule("AM9")
async def test_downtown_brings_the_one_with_the_lightest_caseload(graph: Graph, mission: Mission, world: World) -> None:
    for number in range(2):
        await mission.engage(f"Client {number}", "milo", mission.downtown)
    await mission.engage("Another", "mina", mission.downtown)
    id = await moved(mission)
    [job] = await world.database.rows(JOBS, name="case_manager_assignment")
    assert id in bytes(job["payload"]).decode()
    before = await shown(graph, id)
    assert before["assignmentDueAt"]
    assert before["caseManager"] == {"firstName": "Mara"}
    assert (await shown(graph, id, "cleo"))["assignmentDueAt"] is None
    await run_job(world, id)
    after = await shown(graph, id)
    assert after["caseManager"] == {"firstName": "Mina"}
    assert after["assignmentDueAt"] is None
    now, past = after["caseManagerAssignments"]["nodes"]
    assert now["assignedBy"] is None
    assert now["reason"] == "The lightest caseload of 2 at the campus: 1 active."
    assert [(c["caseManager"]["firstName"], c["clients"]) for c in now["candidates"]] == [("Mina", 1), ("Milo", 2)]
    assert past["caseManager"] == {"firstName": "Mara"}
    assert past["endedAt"]
    assert (await shown(graph, id, "cleo"))["caseManagerAssignments"]["nodes"] == []


@pytest.mark.rule("AM9")
async def test_the_delay_is_a_setting_of_two_minutes_by_default(mission: Mission, world: World) -> None:
    phase = mission.phases["Make Progress"]
    pool = world.database.pool
    await pool.execute("update automatic_assignments set delay_seconds = default where phase_id = $1", phase)
    await moved(mission)
    [job] = await world.database.rows(JOBS, name="case_manager_assignment")
    assert job["wait"].total_seconds() == 120


@pytest.mark.rule("AM9")
async def test_elsewhere_the_case_manager_goes_on(graph: Graph, mission: Mission, world: World) -> None:
    id = await moved(mission, mission.riverside)
    assert await world.database.rows(JOBS, name="case_manager_assignment") == []
    assert (await shown(graph, id))["caseManager"] == {"firstName": "Mara"}


@pytest.mark.rule("AM9")
async def test_ties_are_broken_the_same_way_every_time(graph: Graph, mission: Mission, world: World) -> None:
    id = await moved(mission)
    await run_job(world, id)
    found = await shown(graph, id)
    assert found["caseManager"] == {"firstName": "Milo"}
    reason = found["caseManagerAssignments"]["nodes"][0]["reason"]
    assert reason.endswith("2 have as many; of these, the one whose account is the oldest.")


@pytest.mark.rule("AM9")
async def test_a_job_that_runs_again_or_twice_at_once_does_nothing_more(
    graph: Graph, mission: Mission, world: World
) -> None:
    id = await moved(mission)
    await asyncio.gather(*(run_job(world, id) for _ in range(4)))
    await run_job(world, id)
    assert len((await shown(graph, id))["caseManagerAssignments"]["nodes"]) == 2


@pytest.mark.rule("AM9")
async def test_two_clients_at_once_are_shared_out(graph: Graph, mission: Mission, world: World) -> None:
    first = await moved(mission)
    other = await mission.engage("Second", "mara", mission.downtown)
    await world.database.pool.execute("update engagements set assignment_due_at = now() where id = $1", other)
    await asyncio.gather(run_job(world, first), run_job(world, other))
    names = {(await shown(graph, id))["caseManager"]["firstName"] for id in (first, other)}
    assert names == {"Milo", "Mina"}


@pytest.mark.rule("AM9")
async def test_where_nobody_is_eligible_the_leader_is_alerted(graph: Graph, mission: Mission, world: World) -> None:
    await world.database.pool.execute("update placements set ended_at = now() where site_id = $1", mission.downtown)
    id = await moved(mission)
    await run_job(world, id)
    alerts = "{ viewer { caseManagerAlerts { nodes { id alertedAt caseManager { firstName } } } } }"
    [alert] = (await graph.ask("lena", alerts))["viewer"]["caseManagerAlerts"]["nodes"]
    assert alert["id"] == id
    assert alert["alertedAt"]
    assert alert["caseManager"] == {"firstName": "Mara"}
    assert (await graph.ask("dirk", alerts))["viewer"]["caseManagerAlerts"]["nodes"] == []
    assert (await shown(graph, id, "cleo"))["alertedAt"] is None
    await graph.do(
        "lena", "engagementAssignCaseManager", "engagement { id }", id=id, caseManagerId=world.people["mina"]
    )
    assert (await graph.ask("lena", alerts))["viewer"]["caseManagerAlerts"]["nodes"] == []


@pytest.mark.rule("AM10")
@pytest.mark.parametrize("verb", ["engagementAssignCaseManager", "engagementRemoveCaseManager"])
async def test_a_leader_who_decides_at_once_makes_the_job_do_nothing(
    graph: Graph, mission: Mission, world: World, verb: str
) -> None:
    id = await moved(mission)
    given = {"caseManagerId": world.people["mina"]} if "Assign" in verb else {}
    await graph.do("lena", verb, "engagement { id }", id=id, **given)
    before = await shown(graph, id)
    assert before["assignmentDueAt"] is None
    await run_job(world, id)
    assert await shown(graph, id) == before
    assert before["caseManager"] == ({"firstName": "Mina"} if given else None)


@pytest.mark.rule("AM10")
async def test_a_leader_keeps_the_present_one_by_assigning_them(graph: Graph, mission: Mission, world: World) -> None:
    id = await moved(mission)
    given = {"id": id, "caseManagerId": world.people["mara"]}
    await graph.do("lena", "engagementAssignCaseManager", "engagement { id }", **given)
    await run_job(world, id)
    assert (await shown(graph, id))["caseManager"] == {"firstName": "Mara"}
    assert (await graph.refused("lena", "engagementAssignCaseManager", **given)).code == "CONFLICT"


@pytest.mark.rule("AM10")
async def test_a_leader_removes_the_assigned_one_and_assigns_another(
    graph: Graph, mission: Mission, world: World
) -> None:
    id = await moved(mission)
    await run_job(world, id)
    await graph.do("lena", "engagementRemoveCaseManager", "engagement { id }", id=id)
    assert (await graph.refused("lena", "engagementRemoveCaseManager", id=id)).code == "CONFLICT"
    await graph.do(
        "lena", "engagementAssignCaseManager", "engagement { id }", id=id, caseManagerId=world.people["mina"]
    )
    nodes = (await shown(graph, id))["caseManagerAssignments"]["nodes"]
    assert [node["caseManager"]["firstName"] for node in nodes] == ["Mina", "Milo", "Mara"]
    assert nodes[0]["assignedBy"] == {"firstName": "Lena"}
    assert [bool(node["endedAt"]) for node in nodes] == [False, True, True]
    caseload = "{ viewer { caseload { nodes { id } } } }"
    assert (await graph.ask("mina", caseload))["viewer"]["caseload"]["nodes"] == [{"id": id}]
    assert (await graph.ask("milo", caseload))["viewer"]["caseload"]["nodes"] == []


@pytest.mark.rule("AM10")
async def test_only_a_leader_assigns_and_only_who_may_carry_a_caseload(
    graph: Graph, mission: Mission, world: World
) -> None:
    given = {"id": mission.engagement, "caseManagerId": world.people["mina"]}
    for name in ("mara", "dirk", "cleo"):
        assert (await graph.refused(name, "engagementAssignCaseManager", **given)).code == "FORBIDDEN"
    for name in ("dirk", "helen"):
        stranger = {**given, "caseManagerId": world.people[name]}
        assert (await graph.refused("lena", "engagementAssignCaseManager", **stranger))[:2] == (
            "NOT_FOUND",
            ["input", "caseManagerId"],
        )
