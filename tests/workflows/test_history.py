"""A referral's history: what happened, who did it and when, oldest first."""

from datetime import datetime
from typing import Any

import pytest

from tests.graph import Graph
from tests.world import World

HISTORY = """{ viewer { %s(first: 1) { nodes { history { totalCount nodes {
  at action actor { id } fromStatus toStatus } } } } } }"""
OPEN = "query($id: ID!) { referral(id: $id) { id } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"
DASHBOARD = {
    "helen": "outboundReferrals",
    "paul": "inboundReferrals",
    "petra": "inboundReferrals",
    "sam": "ownReferrals",
}


async def history(graph: Graph, who: str) -> list[dict[str, Any]]:
    """The history of the only referral as a dashboard shows it, which opens nothing."""
    field = DASHBOARD[who]
    [referral] = (await graph.ask(who, HISTORY % field))["viewer"][field]["nodes"]
    assert referral["history"]["totalCount"] == len(referral["history"]["nodes"])
    lines: list[dict[str, Any]] = referral["history"]["nodes"]
    return lines


@pytest.mark.rule("FH7")
async def test_history_tells_everything_that_happened_oldest_first(graph: Graph, world: World) -> None:
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    made = await graph.do("helen", "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
    id = made["referral"]["id"]
    await graph.do("paul", "referralSetStatus", id=id, status="NEEDS_CLIENT_ACTION")
    note = (await graph.do("sam", "referralAddNote", referralId=id, body="I sent the form."))["note"]["id"]
    await graph.do("helen", "referralSetGoal", id=id, goalId=goal)
    await graph.do("sam", "referralDeleteNote", id=note)
    await graph.do("petra", "referralSetStatus", id=id, status="GOT_HELP")
    for who in ("helen", "paul", "sam"):
        lines = await history(graph, who)
        names = {user_id: name for name, user_id in world.people.items()}
        told = [(names[line["actor"]["id"]], line["action"], line["fromStatus"], line["toStatus"]) for line in lines]
        assert told == [
            ("helen", "referral.submitted", None, "NOT_UPDATED"),
            ("paul", "referral.status_set", "NOT_UPDATED", "NEEDS_CLIENT_ACTION"),
            ("sam", "note.added", None, None),
            ("helen", "referral.goal_changed", None, None),
            ("sam", "note.deleted", None, None),
            ("petra", "referral.status_set", "NEEDS_CLIENT_ACTION", "GOT_HELP"),
        ]
        times = [datetime.fromisoformat(line["at"]) for line in lines]
        assert times == sorted(times)
        assert all(time.tzinfo for time in times)


@pytest.mark.rule("FH7")
@pytest.mark.parametrize("organization", ["agency", "food_bank"])
async def test_views_are_on_record_while_an_organization_wants_it(
    graph: Graph, world: World, organization: str
) -> None:
    administrator = {"agency": "ada", "food_bank": "pam"}[organization]
    id = await world.refer()
    switch = {"id": getattr(world, organization)}
    await graph.ask("paul", OPEN, id=id)
    assert [line["action"] for line in await history(graph, "helen")] == ["referral.submitted"]

    await graph.do(administrator, "organizationRecordViews", **switch, recording=True)
    await graph.ask("paul", OPEN, id=id)
    await graph.ask("sam", NODE, id=id)
    await graph.ask("otto", OPEN, id=id)
    lines = await history(graph, "helen")
    viewers = [line["actor"]["id"] for line in lines if line["action"] == "referral.viewed"]
    assert viewers == [world.people["paul"], world.people["sam"]]

    await graph.do(administrator, "organizationRecordViews", **switch, recording=False)
    await graph.ask("petra", OPEN, id=id)
    assert len(await history(graph, "helen")) == 3


@pytest.mark.rule("FH7")
async def test_a_view_changes_nothing_of_the_referral(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("pam", "organizationRecordViews", id=world.food_bank, recording=True)
    state = "query($id: ID!) { referral(id: $id) { version updatedAt } }"
    assert await graph.ask("paul", state, id=id) == await graph.ask("paul", state, id=id)
    done = await graph.do("paul", "referralSetStatus", id=id, status="PENDING", expectedVersion=1)
    assert done["referral"]["version"] == 2


@pytest.mark.rule("FH7")
@pytest.mark.parametrize("who", ["paul", "helen", "otto", "sam"])
async def test_only_an_administrator_decides_about_views(graph: Graph, world: World, who: str) -> None:
    refused = await graph.refused(who, "organizationRecordViews", id=world.food_bank, recording=True)
    assert refused[:2] == ("FORBIDDEN", ["input", "id"])
