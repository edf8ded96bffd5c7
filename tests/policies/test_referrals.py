"""Who sees which referral."""

from typing import Any

import pytest

from models.base import Id
from models.people import Permission as P
from tests.graph import Graph, hire
from tests.world import World
from workflows import people

EVERYONE = ["helen", "hugo", "ada", "paul", "petra", "pam", "karl", "otto", "sam"]
DASHBOARDS = """{ viewer {
  inboundReferrals { nodes { id } totalCount }
  outboundReferrals { nodes { id } totalCount }
  ownReferrals { nodes { id } totalCount } } }"""
ONE = "query($id: ID!) { referral(id: $id) { id } node(id: $id) { id } }"


async def dashboards(graph: Graph, who: str) -> dict[str, list[Id]]:
    """What stands in a person's dashboards, by their names; those that are empty left out."""
    viewer = (await graph.ask(who, DASHBOARDS))["viewer"]
    for page in viewer.values():
        assert page["totalCount"] == len(page["nodes"])
    return {
        name.removesuffix("Referrals"): [node["id"] for node in page["nodes"]]
        for name, page in viewer.items()
        if page["nodes"]
    }


async def who_sees(graph: Graph, id: Id) -> set[str]:
    """Everyone who sees the referral, found by each way there is; the ways must agree."""
    seeing = set()
    for who in EVERYONE:
        one = await graph.ask(who, ONE, id=id)
        listed = any(id in ids for ids in (await dashboards(graph, who)).values())
        assert {one["referral"] is not None, one["node"] is not None, listed} in ({True}, {False}), who
        if listed:
            seeing.add(who)
    return seeing


@pytest.mark.rule("FH2")
async def test_a_referral_stands_in_three_dashboards(graph: Graph, world: World) -> None:
    made = await graph.do("helen", "referralSubmit", clientId=world.sam, programId=world.pantry, consent=True)
    id = made["referral"]["id"]
    assert await dashboards(graph, "sam") == {"own": [id]}
    assert await dashboards(graph, "helen") == {"outbound": [id]}
    assert await dashboards(graph, "paul") == {"inbound": [id]}
    assert await dashboards(graph, "petra") == {"inbound": [id]}
    profile = "query($id: ID!) { client(id: $id) { referrals { nodes { id status } } } }"
    for who in ("helen", "sam"):
        seen = await graph.ask(who, profile, id=world.sam)
        assert seen["client"]["referrals"]["nodes"] == [{"id": id, "status": "NOT_UPDATED"}]


@pytest.mark.rule("FH2")
async def test_dashboards_can_be_narrowed(graph: Graph, world: World) -> None:
    sams, noras = await world.refer(), await world.refer(client_id=world.nora)
    kitchen = await world.refer(program_id=world.kitchen)
    await graph.do("paul", "referralSetStatus", id=noras, status="GOT_HELP")
    query = """query($filter: ReferralFilter) {
      viewer { outboundReferrals(filter: $filter) { nodes { id } totalCount } } }"""
    for chosen, expected in [
        ({}, [kitchen, noras, sams]),
        ({"clientId": world.nora}, [noras]),
        ({"programId": world.pantry}, [noras, sams]),
        ({"status": ["NOT_UPDATED"]}, [kitchen, sams]),
        ({"status": ["GOT_HELP", "PENDING"]}, [noras]),
        ({"status": []}, []),
        ({"status": None, "clientId": world.sam, "programId": world.kitchen}, [kitchen]),
        ({"clientId": world.pantry}, []),
        ({"clientId": "nonsense"}, []),
    ]:
        page = (await graph.ask("helen", query, filter=chosen))["viewer"]["outboundReferrals"]
        assert page == {"nodes": [{"id": id} for id in expected], "totalCount": len(expected)}


@pytest.mark.rule("FH12")
async def test_by_default_only_its_maker_sees_an_outbound_referral(graph: Graph, world: World) -> None:
    assert await who_sees(graph, await world.refer(client_id=world.nora)) == {"helen", "paul", "petra"}
    assert await who_sees(graph, await world.refer(client_id=world.nora, live=False)) == {"helen"}
    assert await who_sees(graph, await world.refer("sam")) == {"sam", "paul", "petra"}


