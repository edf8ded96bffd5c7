"""The warning when a client's record is opened that may be there already."""

from typing import Any

import pytest

from tests.graph import Graph
from tests.world import World

SHOW = "client { id } duplicates { clients { id firstName } others }"
NORA = {"firstName": "Nóra", "lastName": "Nørth-Lindquist", "birthDate": "1984-05-06", "postalCode": "K1A 0B1"}


@pytest.fixture
async def create(graph: Graph, world: World) -> Any:
    """Opens a record at Harbor Agency, or by Paul at the Food Bank, and answers the warning."""

    async def make(who: str, **given: Any) -> Any:
        organization = world.food_bank if who == "paul" else world.agency
        names = {"firstName": "Quite", "lastName": "Different"}
        payload = await graph.do(who, "clientCreate", SHOW, organizationId=organization, **{**names, **given})
        found = payload["duplicates"]
        return [client["firstName"] for client in found["clients"]], found["others"]

    return make


@pytest.mark.parametrize(
    ("given", "alike"),
    [
        ({"email": " SAM@Example.TEST "}, True),
        ({"phone": "(415) 555-0100"}, True),
        ({"phone": "+14155550100"}, True),
        ({"phone": "+1 415 555 0111"}, False),
        ({"firstName": "Sam", "lastName": "Ston", "postalCode": "94133 "}, True),
        ({"firstName": "Samm", "lastName": "Stone", "postalCode": "94133"}, True),
        ({"firstName": "Sam", "lastName": "Stone", "postalCode": "94134"}, False),
        ({"firstName": "Sam", "lastName": "Stone"}, False),
        ({"firstName": "Rita", "lastName": "Rowe", "postalCode": "94133"}, False),
    ],
)
async def test_who_is_alike(create: Any, given: dict[str, str], alike: bool) -> None:
    assert await create("helen", **given) == (["Sam"] if alike else [], 0)


async def test_names_are_compared_without_accents_and_with_birth_date_or_postal_code(create: Any) -> None:
    await create("helen", **NORA)
    plain = {"firstName": "Nora", "lastName": "North Lindqvist"}
    assert await create("helen", **plain, birthDate="1984-05-06") == (["Nóra"], 0)
    assert await create("helen", **plain, postalCode="k1a0b1") == (["Nóra"], 0)
    assert await create("helen", **plain, birthDate="1984-05-07") == ([], 0)


@pytest.mark.rule("XX3")
async def test_those_one_may_not_see_are_counted_only(create: Any, graph: Graph, world: World) -> None:
    assert await create("paul", email="sam@example.test") == ([], 1)
    assert await create("helen", email="sam@example.test") == (["Sam"], 1)
    await world.refer()
    names, others = await create("paul", email="sam@example.test")
    assert (sorted(names), others) == (["Quite", "Sam"], 1)
    # Who is not to be reached out to shows nothing but the name, also not that an address is theirs.
    await graph.do("helen", "clientUpdate", id=world.sam, contactPreference="NONE")
    names, others = await create("paul", email="sam@example.test")
    assert (names, others) == (["Quite", "Quite"], 2)


async def test_a_refused_record_has_no_duplicates(graph: Graph, world: World) -> None:
    for wrong, field in (({"firstName": " "}, "firstName"), ({"birthDate": "2999-01-01"}, "birthDate")):
        given = {"organizationId": world.agency, "firstName": "Sam", "lastName": "Stone", **wrong}
        payload = await graph.payload("helen", "clientCreate", SHOW, **given)
        assert (payload["client"], payload["duplicates"]) == (None, None)
        assert payload["userErrors"][0]["field"] == ["input", field]
