"""Saved views of lists: named, pinned, for any list, and nobody else's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.graph import Graph
from tests.mission import Mission
from tests.world import World

SHOWN = "listView { id version list name arguments pinned }"
LIST = "Viewer.approvals"
MINE = "query($list: String) { viewer { listViews(list: $list) { nodes { id name pinned arguments } } } }"


async def views(graph: Graph, who: str, of: str | None = LIST) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await graph.ask(who, MINE, list=of))["viewer"]["listViews"]["nodes"]
    return nodes


async def save(graph: Graph, who: str, name: str, **input: Any) -> dict[str, Any]:
    given = {"list": LIST, "arguments": {}, **input}
    view: dict[str, Any] = (await graph.do(who, "listViewSave", SHOWN, name=name, **given))["listView"]
    return view


@pytest.mark.rule("AM3")
async def test_a_leader_names_views_of_the_queue_and_the_pin_stays(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    await mission.submit(kind="persona", persona_id=mission.personas[0])
    phases = await save(graph, "lena", "Phases", arguments={"filter": {"kind": ["PHASE"]}}, pinned=True)
    personas = await save(graph, "lena", "Personas", arguments={"filter": {"kind": ["PERSONA"]}})
    assert [(v["name"], v["pinned"]) for v in await views(graph, "lena")] == [("Personas", False), ("Phases", True)]
    assert await views(graph, "dirk") == []

    [default] = [view for view in await views(graph, "lena") if view["pinned"]]
    shown = "query($filter: ProgressionFilter) { viewer { approvals(filter: $filter) { nodes { id } } } }"
    found = await graph.ask("lena", shown, **default["arguments"])
    assert found["viewer"]["approvals"]["nodes"] == [{"id": id}]

    moved = await graph.do("lena", "listViewChange", SHOWN, id=personas["id"], pinned=True)
    assert moved["listView"]["pinned"]
    assert [v["name"] for v in await views(graph, "lena") if v["pinned"]] == ["Personas"]
    await graph.do("lena", "listViewChange", SHOWN, id=phases["id"], name="Next phases", expectedVersion=2)
    await graph.do("lena", "listViewDelete", SHOWN, id=phases["id"])
    assert [(v["name"], v["pinned"]) for v in await views(graph, "lena")] == [("Personas", True)]


@pytest.mark.rule("AM3")
@pytest.mark.parametrize(
    ("list", "arguments"),
    [
        ("Viewer.inboundReferrals", {"filter": {"status": ["PENDING", "ELIGIBLE"]}}),
        ("Viewer.clients", {"search": "Stone"}),
        ("Viewer.programs", {"nearPostalCode": "94133", "search": None}),
        ("Client.engagements", {"filter": {"status": "ACTIVE"}}),
        ("Referral.notes", {}),
        ("Organization.members", {}),
    ],
)
async def test_any_list_of_the_api_has_views(graph: Graph, world: World, list: str, arguments: dict[str, Any]) -> None:
    view = await save(graph, "helen", "Mine", list=list, arguments=arguments, pinned=True)
    assert (view["list"], view["arguments"], view["pinned"]) == (list, arguments, True)
    await save(graph, "helen", "Mine", pinned=True)
    assert [v["pinned"] for v in await views(graph, "helen", None)] == [True, True]


@pytest.mark.rule("AM3", "XX9")
@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"list": "Viewer.nothing"}, "NOT_FOUND", ["list"]),
        ({"list": "Viewer.user"}, "NOT_FOUND", ["list"]),
        ({"list": "Nothing"}, "NOT_FOUND", ["list"]),
        ({"arguments": []}, "INVALID", ["arguments"]),
        ({"arguments": {"first": 3}}, "INVALID", ["arguments", "first"]),
        ({"arguments": {"filter": {"status": ["NONE"]}}}, "INVALID", ["arguments", "filter", "status"]),
        ({"arguments": {"filter": {"warned": "yes"}}}, "INVALID", ["arguments", "filter", "warned"]),
        ({"arguments": {"filter": {"clientId": "a\0"}}}, "INVALID", ["arguments", "filter", "clientId"]),
        ({"arguments": {"filter": 3}}, "INVALID", ["arguments", "filter"]),
        ({"name": " "}, "BLANK", ["name"]),
        ({"name": "Taken"}, "CONFLICT", ["name"]),
    ],
)
async def test_what_does_not_fit_the_list_is_refused(
    graph: Graph, world: World, given: dict[str, Any], code: str, field: list[str]
) -> None:
    await save(graph, "helen", "Taken")
    refused = await graph.payload(
        "helen", "listViewSave", "", **{"list": LIST, "name": "New", "arguments": {}, **given}
    )
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == (code, ["input", *field])
    assert len(await views(graph, "helen")) == 1


@pytest.mark.rule("AM3")
async def test_of_two_pinned_at_once_one_is(graph: Graph, world: World) -> None:
    await asyncio.gather(*(save(graph, "helen", f"View {number}", pinned=True) for number in range(4)))
    assert sum(view["pinned"] for view in await views(graph, "helen")) == 1
    with pytest.raises(Exception, match="list_views_one_pinned_key"):
        await world.database.pool.execute("update list_views set pinned = true")