@pytest.mark.rule("FH12")
async def test_a_maker_who_leaves_the_organization_leaves_its_referrals(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("ada", "membershipEnd", id=world.memberships["helen"])
    assert await who_sees(graph, id) == {"paul", "petra", "sam"}
    refused = await graph.refused("helen", "referralSetStatus", id=id, status="PENDING")
    assert refused[0] == "NOT_FOUND"


@pytest.mark.rule("FH13")
async def test_sharing_reaches_the_group_from_the_day_it_is_on(graph: Graph, world: World) -> None:
    await hire(world, "hanna", world.agency, P.VIEW_CLIENTS)
    private = await world.refer(client_id=world.nora, live=False)
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    shared = await world.refer(client_id=world.nora, live=False)
    await graph.do("ada", "groupShare", id=world.outreach, sharing=False)
    private_again = await world.refer(client_id=world.nora, live=False)
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    shared_again = await world.refer(client_id=world.nora, live=False)

    # Not retroactive; and switching it off and on again neither takes nor gives what was made before.
    assert await dashboards(graph, "hugo") == {"outbound": [shared_again, shared]}
    for id in (private, private_again):
        assert await who_sees(graph, id) == {"helen"}

    # A new member sees back to the day it was switched on first; one who leaves the group sees none of it.
    assert await dashboards(graph, "hanna") == {}
    await graph.do("ada", "placementStart", membershipId=world.memberships["hanna"], groupId=world.outreach)
    assert await dashboards(graph, "hanna") == {"outbound": [shared_again, shared]}
    await graph.do("ada", "placementEnd", id=world.placements["hugo.group"])
    assert await dashboards(graph, "hugo") == {}


@pytest.mark.rule("FH13")
async def test_a_team_member_adds_notes_and_sets_the_status(graph: Graph, world: World) -> None:
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    id = await world.refer()
    await graph.do("hugo", "referralAddNote", referralId=id, body="I will drive him.")
    done = await graph.do("hugo", "referralSetStatus", id=id, status="ELIGIBLE")
    assert done["referral"]["status"] == "ELIGIBLE"


@pytest.mark.rule("FH13", "FH14")
async def test_a_program_shares_what_its_people_refer_elsewhere(graph: Graph, world: World) -> None:
    await world.refer(client_id=world.nora)
    onward = {"client_id": world.nora, "program_id": world.kitchen, "live": False}
    private = await world.refer("paul", **onward)
    await graph.do("pam", "programShare", id=world.pantry, sharing=True)
    shared = await world.refer("paul", **onward)
    assert await who_sees(graph, private) == {"paul"}
    assert await who_sees(graph, shared) == {"paul", "petra"}
    assert (await dashboards(graph, "petra"))["outbound"] == [shared]


@pytest.mark.rule("FH13")
async def test_sharing_stays_inside_the_organization_it_was_made_for(graph: Graph, world: World) -> None:
    """Nina works for two organizations; what she refers for one is no matter of her team in the other."""
    await hire(world, "nina", world.agency, P.MAKE_REFERRALS, P.VIEW_CLIENTS)
    async with world.database.transaction() as tx:
        membership = await people.join(
            tx, None, user_id=world.people["nina"], organization_id=world.food_bank, role_ids=[]
        )
        await people.place(tx, None, membership_id=membership, program_id=world.kitchen)
    await graph.do("pam", "programShare", id=world.kitchen, sharing=True)
    id = await world.refer("nina", client_id=world.nora, live=False)
    assert await who_sees(graph, id) == set()
    assert await dashboards(graph, "nina") == {"outbound": [id]}


@pytest.mark.rule("FH13")
@pytest.mark.parametrize("who", ["helen", "hugo", "paul", "sam", "otto"])
async def test_only_an_administrator_switches_sharing(graph: Graph, world: World, who: str) -> None:
    expected = "FORBIDDEN" if who in ("helen", "hugo") else "NOT_FOUND"
    assert (await graph.refused(who, "groupShare", id=world.outreach, sharing=True))[0] == expected
    refused = await graph.refused(who, "programShare", id=world.pantry, sharing=True)
    assert refused[:2] == ("FORBIDDEN", ["input", "id"])


@pytest.mark.rule("FH14")
async def test_every_claimer_sees_every_referral_to_the_program(graph: Graph, world: World) -> None:
    await hire(world, "nina", world.food_bank)
    ids = [await world.refer("sam"), await world.refer(), await world.refer(client_id=world.nora)]
    for who in ("paul", "petra"):
        assert await dashboards(graph, who) == {"inbound": ids[::-1]}
    assert await dashboards(graph, "nina") == {}
    await graph.do("pam", "placementStart", membershipId=world.memberships["nina"], programId=world.pantry)
    assert await dashboards(graph, "nina") == {"inbound": ids[::-1]}
    await graph.do("pam", "placementEnd", id=world.placements["paul.program"])
    assert await dashboards(graph, "paul") == {}
    # There is no setting: the switches of outbound sharing change nothing of it.
    await graph.do("pam", "programShare", id=world.pantry, sharing=True)
    await graph.do("pam", "programShare", id=world.pantry, sharing=False)
    assert await dashboards(graph, "petra") == {"inbound": ids[::-1]}


@pytest.mark.rule("FH15", "XX3")
async def test_a_program_never_sees_its_clients_other_referrals(graph: Graph, world: World) -> None:
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    ours = await world.refer(goal_id=goal)
    others = [
        await world.refer(program_id=world.kitchen, goal_id=goal),
        await world.refer("sam", program_id=world.kitchen),
        await world.refer(live=False, goal_id=goal),
    ]
    await graph.do("helen", "referralSetStatus", id=ours, status="REFERRED_ELSEWHERE", replacedById=others[0])
    seen = await graph.ask(
        "paul",
        """query($id: ID!, $program: ID!) {
          referral(id: $id) {
            replacedBy { id } goal { referrals { ...Ids } }
            client { referrals { ...Ids } goals { nodes { referrals { ...Ids } } } }
            program { organization { programs { nodes { referrals { ...Ids } } } } } }
          program(id: $program) { referrals { ...Ids } }
          viewer { clients { nodes { referrals { ...Ids } } } programs { nodes { referrals { ...Ids } } } } }
        fragment Ids on ReferralConnection { totalCount nodes { id } edges { node { id } } }""",
        id=ours,
        program=world.kitchen,
    )
    answer = str(seen)
    assert ours in answer
    assert not [id for id in others if id in answer]
    assert seen["referral"]["replacedBy"] is None
    counts = set(_values(seen, "totalCount"))
    assert counts == {0, 1}
    for id in others:
        assert await graph.ask("paul", ONE, id=id) == {"referral": None, "node": None}


def _values(answer: Any, name: str) -> list[Any]:
    if isinstance(answer, list):
        return [value for item in answer for value in _values(item, name)]
    if not isinstance(answer, dict):
        return []
    found = [answer[name]] if name in answer else []
    return found + [value for item in answer.values() for value in _values(item, name)]


@pytest.mark.rule("FH21", "FH22")
async def test_a_logged_referral_never_reaches_the_program(graph: Graph, world: World) -> None:
    logged = await world.refer(live=False, consent=False)
    assert await who_sees(graph, logged) == {"helen", "sam"}
    counts = "{ viewer { inboundCounts { notUpdated } clients { totalCount } } }"
    seen = await graph.ask("paul", counts)
    assert seen["viewer"] == {"inboundCounts": [], "clients": {"totalCount": 0}}
    through = "query($id: ID!) { program(id: $id) { referrals { totalCount nodes { id } } } }"
    assert (await graph.ask("paul", through, id=world.pantry))["program"]["referrals"]["totalCount"] == 0
    for mutation, given in [
        ("referralSetStatus", {"id": logged, "status": "PENDING"}),
        ("referralAddNote", {"referralId": logged, "body": "Hello"}),
    ]:
        assert (await graph.refused("paul", mutation, **given))[0] == "NOT_FOUND"


@pytest.mark.rule("FH21")
async def test_consent_withdrawn_takes_live_referrals_from_the_program(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("sam", "clientWithdrawConsent", id=world.sam)
    assert await who_sees(graph, id) == {"helen", "sam"}
    client = "query($id: ID!) { client(id: $id) { id } node(id: $id) { id } }"
    assert await graph.ask("paul", client, id=world.sam) == {"client": None, "node": None}
    await graph.do("helen", "clientGiveConsent", id=world.sam)
    assert await who_sees(graph, id) == {"helen", "sam", "paul", "petra"}


@pytest.mark.rule("FH22")
async def test_the_inbound_dashboard_counts_what_waits_by_program(graph: Graph, world: World) -> None:
    await graph.do("pam", "placementStart", membershipId=world.memberships["paul"], programId=world.kitchen)
    pantry = [await world.refer(client_id=client) for client in (world.sam, world.nora, world.sam)]
    await world.refer(program_id=world.kitchen)
    await world.refer(live=False)
    counts = "{ viewer { inboundCounts { notUpdated program { name } } } }"

    async def waiting(who: str) -> dict[str, int]:
        found = (await graph.ask(who, counts))["viewer"]["inboundCounts"]
        return {count["program"]["name"]: count["notUpdated"] for count in found}

    assert await waiting("paul") == {"Pantry": 3, "Soup Kitchen": 1}
    assert await waiting("petra") == {"Pantry": 3}
    assert await waiting("karl") == {"Soup Kitchen": 1}
    assert await waiting("helen") == {}
    await graph.do("petra", "referralSetStatus", id=pantry[0], status="PENDING")
    assert await waiting("paul") == {"Pantry": 2, "Soup Kitchen": 1}
    await graph.do("sam", "clientWithdrawConsent", id=world.sam)
    assert await waiting("paul") == {"Pantry": 1}
