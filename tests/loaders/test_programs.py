"""Programs near a postal code, and the form of a referral that offers them."""

from typing import Any

import pytest

from models.base import Id, new_id
from models.database import Transaction
from models.organizations import Site
from models.programs import Program, ProgramSite
from tests.graph import Graph
from tests.world import World
from workflows import clock, organizations

NEAR = """query($near: String, $search: String, $first: Int, $after: String, $last: Int, $before: String) { viewer {
  programs(nearPostalCode: $near, search: $search, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { name } pageInfo { hasNextPage endCursor startCursor } } } }"""
FORM = """query($id: ID!, $search: String) { referralForm(clientId: $id) {
  client { id firstName } firstName lastName email phone postalCode contactPreference consent
  goals { nodes { title } } programs(search: $search) { totalCount nodes { name } } } }"""

SAN_FRANCISCO = (37.80, -122.41)
OAKLAND = (37.80, -122.27)
SAN_JOSE = (37.34, -121.89)
SACRAMENTO = (38.58, -121.49)
"""118 km from San Francisco, by less than 100 to the north and by less than 100 to the east."""
DAVIS = (38.54, -121.74)


async def add_program(
    tx: Transaction, world: World, name: str, *places: tuple[float, float], postal_code: str | None = None
) -> Id:
    """A program with a site at each of these places."""
    program = await organizations.add_program(tx, organization_id=world.food_bank, name=name)
    for latitude, longitude in places:
        site = new_id()
        now = clock.now()
        await tx.insert(
            Site,
            id=site,
            organization_id=world.food_bank,
            name=name,
            postal_code=postal_code,
            latitude=latitude,
            longitude=longitude,
            created_at=now,
            updated_at=now,
        )
        await tx.insert(ProgramSite, program_id=program, site_id=site)
    return program


@pytest.fixture
async def county(world: World) -> World:
    """The world, with programs here and there."""
    async with world.database.transaction() as tx:
        await add_program(tx, world, "Shelter", SAN_FRANCISCO, postal_code="94133")
        await add_program(tx, world, "Clinic", OAKLAND, postal_code="94607")
        await add_program(tx, world, "Legal aid", SAN_JOSE, DAVIS, postal_code="95112")
        await add_program(tx, world, "Capitol kitchen", SACRAMENTO, postal_code="95814")
        closed = await add_program(tx, world, "Closed shelter", SAN_FRANCISCO)
        await tx.update(Program, closed, active=False)
    return world


async def near(graph: Graph, postal_code: str | None, **more: Any) -> list[str]:
    page = (await graph.ask("helen", NEAR, near=postal_code, **more))["viewer"]["programs"]
    assert page["totalCount"] >= len(page["nodes"])
    return [program["name"] for program in page["nodes"]]


@pytest.mark.rule("FH16")
async def test_programs_near_a_postal_code_come_nearest_first(graph: Graph, county: World) -> None:
    assert await near(graph, "94133") == ["Shelter", "Clinic", "Legal aid"]
    assert await near(graph, "94607") == ["Clinic", "Shelter", "Legal aid"]
    # Of a program with several sites the nearest one counts.
    assert await near(graph, "95814") == ["Capitol kitchen", "Legal aid"]
    assert await near(graph, " 94133 ", search="CLI") == ["Clinic"]


@pytest.mark.rule("FH16")
@pytest.mark.parametrize("code", [None, "", " ", "9", "00000", "SW1A 1AA", "__", "%%", "x" * 5_000])
async def test_an_unknown_postal_code_finds_all_by_name(graph: Graph, county: World, code: str | None) -> None:
    assert await near(graph, code) == ["Capitol kitchen", "Clinic", "Legal aid", "Pantry", "Shelter", "Soup Kitchen"]


@pytest.mark.rule("FH16")
async def test_a_postal_code_without_a_site_of_its_own_is_placed_among_its_neighbours(
    graph: Graph, county: World
) -> None:
    assert await near(graph, "94199") == ["Shelter", "Clinic", "Legal aid"]
    assert await near(graph, "94601") == ["Clinic", "Shelter", "Legal aid"]


@pytest.mark.rule("FH16")
async def test_near_programs_can_be_paged_both_ways(graph: Graph, county: World) -> None:
    async with county.database.transaction() as tx:
        for i in range(3):
            await add_program(tx, county, f"At the same place {i}", OAKLAND)
    whole = await near(graph, "94133")
    assert len(whole) == 6
    for size, edge, start in (("first", "after", "endCursor"), ("last", "before", "startCursor")):
        found: list[str] = []
        cursor = None
        for _ in range(3):
            page = (await graph.ask("helen", NEAR, near="94133", **{size: 2, edge: cursor}))["viewer"]["programs"]
            names = [program["name"] for program in page["nodes"]]
            found = found + names if size == "first" else names + found
            cursor = page["pageInfo"][start]
        assert found == whole


@pytest.mark.rule("FH16", "FH17")
async def test_the_form_is_filled_in_from_the_profile_and_names_its_client(graph: Graph, county: World) -> None:
    await graph.do("helen", "goalAdd", clientId=county.sam, title="Eat")
    await graph.do("helen", "clientGiveConsent", id=county.sam)
    for who in ("helen", "sam", "hugo"):
        assert (await graph.ask(who, FORM, id=county.sam))["referralForm"] == {
            "client": {"id": county.sam, "firstName": "Sam"},
            "firstName": "Sam",
            "lastName": "Stone",
            "email": "sam@example.test",
            "phone": "+1 415 555 0100",
            "postalCode": "94133",
            "contactPreference": "EMAIL",
            "consent": True,
            "goals": {"nodes": [{"title": "Eat"}]},
            "programs": {
                "totalCount": 3,
                "nodes": [{"name": "Shelter"}, {"name": "Clinic"}, {"name": "Legal aid"}],
            },
        }
    found = (await graph.ask("helen", FORM, id=county.sam, search="aid"))["referralForm"]["programs"]
    assert found == {"totalCount": 1, "nodes": [{"name": "Legal aid"}]}


@pytest.mark.rule("FH16", "FH17")
async def test_the_form_of_a_client_without_a_postal_code_offers_all_programs(graph: Graph, county: World) -> None:
    form = (await graph.ask("helen", FORM, id=county.nora))["referralForm"]
    assert (form["client"]["firstName"], form["postalCode"], form["email"], form["consent"]) == (
        "Nora",
        None,
        None,
        False,
    )
    assert form["programs"]["totalCount"] == 6


@pytest.mark.rule("FH16", "FH20")
async def test_a_hidden_postal_code_is_not_told_by_what_is_near_it(graph: Graph, county: World) -> None:
    await county.refer()
    await graph.do("sam", "clientUpdate", id=county.sam, contactPreference="NONE")
    form = (await graph.ask("paul", FORM, id=county.sam))["referralForm"]
    assert form["programs"]["totalCount"] == 6
