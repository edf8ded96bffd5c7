"""Referrals: who makes them, what can be done with them, and what is refused."""

import pytest

from models.base import Id, new_id
from models.people import Permission as P
from models.programs import Program
from models.referrals import ReferralStatus
from tests.graph import Graph, hire
from tests.world import World

STATUSES = [status.name for status in ReferralStatus if status is not ReferralStatus.NOT_UPDATED]
REFERRAL = """query($id: ID!) { referral(id: $id) {
  version status category comments live madeAs organization { name } referredBy { name }
  goal { id title } replacedBy { id } client { id } program { name } } }"""


async def own_client(graph: Graph, world: World, name: str = "paul") -> Id:
    """A client whose record the Food Bank keeps."""
    made = await graph.do(
        name, "clientCreate", organizationId=world.food_bank, firstName="Walt", lastName="Wood", postalCode="94110"
    )
    id: Id = made["client"]["id"]
    return id


@pytest.mark.rule("FH1")
async def test_a_helper_a_program_and_a_seeker_make_referrals(graph: Graph, world: World) -> None:
    walk_in = await own_client(graph, world)
    for who, client, made_as, organization in [
        ("helen", world.sam, "HELPER", {"name": "Harbor Agency"}),
        ("sam", world.sam, "SEEKER", None),
        ("paul", walk_in, "PROGRAM", {"name": "Food Bank"}),
        ("karl", walk_in, "HELPER", {"name": "Food Bank"}),
    ]:
        made = await graph.do(who, "referralSubmit", clientId=client, programId=world.pantry, consent=True)
        seen = (await graph.ask(who, REFERRAL, id=made["referral"]["id"]))["referral"]
        assert (seen["madeAs"], seen["organization"]) == (made_as, organization), who
        assert seen["referredBy"]["name"].split()[0].lower() == who
        assert (seen["client"]["id"], seen["program"]["name"]) == (client, "Pantry")
        assert (seen["status"], seen["version"]) == ("NOT_UPDATED", 1)


