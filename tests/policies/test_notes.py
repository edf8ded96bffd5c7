"""Who knows of a note."""

from typing import Any

import pytest

from models.base import Id
from tests.graph import Graph
from tests.world import World

REFERRAL = """query($id: ID!) { referral(id: $id) { version updatedAt
  notes { totalCount nodes { id body shared author { name } } }
  history { totalCount nodes { action actor { name } } } } }"""
NODE = "query($id: ID!) { node(id: $id) { id ... on Note { body } } }"


async def seen_by(graph: Graph, who: str, id: Id) -> dict[str, Any]:
    referral: dict[str, Any] = (await graph.ask(who, REFERRAL, id=id))["referral"]
    return referral


@pytest.mark.rule("FH11")
async def test_a_shared_note_is_seen_by_all_parties(graph: Graph, world: World) -> None:
    id = await world.refer()
    for who in ("sam", "helen", "paul"):
        note = (await graph.do(who, "referralAddNote", "note { id shared }", referralId=id, body=f"By {who}"))["note"]
        assert note["shared"] is True
        for party in ("sam", "helen", "paul", "petra"):
            assert (await graph.ask(party, NODE, id=note["id"]))["node"]["body"] == f"By {who}"
    for party in ("sam", "helen", "paul", "petra"):
        bodies = [note["body"] for note in (await seen_by(graph, party, id))["notes"]["nodes"]]
        assert bodies == ["By paul", "By helen", "By sam"]


@pytest.mark.rule("FH11", "XX3")
@pytest.mark.parametrize(
    ("author", "insiders", "outsiders"),
    [
        ("helen", ["helen", "hugo"], ["sam", "paul", "petra"]),
        ("paul", ["paul", "petra"], ["sam", "helen", "hugo"]),
    ],
)
async def test_nobody_outside_can_tell_that_there_is_an_internal_note(
    graph: Graph, world: World, author: str, insiders: list[str], outsiders: list[str]
) -> None:
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    id = await world.refer()
    before = {who: await seen_by(graph, who, id) for who in outsiders}
    kept = (await graph.do(author, "referralAddNote", referralId=id, body="Between us", shared=False))["note"]["id"]
    gone = (await graph.do(author, "referralAddNote", referralId=id, body="Oops", shared=False))["note"]["id"]
    await graph.do(author, "referralDeleteNote", id=gone)

    for who in outsiders:
        assert await seen_by(graph, who, id) == before[who]
        for note in (kept, gone):
            assert (await graph.ask(who, NODE, id=note))["node"] is None
            refused = await graph.refused(who, "referralDeleteNote", id=note)
            assert refused == ("NOT_FOUND", ["input", "id"], "There is no such note.")
    for who in insiders:
        seen = await seen_by(graph, who, id)
        assert [note["body"] for note in seen["notes"]["nodes"]] == [None, "Between us"]
        assert [entry["action"] for entry in seen["history"]["nodes"]][-3:] == [
            "note.added",
            "note.added",
            "note.deleted",
        ]


@pytest.mark.rule("FH11")
async def test_a_client_has_no_organization_to_keep_a_note_inside(graph: Graph, world: World) -> None:
    id = await world.refer()
    refused = await graph.refused("sam", "referralAddNote", referralId=id, body="Secret", shared=False)
    assert refused[:2] == ("INVALID", ["input", "shared"])
    assert (await seen_by(graph, "sam", id))["notes"]["totalCount"] == 0


@pytest.mark.rule("FH11", "FH12")
async def test_an_internal_note_is_for_those_colleagues_who_see_the_referral(graph: Graph, world: World) -> None:
    id = await world.refer()
    note = (await graph.do("paul", "referralAddNote", referralId=id, body="Between us", shared=False))["note"]["id"]
    for colleague in ("karl", "pam"):
        assert (await graph.ask(colleague, NODE, id=note))["node"] is None
