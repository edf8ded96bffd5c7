"""Deleting a client's record, and restoring it."""

import pytest

from tests.graph import Graph
from tests.world import World

REFERRAL = "query ($id: ID!) { referral(id: $id) { version status client { id } clientDeletedAt } }"
DELETED = "{ viewer { deletedClients { nodes { id firstName deletedBy { name } } } } }"


@pytest.mark.rule("EL9")
async def test_a_deleted_client_is_a_tombstone_in_referrals(graph: Graph, world: World) -> None:
    id = await world.refer()
    assert (await graph.refused("helen", "clientDelete", id=world.sam)).code == "FORBIDDEN"
    assert (await graph.do("ada", "clientDelete", "clientId", id=world.sam))["clientId"] == world.sam
    for who in ("helen", "paul"):
        seen = (await graph.ask(who, REFERRAL, id=id))["referral"]
        assert (seen["version"], seen["client"]) == (2, None)
        assert seen["clientDeletedAt"] is not None
        assert await graph.ask(who, "query ($id: ID!) { client(id: $id) { id } }", id=world.sam) == {"client": None}
    await graph.do("paul", "referralSetStatus", id=id, status="PENDING")
    assert (await graph.ask("sam", REFERRAL, id=id))["referral"] is None

    assert (await graph.ask("helen", DELETED))["viewer"]["deletedClients"]["nodes"] == []
    assert (await graph.ask("pam", DELETED))["viewer"]["deletedClients"]["nodes"] == []
    [gone] = (await graph.ask("ada", DELETED))["viewer"]["deletedClients"]["nodes"]
    assert gone == {"id": world.sam, "firstName": "Sam", "deletedBy": {"name": "Ada Ames"}}
    assert (await graph.refused("helen", "clientRestore", id=world.sam)).code == "FORBIDDEN"
    await graph.do("ada", "clientRestore", id=world.sam)
    seen = (await graph.ask("sam", REFERRAL, id=id))["referral"]
    assert (seen["client"], seen["clientDeletedAt"]) == ({"id": world.sam}, None)
    assert (await graph.refused("ada", "clientRestore", id=world.sam)).code == "NOT_FOUND"


@pytest.mark.rule("EL9")
async def test_what_hangs_on_a_deleted_record_goes_with_it(graph: Graph, world: World) -> None:
    await graph.do("ada", "organizationSetPortal", id=world.agency, hasPortal=True)
    await graph.do("ada", "clientInvite", clientId=world.nora, address="nora@example.test")
    await graph.do("ada", "clientAssignNavigator", clientId=world.nora, userId=world.people["hugo"])
    notifications = "{ viewer { notifications { totalCount } } }"
    assert (await graph.ask("hugo", notifications))["viewer"]["notifications"] == {"totalCount": 1}
    await graph.do("ada", "clientDelete", "clientId", id=world.nora)
    assert (await graph.ask("hugo", notifications))["viewer"]["notifications"] == {"totalCount": 0}
    await graph.do("ada", "clientRestore", id=world.nora)
    box = "query ($id: ID!) { client(id: $id) { record { invitation { id } } navigators { nodes { name } } } }"
    seen = (await graph.ask("ada", box, id=world.nora))["client"]
    assert seen == {"record": {"invitation": None}, "navigators": {"nodes": [{"name": "Hugo Hill"}]}}