@pytest.mark.rule("FH1", "XX3")
@pytest.mark.parametrize("who", ["otto", "paul", "pam", "karl"])
async def test_whoever_does_not_know_the_client_cannot_refer_them(graph: Graph, world: World, who: str) -> None:
    refused = await graph.refused(who, "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
    assert refused == ("NOT_FOUND", ["input", "clientId"], "There is no such client.")


@pytest.mark.rule("FH1")
async def test_a_role_without_the_permission_makes_no_referrals(graph: Graph, world: World) -> None:
    await hire(world, "vera", world.agency, P.VIEW_CLIENTS)
    refused = await graph.refused("vera", "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
    assert refused[:2] == ("FORBIDDEN", ["input", "clientId"])


@pytest.mark.rule("FH1")
async def test_a_seeker_refers_nobody_else(graph: Graph, world: World) -> None:
    refused = await graph.refused("sam", "referralSubmit", clientId=world.nora, programId=world.pantry, consent=True)
    assert refused[:2] == ("NOT_FOUND", ["input", "clientId"])


@pytest.mark.rule("FH1")
async def test_a_closed_program_takes_no_referrals(graph: Graph, world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.update(Program, world.pantry, active=False)
    refused = await graph.refused("helen", "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
    assert refused[:2] == ("INVALID", ["input", "programId"])


@pytest.mark.rule("FH3")
async def test_every_status_has_its_category(graph: Graph, world: World) -> None:
    id = await world.refer()
    found = {"NOT_UPDATED": (await graph.ask("helen", REFERRAL, id=id))["referral"]["category"]}
    for status in STATUSES:
        await graph.do("paul", "referralSetStatus", id=id, status=status)
        seen = (await graph.ask("helen", REFERRAL, id=id))["referral"]
        found[seen["status"]] = seen["category"]
    assert found == {
        "NOT_UPDATED": "NOT_UPDATED",
        "NEEDS_CLIENT_ACTION": "IN_PROGRESS",
        "PENDING": "IN_PROGRESS",
        "REFERRED_ELSEWHERE": "IN_PROGRESS",
        "ELIGIBLE": "IN_PROGRESS",
        "GOT_HELP": "HELPED",
        "COULDNT_CONTACT": "NOT_HELPED",
        "NOT_ELIGIBLE": "NOT_HELPED",
        "NO_CAPACITY": "NOT_HELPED",
        "COULDNT_GET_HELP": "NOT_HELPED",
        "NO_LONGER_INTERESTED": "NOT_HELPED",
    }


@pytest.mark.rule("FH4")
@pytest.mark.parametrize("who", ["sam", "helen", "paul"])
async def test_any_party_sets_any_status_but_the_first(graph: Graph, world: World, who: str) -> None:
    id = await world.refer()
    for version, status in enumerate(STATUSES, start=2):
        done = await graph.do(who, "referralSetStatus", id=id, status=status)
        assert done["referral"] == {"id": id, "version": version, "status": status}
        for party in ("sam", "helen", "paul"):
            assert (await graph.ask(party, REFERRAL, id=id))["referral"]["status"] == status
    refused = await graph.refused(who, "referralSetStatus", id=id, status="NOT_UPDATED")
    assert refused[:2] == ("INVALID", ["input", "status"])
    assert (await graph.ask(who, REFERRAL, id=id))["referral"]["status"] == STATUSES[-1]


@pytest.mark.rule("FH4")
@pytest.mark.parametrize("who", ["hugo", "ada", "pam", "karl", "otto"])
async def test_nobody_else_sets_a_status(graph: Graph, world: World, who: str) -> None:
    refused = await graph.refused(who, "referralSetStatus", id=await world.refer(), status="PENDING")
    assert refused == ("NOT_FOUND", ["input", "id"], "There is no such referral.")


@pytest.mark.rule("FH6")
async def test_comments_stay_whatever_happens(graph: Graph, world: World) -> None:
    comments = "He is shy — please call “after” six.\n\n• Ramp needed 👩🏽‍🦽"
    made = await graph.do(
        "helen",
        "referralSubmit",
        clientId=world.sam,
        programId=world.pantry,
        consent=True,
        comments=f"\n  {comments}\t",
    )
    id = made["referral"]["id"]
    await graph.do("paul", "referralSetStatus", id=id, status="ELIGIBLE")
    await graph.do("paul", "referralAddNote", referralId=id, body="Called.")
    await graph.do("sam", "referralSetStatus", id=id, status="NO_LONGER_INTERESTED")
    for who in ("sam", "helen", "paul"):
        assert (await graph.ask(who, REFERRAL, id=id))["referral"]["comments"] == comments


@pytest.mark.rule("FH18")
async def test_a_referral_is_filed_under_one_goal_moved_and_taken_off(graph: Graph, world: World) -> None:
    eat, work = [
        (await graph.do("helen", "goalAdd", clientId=world.sam, title=title))["goal"]["id"] for title in ("Eat", "Work")
    ]
    id = await world.refer(goal_id=eat)
    goals = "query($id: ID!) { client(id: $id) { goals { nodes { title referrals { nodes { id } totalCount } } } } }"

    async def filed() -> dict[str, list[Id]]:
        nodes = (await graph.ask("helen", goals, id=world.sam))["client"]["goals"]["nodes"]
        return {node["title"]: [referral["id"] for referral in node["referrals"]["nodes"]] for node in nodes}

    assert await filed() == {"Eat": [id], "Work": []}
    for who, goal, expected in [
        ("helen", work, {"Eat": [], "Work": [id]}),
        ("paul", eat, {"Eat": [id], "Work": []}),
        ("sam", None, {"Eat": [], "Work": []}),
        ("sam", work, {"Eat": [], "Work": [id]}),
    ]:
        await graph.do(who, "referralSetGoal", id=id, goalId=goal)
        assert await filed() == expected


@pytest.mark.rule("FH18", "XX3")
async def test_a_goal_of_another_client_is_not_found(graph: Graph, world: World) -> None:
    noras = (await graph.do("helen", "goalAdd", clientId=world.nora, title="Rest"))["goal"]["id"]
    id = await world.refer()
    for goal in (noras, new_id(), "nonsense"):
        refused = await graph.refused("helen", "referralSetGoal", id=id, goalId=goal)
        assert refused == ("NOT_FOUND", ["input", "goalId"], "There is no such goal of this client.")
        refused = await graph.refused(
            "helen", "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True, goalId=goal
        )
        assert refused == ("NOT_FOUND", ["input", "goalId"], "There is no such goal of this client.")


@pytest.mark.rule("FH18", "FH20")
async def test_who_sees_no_goals_takes_a_referral_off_none(graph: Graph, world: World) -> None:
    eat = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    id = await world.refer(goal_id=eat)
    await graph.do("sam", "clientUpdate", id=world.sam, contactPreference="NONE")
    assert (await graph.refused("paul", "referralSetGoal", id=id, goalId=None))[:2] == ("FORBIDDEN", ["input", "id"])
    assert (await graph.ask("paul", REFERRAL, id=id))["referral"]["goal"] is None
    assert (await graph.ask("helen", REFERRAL, id=id))["referral"]["goal"]["id"] == eat


@pytest.mark.rule("FH21")
@pytest.mark.parametrize("who", ["helen", "sam"])
async def test_a_live_referral_needs_consent(graph: Graph, world: World, who: str) -> None:
    given = {"clientId": world.sam, "programId": world.pantry}
    for live in ({}, {"live": True}, {"live": None}):
        refused = await graph.refused(who, "referralSubmit", **given, **live, consent=False)
        assert refused[:2] == ("CONSENT_REQUIRED", ["input", "consent"])
    logged = await graph.do(who, "referralSubmit", **given, consent=False, live=False)
    assert (await graph.ask(who, REFERRAL, id=logged["referral"]["id"]))["referral"]["live"] is False


@pytest.mark.rule("FH23")
async def test_a_referral_names_the_one_that_replaced_it(graph: Graph, world: World) -> None:
    old, new = await world.refer(), await world.refer(program_id=world.kitchen)
    await graph.do("helen", "referralSetStatus", id=old, status="REFERRED_ELSEWHERE", replacedById=new)
    for who in ("helen", "sam"):
        assert (await graph.ask(who, REFERRAL, id=old))["referral"]["replacedBy"] == {"id": new}
    # The program does not see its client's referrals to other programs (FH15).
    assert (await graph.ask("paul", REFERRAL, id=old))["referral"]["replacedBy"] is None
    await graph.do("helen", "referralSetStatus", id=old, status="PENDING")
    assert (await graph.ask("helen", REFERRAL, id=old))["referral"]["replacedBy"] is None


@pytest.mark.rule("FH23", "XX3")
async def test_only_another_referral_of_the_same_client_replaces_one(graph: Graph, world: World) -> None:
    old = await world.refer()
    other_client = await world.refer(client_id=world.nora)
    not_for_paul = await world.refer(program_id=world.kitchen)
    for who, named in [("helen", other_client), ("helen", old), ("helen", new_id()), ("paul", not_for_paul)]:
        refused = await graph.refused(who, "referralSetStatus", id=old, status="REFERRED_ELSEWHERE", replacedById=named)
        assert refused == ("NOT_FOUND", ["input", "replacedById"], "There is no such referral of this client.")
    refused = await graph.refused("helen", "referralSetStatus", id=old, status="PENDING", replacedById=not_for_paul)
    assert refused[:2] == ("INVALID", ["input", "replacedById"])
    assert (await graph.ask("helen", REFERRAL, id=old))["referral"]["status"] == "NOT_UPDATED"
