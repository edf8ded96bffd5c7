"""Under which name a person is known, and to whom."""

from typing import Any

import pytest

from models.base import Id
from models.people import Permission as P
from tests.graph import Graph, hire
from tests.world import World
from workflows import organizations

NAMES = """query($id: ID!) { referral(id: $id) {
  referredBy { ...A }
  history { nodes { action actor { ...A } } }
  notes { nodes { author { ...A } deletedBy { ...A } } } } }
fragment A on Actor { id name firstName lastName organization memberOf { name } }"""

INSIDE = {"helen": "Helen Hart", "hugo": "Hugo Hill", "paul": "Paul Price", "petra": "Petra Pohl", "sam": "Sam Stone"}
OUTSIDE = {"helen": "Helen H.", "hugo": "Hugo H.", "paul": "Paul P.", "petra": "Petra P.", "sam": "Sam S."}
PLACES = {
    "helen": ("Pier Office", "Harbor Agency"),
    "hugo": ("Harbor Agency", "Harbor Agency"),
    "paul": ("Pantry", "Food Bank"),
    "petra": ("Pantry", "Food Bank"),
    "sam": (None, None),
}


async def busy_referral(graph: Graph, world: World) -> Id:
    """A referral on which everyone who may has acted, written and deleted."""
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    id = await world.refer()
    for name in INSIDE:
        await graph.do(name, "referralSetStatus", id=id, status="PENDING")
        await graph.do(name, "referralAddNote", referralId=id, body="Hello")
        note = await graph.do(name, "referralAddNote", referralId=id, body="Mistake")
        await graph.do(name, "referralDeleteNote", id=note["note"]["id"])
    return id


def people_in(value: Any) -> list[dict[str, Any]]:
    """Every actor in an answer."""
    if isinstance(value, list):
        return [person for item in value for person in people_in(item)]
    if not isinstance(value, dict):
        return []
    if "organization" in value:
        return [value]
    return [person for item in value.values() for person in people_in(item)]


@pytest.mark.rule("FH8", "FH9")
@pytest.mark.parametrize(
    ("viewer", "colleagues"),
    [
        ("helen", {"helen", "hugo"}),
        ("hugo", {"helen", "hugo"}),
        ("paul", {"paul", "petra"}),
        ("sam", {"sam"}),
    ],
)
async def test_full_names_inside_the_organization_initials_outside(
    graph: Graph, world: World, viewer: str, colleagues: set[str]
) -> None:
    id = await busy_referral(graph, world)
    found = people_in(await graph.ask(viewer, NAMES, id=id))
    assert len(found) == 1 + 1 + 4 * len(INSIDE) + 3 * len(INSIDE)
    names = {user_id: name for name, user_id in world.people.items()}
    assert {names[person["id"]] for person in found} == set(INSIDE)
    for person in found:
        name = names[person["id"]]
        expected = INSIDE[name] if name in colleagues else OUTSIDE[name]
        assert person["name"] == expected
        assert f"{person['firstName']} {person['lastName']}" == expected
        member_of = person["memberOf"] and person["memberOf"]["name"]
        assert (person["organization"], member_of) == PLACES[name]


@pytest.mark.rule("FH8")
async def test_outside_no_full_name_can_be_found(graph: Graph, world: World) -> None:
    id = await busy_referral(graph, world)
    user = "query($id: ID!) { node(id: $id) { id ... on User { email lastName } } }"
    for viewer, person in [("paul", "helen"), ("helen", "paul"), ("sam", "helen"), ("otto", "sam"), ("helen", "sam")]:
        assert (await graph.ask(viewer, user, id=world.people[person]))["node"] is None
        if viewer != "otto":
            assert INSIDE[person] not in str(await graph.ask(viewer, NAMES, id=id))
    assert (await graph.ask("ada", user, id=world.people["helen"]))["node"]["lastName"] == "Hart"


@pytest.mark.rule("FH8")
async def test_who_has_left_is_a_stranger(graph: Graph, world: World) -> None:
    id = await busy_referral(graph, world)
    await graph.do("ada", "membershipEnd", id=world.memberships["hugo"])
    names = {person["name"] for person in people_in(await graph.ask("helen", NAMES, id=id))}
    assert "Hugo H." in names
    assert "Hugo Hill" not in names


@pytest.mark.rule("FH9")
@pytest.mark.parametrize(
    ("places", "expected"),
    [
        (["site"], "Depot"),
        (["program"], "Pantry"),
        (["site", "program"], "Depot"),
        (["program", "site"], "Pantry"),
        (["group"], "Food Bank"),
        (["group", "program", "site"], "Pantry"),
        ([], "Food Bank"),
    ],
)
async def test_the_place_beside_a_name_is_the_one_they_came_to_first(
    graph: Graph, world: World, places: list[str], expected: str
) -> None:
    await hire(world, "nina", world.food_bank, P.MAKE_REFERRALS, P.VIEW_CLIENTS, P.EDIT_CLIENTS)
    async with world.database.transaction() as tx:
        ids = {
            "site": await organizations.add_site(tx, organization_id=world.food_bank, name="Depot"),
            "group": await organizations.add_group(tx, None, organization_id=world.food_bank, name="Drivers"),
            "program": world.pantry,
        }
    for place in places:
        given = {f"{place}Id": ids[place]}
        await graph.do("pam", "placementStart", membershipId=world.memberships["nina"], **given)
    client = await graph.do("nina", "clientCreate", organizationId=world.food_bank, firstName="W", lastName="W")
    id = await world.refer("nina", client_id=client["client"]["id"])
    for viewer, name in [("nina", "Nina New"), ("petra", "Nina New")]:
        referred_by = (await graph.ask(viewer, NAMES, id=id))["referral"]["referredBy"]
        assert (referred_by["name"], referred_by["organization"]) == (name, expected)
