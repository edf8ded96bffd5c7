"""How much of a client's record one sees."""

import pytest

from tests.graph import Graph
from tests.world import World

CLIENT = """query($id: ID!) { client(id: $id) {
  firstName lastName email phone postalCode contactPreference goals { nodes { title } totalCount }
  withheld { field reason } } }"""
FORM = """query($id: ID!) { referralForm(clientId: $id) {
  firstName lastName email phone postalCode contactPreference goals { totalCount } } }"""
WITHHELD = ["email", "phone", "postalCode", "contactPreference", "goals"]


async def ask_for_peace(graph: Graph, world: World) -> None:
    await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat well")
    await graph.do("sam", "clientUpdate", id=world.sam, contactPreference="NONE")


async def assert_name_only(graph: Graph, world: World, who: str) -> None:
    seen = (await graph.ask(who, CLIENT, id=world.sam))["client"]
    assert (seen["firstName"], seen["lastName"]) == ("Sam", "Stone")
    assert {entry["field"] for entry in seen["withheld"]} >= set(WITHHELD)
    assert all("reached out" in entry["reason"] for entry in seen["withheld"] if entry["field"] != "record")
    for fields in (seen, (await graph.ask(who, FORM, id=world.sam))["referralForm"]):
        assert [fields[name] for name in WITHHELD[:-1]] == [None] * 4
        assert fields["goals"]["totalCount"] == 0


@pytest.mark.rule("FH20")
async def test_do_not_reach_out_leaves_the_program_the_name(graph: Graph, world: World) -> None:
    id = await world.refer()
    before = (await graph.ask("paul", CLIENT, id=world.sam))["client"]
    assert (before["email"], before["contactPreference"]) == ("sam@example.test", "EMAIL")
    assert [entry["field"] for entry in before["withheld"]] == ["record"]
    await ask_for_peace(graph, world)
    await assert_name_only(graph, world, "paul")
    through = "query($id: ID!) { referral(id: $id) { client { email withheld { field } } goal { id } } }"
    assert (await graph.ask("petra", through, id=id))["referral"]["client"]["email"] is None


@pytest.mark.rule("FH20")
@pytest.mark.parametrize("who", ["helen", "hugo", "ada", "sam"])
async def test_the_client_and_those_who_keep_the_record_see_all_of_it(graph: Graph, world: World, who: str) -> None:
    await world.refer()
    await ask_for_peace(graph, world)
    seen = (await graph.ask(who, CLIENT, id=world.sam))["client"]
    assert seen["email"] == "sam@example.test"
    assert seen["phone"] == "+1 415 555 0100"
    assert seen["postalCode"] == "94133"
    assert seen["contactPreference"] == "NONE"
    assert seen["goals"]["nodes"] == [{"title": "Eat well"}]
    assert [entry["field"] for entry in seen["withheld"]] == (["record"] if who == "sam" else [])


@pytest.mark.rule("FH21", "XX3")
async def test_the_end_of_consent_leaves_whoever_referred_from_outside_the_name(graph: Graph, world: World) -> None:
    await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat well")
    await world.refer()
    own = await world.refer("paul", program_id=world.kitchen)
    await graph.do("sam", "clientWithdrawConsent", id=world.sam)
    await assert_name_only(graph, world, "paul")
    access = "query($id: ID!) { referral(id: $id) { access { setGoal { allowed } } } }"
    assert (await graph.ask("paul", access, id=own))["referral"]["access"]["setGoal"]["allowed"] is False
    await graph.do("sam", "clientGiveConsent", id=world.sam)
    withheld = (await graph.ask("paul", CLIENT, id=world.sam))["client"]["withheld"]
    assert [entry["field"] for entry in withheld] == ["record"]


@pytest.mark.rule("FH20")
async def test_a_program_learns_no_more_by_referring_the_client_itself(graph: Graph, world: World) -> None:
    await graph.do("pam", "programShare", id=world.pantry, sharing=True)
    await world.refer()
    await ask_for_peace(graph, world)
    given = {"clientId": world.sam, "programId": world.kitchen}
    await graph.do("paul", "referralSubmit", **given, consent=False, live=False)
    await graph.do("paul", "referralSubmit", **given, consent=True)
    for who in ("paul", "petra", "karl"):
        await assert_name_only(graph, world, who)


@pytest.mark.rule("FH12", "XX3")
@pytest.mark.parametrize("who", ["paul", "pam", "karl", "otto"])
async def test_a_client_is_unknown_where_no_referral_leads(graph: Graph, world: World, who: str) -> None:
    await world.refer(live=False)
    seen = await graph.ask(
        who,
        "query($id: ID!) { client(id: $id) { id } node(id: $id) { id } referralForm(clientId: $id) { firstName } "
        'viewer { clients { totalCount nodes { id } } search: clients(search: "Sam") { totalCount } } }',
        id=world.sam,
    )
    assert (seen["client"], seen["node"], seen["referralForm"]) == (None, None, None)
    assert seen["viewer"] == {"clients": {"totalCount": 0, "nodes": []}, "search": {"totalCount": 0}}
