"""Clients in groups: many at once, all or none, with a result for each."""

import pytest

from models.base import Id, new_id
from tests.graph import Graph, everything
from tests.world import World
from workflows import clients

GROUP = """query ($id: ID!) { node(id: $id) { ... on Group { clients { nodes { firstName } } } } }"""
RESULTS = "results { changed client { id } } group { id }"


async def members(graph: Graph, who: str, id: Id) -> list[str]:
    found = (await graph.ask(who, GROUP, id=id))["node"]["clients"]["nodes"]
    return [client["firstName"] for client in found]


@pytest.mark.rule("EL6")
async def test_clients_are_added_and_removed_with_a_result_each(graph: Graph, world: World) -> None:
    ids = [world.sam, world.nora]
    added = await graph.do("helen", "clientsAddToGroup", RESULTS, groupId=world.outreach, clientIds=[world.sam])
    assert added["results"] == [{"changed": True, "client": {"id": world.sam}}]
    added = await graph.do("hugo", "clientsAddToGroup", RESULTS, groupId=world.outreach, clientIds=[*ids, world.sam])
    assert added["results"] == [
        {"changed": False, "client": {"id": world.sam}},
        {"changed": True, "client": {"id": world.nora}},
    ]
    assert await members(graph, "ada", world.outreach) == ["Nora", "Sam"]
    in_group = "query ($id: ID!) { viewer { clients(filter: { groupId: $id }) { totalCount } } }"
    assert (await graph.ask("helen", in_group, id=world.outreach))["viewer"]["clients"] == {"totalCount": 2}
    removed = await graph.do("hugo", "clientsRemoveFromGroup", RESULTS, groupId=world.outreach, clientIds=[world.nora])
    assert removed["results"] == [{"changed": True, "client": {"id": world.nora}}]
    assert await members(graph, "ada", world.outreach) == ["Sam"]


@pytest.mark.rule("EL6")
async def test_groups_are_found_by_name(graph: Graph, world: World) -> None:
    await graph.do("ada", "groupAdd", organizationId=world.agency, name="Night shift")
    search = 'query ($id: ID!) { organization(id: $id) { groups(search: "night") { nodes { name } } } }'
    found = await graph.ask("helen", search, id=world.agency)
    assert found["organization"]["groups"]["nodes"] == [{"name": "Night shift"}]


@pytest.mark.rule("EL6", "XX9")
async def test_where_one_is_refused_nothing_is_done(graph: Graph, world: World) -> None:
    given = {"organizationId": world.food_bank, "firstName": "Fred", "lastName": "Frost"}
    fred = (await graph.do("pam", "clientCreate", **given))["client"]["id"]
    before = await everything(world.database)
    ids = [world.sam, fred, "nonsense", world.nora, new_id()]
    payload = await graph.payload("helen", "clientsAddToGroup", RESULTS, groupId=world.outreach, clientIds=ids)
    assert payload["results"] is None
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("NOT_FOUND", ["input", "clientIds", place]) for place in ("1", "2", "4")
    ]
    assert await everything(world.database) == before


@pytest.mark.rule("EL6")
async def test_five_hundred_take_no_more_statements_than_five(graph: Graph, world: World) -> None:
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        ids = [
            await clients.create(
                tx, helen, organization_id=world.agency, first_name=f"Client {number}", last_name="Many"
            )
            for number in range(501)
        ]
    refused = await graph.refused("helen", "clientsAddToGroup", groupId=world.outreach, clientIds=ids)
    assert refused[:2] == ("INVALID", ["input", "clientIds"])
    counts = []
    for some in (ids[:5], ids[1:]):
        graph.statements.clear()
        await graph.do("helen", "clientsAddToGroup", "results { changed }", groupId=world.outreach, clientIds=some)
        counts.append(len(graph.statements))
    assert counts[0] == counts[1]
    events = "select count(*) from events where action = 'client.group_added' and internal_to_id = $1"
    assert await world.database.pool.fetchval(events, world.agency) == 501
