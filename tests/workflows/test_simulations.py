"""What is simulated is what happens, from the same state; and simulating writes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.graph import Graph, everything
from tests.mission import Mission
from tests.world import World
from workflows.engagements.automatic import assign_automatically

SIMULATE = """query($input: ProgressionSimulateInput!) { progressionSimulate(input: $input) {
  status waitsFor approvers { number role { id } people { person { id } } } warnings { area threshold percent }
  emails { person { id } } phase { id } campus { id } persona { id }
  automaticAssignment { delaySeconds caseManager { id } reason candidates { clients caseManager { id } } }
  userErrors { code field message } } }"""
RESULT = """progression { id status waitsFor
  recommendation { phase { id } campus { id } persona { id } warnings { area threshold percent } }
  approvals { nodes { number approver { id } role { id } } }
  result { id phase { id } campus { id } persona { id } assignmentDueAt startedAt } }"""
ASSIGNED = """query($id: ID!) { engagement(id: $id) { caseManager { id } caseManagerAssignments(first: 1) { nodes {
  reason candidates { clients caseManager { id } } } } } }"""


async def simulate(graph: Graph, world: World, who: str, **input: Any) -> dict[str, Any]:
    before = await everything(world.database)
    found: dict[str, Any] = (await graph.ask(who, SIMULATE, input=input))["progressionSimulate"]
    assert await everything(world.database) == before, "simulating wrote something"
    return found


async def _first_phase(mission: Mission) -> dict[str, Any]:
    return {"kind": "PHASE"}


async def _second_approver_with_warnings(mission: Mission) -> dict[str, Any]:
    await mission.advance()
    return {"kind": "PHASE", "campusId": mission.downtown}


async def _persona(mission: Mission) -> dict[str, Any]:
    return {"kind": "PERSONA", "personaId": mission.personas[1]}


@pytest.mark.rule("AM2", "AM7", "AM11", "AM15")
@pytest.mark.parametrize("make", [_first_phase, _second_approver_with_warnings, _persona])
async def test_a_simulated_submission_is_the_submission(
    graph: Graph, mission: Mission, world: World, make: Callable[[Mission], Awaitable[dict[str, Any]]]
) -> None:
    given = {**await make(mission), "engagementId": mission.engagement}
    simulated = await simulate(graph, world, "mara", submit=given)
    assert simulated["userErrors"] == []
    real = (await graph.do("mara", "progressionSubmit", RESULT, **given, reason="Ready."))["progression"]
    assert (simulated["status"], simulated["waitsFor"]) == (real["status"], real["waitsFor"])
    asked = real["recommendation"]
    assert simulated["warnings"] == asked["warnings"]
    for approver, approval in zip(simulated["approvers"], real["approvals"]["nodes"], strict=True):
        assert (approver["number"], approver["role"]) == (approval["number"], approval["role"])
        if approval["approver"]:
            assert [person["person"] for person in approver["people"]] == [approval["approver"]]
        else:
            assert [person["person"]["id"] for person in approver["people"]] == [world.people["dirk"]]
    assert simulated["campus"] == asked["campus"]
    if asked["phase"]:
        assert simulated["phase"] == asked["phase"]
    else:
        assert simulated["persona"] == asked["persona"]

    # What it says about the end of the route holds, too.
    await mission.approve("lena", real["id"])
    if len(simulated["approvers"]) == 2:
        await mission.approve("dirk", real["id"])
    query = f"query($id: ID!) {{ {RESULT.replace('progression', 'progression(id: $id)', 1)} }}"
    result = (await graph.ask("mara", query, id=real["id"]))["progression"]["result"]
    assert {name: result[name] for name in ("phase", "campus", "persona")} == {
        name: simulated[name] for name in ("phase", "campus", "persona")
    }
    assert bool(result["assignmentDueAt"]) == bool(simulated["automaticAssignment"])


@pytest.mark.rule("AM6", "AM7", "AM9")
async def test_a_simulated_approval_is_the_approval(graph: Graph, mission: Mission, world: World) -> None:
    await mission.engage("Load", "milo", mission.downtown)
    await mission.advance(mission.downtown)
    id = await mission.submit()
    for who, version in (("lena", 1), ("dirk", 2)):
        simulated = await simulate(graph, world, who, decide={"id": id, "decision": "APPROVED"})
        real = (await graph.do(who, "progressionApprove", RESULT, id=id, expectedVersion=version))["progression"]
        assert (simulated["status"], simulated["waitsFor"]) == (real["status"], real["waitsFor"])
        assert simulated["emails"] == []
        if real["result"] is None:
            assert simulated["phase"] is None
    result = real["result"]
    assert {name: result[name] for name in ("phase", "campus", "persona")} == {
        name: simulated[name] for name in ("phase", "campus", "persona")
    }
    automatic = simulated["automaticAssignment"]
    assert automatic.pop("delaySeconds") == 0
    async with world.database.transaction() as tx:
        await assign_automatically(tx, result["id"])
    engagement = (await graph.ask("lena", ASSIGNED, id=result["id"]))["engagement"]
    [assignment] = engagement["caseManagerAssignments"]["nodes"]
    assert automatic == {"caseManager": engagement["caseManager"], **assignment}
    assert automatic["caseManager"] == {"id": world.people["mina"]}


@pytest.mark.rule("AM8")
async def test_a_simulated_denial_mails_whom_the_denial_mails(graph: Graph, mission: Mission, world: World) -> None:
    await mission.advance()
    id = await mission.submit()
    await mission.approve("lena", id)
    simulated = await simulate(graph, world, "dirk", decide={"id": id, "decision": "DENIED"})
    await mission.deny("dirk", id)
    rows = await world.database.pool.fetch("select user_id from denial_mails")
    assert sorted(p["person"]["id"] for p in simulated["emails"]) == sorted(row["user_id"] for row in rows)
    assert (simulated["status"], simulated["waitsFor"]) == ("DENIED", None)


@pytest.mark.rule("AM9")
async def test_a_simulation_says_that_nobody_is_eligible(graph: Graph, mission: Mission, world: World) -> None:
    await world.database.pool.execute("update placements set ended_at = now() where site_id = $1", mission.downtown)
    await mission.advance(mission.downtown)
    given = {"engagementId": mission.engagement, "kind": "PHASE"}
    automatic = (await simulate(graph, world, "mara", submit=given))["automaticAssignment"]
    assert automatic["caseManager"] is None
    assert automatic["candidates"] == []


@pytest.mark.rule("AM12", "AM13")
async def test_a_simulation_is_refused_as_the_real_one(graph: Graph, mission: Mission, world: World) -> None:
    id = await mission.submit()
    phase = {"engagementId": mission.engagement, "kind": "PHASE"}
    approval = {"decide": {"id": id, "decision": "APPROVED"}}
    approving = {"id": id, "expectedVersion": 1}
    cases: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
        ("mara", {"submit": phase}, "progressionSubmit", {**phase, "reason": "Again."}),
        ("milo", {"submit": phase}, "progressionSubmit", {**phase, "reason": "Mine."}),
        ("helen", {"submit": phase}, "progressionSubmit", {**phase, "reason": "Mine."}),
        ("mara", approval, "progressionApprove", approving),
        ("dirk", approval, "progressionApprove", approving),
        ("paul", approval, "progressionApprove", approving),
    ]
    for who, tried, mutation, given in cases:
        simulated = await simulate(graph, world, who, **tried)
        [real] = (await graph.payload(who, mutation, **given))["userErrors"]
        assert simulated["status"] is None
        assert simulated["userErrors"] == [real]
