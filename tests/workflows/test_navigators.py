"""Navigators see and edit the client they are there for, from the assignment to its end."""

import pytest

from models.database import Database
from policies import actors
from tests.graph import Graph
from tests.world import World
from workflows import navigators, people
from workflows.refusals import RefusedError

CLIENT = "query ($id: ID!) { client(id: $id) { email navigators { nodes { name } } access { edit { allowed rule } } } }"


async def newcomer(database: Database, world: World) -> str:
    """A member of Harbor Agency whose role lets them do nothing."""
    async with database.transaction() as tx:
        role = await people.add_role(tx, organization_id=world.agency, name="Volunteer", permissions=[])
        id = await people.register(tx, email="vera@example.test", first_name="Vera", last_name="Vogel")
        await people.join(tx, None, user_id=id, organization_id=world.agency, role_ids=[role])
    return id


@pytest.mark.rule("EL7", "XX2")
async def test_a_navigator_sees_the_client_while_assigned(database: Database, world: World) -> None:
    vera = await newcomer(database, world)
    graph = Graph(database, world.people)

    async def seen() -> object:
        actor = await actors.actor(database, vera)
        assert actor is not None
        return (await graph.ask(actor, CLIENT, id=world.nora))["client"]

    assert await seen() is None
    async with database.transaction() as tx:
        await navigators.assign(tx, await world.actor("helen", tx), client_id=world.nora, user_id=vera)
    assert await seen() == {
        "email": None,
        "navigators": {"nodes": [{"name": "Vera Vogel"}]},
        "access": {"edit": {"allowed": True, "rule": "EL7"}},
    }
    async with database.transaction() as tx:
        await navigators.unassign(tx, await world.actor("helen", tx), client_id=world.nora, user_id=vera)
    assert await seen() is None


async def test_only_members_of_the_clients_organization_are_assigned(database: Database, world: World) -> None:
    async with database.transaction() as tx:
        helen = await world.actor("helen", tx)
        with pytest.raises(RefusedError, match="no such member"):
            await navigators.assign(tx, helen, client_id=world.nora, user_id=world.people["paul"])
        paul = await world.actor("paul", tx)
        with pytest.raises(RefusedError, match="no such client"):
            await navigators.assign(tx, paul, client_id=world.nora, user_id=world.people["helen"])
