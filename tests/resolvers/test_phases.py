"""Phases are data: an administrator of the program adds them, with who approves and what is warned of."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graph import Graph
from tests.mission import Mission
from tests.world import World

PHASE = """phase { name position approvers { nodes { number kind role { name } person { name } } }
  warnings { nodes { area threshold } } automaticAssignments { nodes { delaySeconds campus { name } } } }"""


@pytest.mark.rule("AM7", "AM9", "AM15")
async def test_an_administrator_adds_a_phase(graph: Graph, mission: Mission, world: World) -> None:
    given = {
        "programId": mission.program,
        "name": "Give Back",
        "approvers": [{"kind": "PERSON", "userId": world.people["lena"]}, {"kind": "ROLE", "roleId": mission.director}],
        "warnings": [{"area": "Work", "threshold": 50}],
        "automaticAssignments": [{"campusId": mission.riverside}],
    }
    added = (await graph.do("dirk", "phaseAdd", PHASE, **given, idempotencyKey="once"))["phase"]
    assert added == {
        "name": "Give Back",
        "position": 5,
        "approvers": {
            "nodes": [
                {"number": 1, "kind": "PERSON", "role": None, "person": {"name": "Lena Lake"}},
                {"number": 2, "kind": "ROLE", "role": {"name": "Director"}, "person": None},
            ]
        },
        "warnings": {"nodes": [{"area": "Work", "threshold": 50}]},
        "automaticAssignments": {"nodes": [{"delaySeconds": 120, "campus": {"name": "Riverside"}}]},
    }
    assert (await graph.do("dirk", "phaseAdd", PHASE, **given, idempotencyKey="once"))["phase"] == added
    query = "query($id: ID!) { program(id: $id) { phases { nodes { name approvers { totalCount } } } } }"
    names = [*mission.phases, "Give Back"]
    for who, approvers in (("mara", [1, 1, 2, 1, 2]), ("helen", [0] * 5), ("cleo", [0] * 5)):
        seen = (await graph.ask(who, query, id=mission.program))["program"]["phases"]["nodes"]
        assert [node["name"] for node in seen] == names
        assert [node["approvers"]["totalCount"] for node in seen] == approvers


@pytest.mark.rule("XX9")
@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"name": " "}, "BLANK", ["name"]),
        ({"approvers": []}, "INVALID", ["approvers"]),
        ({"approvers": [{"kind": "LEADER"}] * 3}, "INVALID", ["approvers"]),
        ({"approvers": [{"kind": "ROLE"}]}, "INVALID", ["approvers"]),
        ({"approvers": [{"kind": "PERSON", "userId": "nobody"}]}, "NOT_FOUND", ["approvers", "userId"]),
        ({"approvers": [{"kind": "ROLE", "roleId": "none"}]}, "NOT_FOUND", ["approvers", "roleId"]),
        ({"warnings": [{"area": "Work", "threshold": 0}]}, "INVALID", ["warnings", "threshold"]),
        ({"warnings": [{"area": "a\0", "threshold": 5}]}, "INVALID", ["warnings", "area"]),
        ({"automaticAssignments": [{"campusId": "nowhere"}]}, "NOT_FOUND", ["automaticAssignments", "campusId"]),
    ],
)
async def test_a_phase_that_cannot_be_meant_is_refused(
    graph: Graph, mission: Mission, changed: dict[str, Any], code: str, field: list[str]
) -> None:
    given = {"programId": mission.program, "name": "New", "approvers": [{"kind": "LEADER"}], **changed}
    assert (await graph.refused("dirk", "phaseAdd", **given))[:2] == (code, ["input", *field])
    assert (await graph.refused("lena", "phaseAdd", **given)).code == "FORBIDDEN"


@pytest.mark.rule("AM11")
async def test_personas_are_an_organizations_own_words(graph: Graph, mission: Mission) -> None:
    given = {"organizationId": mission.organization, "name": "Finder"}
    await graph.do("dirk", "personaAdd", "persona { name }", **given)
    assert (await graph.refused("dirk", "personaAdd", **given)).code == "CONFLICT"
    assert (await graph.refused("lena", "personaAdd", **given)).code == "FORBIDDEN"
    query = "query($id: ID!) { organization(id: $id) { personas { nodes { name } } } }"
    for who, names in (("mara", ["Builder", "Explorer", "Finder"]), ("helen", []), ("cleo", [])):
        seen = (await graph.ask(who, query, id=mission.organization))["organization"]["personas"]["nodes"]
        assert [node["name"] for node in seen] == names


@pytest.mark.rule("AM2")
async def test_an_administrator_says_who_is_whose_leader(graph: Graph, world: World) -> None:
    shown = "membership { leader { name } }"
    given = {"id": world.memberships["helen"], "leaderId": world.people["hugo"]}
    done = await graph.do("ada", "membershipSetLeader", shown, **given)
    assert done["membership"]["leader"] == {"name": "Hugo Hill"}
    for leader, code in ((world.people["helen"], "INVALID"), (world.people["otto"], "NOT_FOUND")):
        refused = await graph.refused("ada", "membershipSetLeader", **{**given, "leaderId": leader})
        assert refused[:2] == (code, ["input", "leaderId"])
    assert (await graph.refused("helen", "membershipSetLeader", **given)).code == "FORBIDDEN"
    done = await graph.do("ada", "membershipSetLeader", shown, **{**given, "leaderId": None})
    assert done["membership"]["leader"] is None
