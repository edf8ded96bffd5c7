"""Members, their places, and bans."""

import pytest

from models.people import Permission as P
from tests.graph import Graph, ProtocolError, hire
from tests.world import World
from workflows import people

MEMBERSHIP = "membership { id user { id } roles { nodes { name } } placements { nodes { id program { name } } } }"


async def role_of(world: World, organization_id: str) -> str:
    query = "select id from roles where organization_id = $1 and name = 'Worker'"
    id: str = await world.database.pool.fetchval(query, organization_id)
    return id


async def test_an_administrator_takes_in_places_and_ends(graph: Graph, world: World) -> None:
    await hire(world, "nina", world.elsewhere)
    role = await role_of(world, world.food_bank)
    given = {"address": "nina@example.test", "organizationId": world.food_bank, "roleIds": [role, role.upper()]}
    invitation = (await graph.do("pam", "membershipInvite", **given))["invitation"]["id"]
    await graph.do("nina", "invitationAccept", id=invitation)
    members = "query ($id: ID!) { organization(id: $id) { members(last: 1) { nodes { "
    members += "id user { id } roles { nodes { name } } } } } }"
    joined = await graph.ask("pam", members, id=world.food_bank)
    [membership] = joined["organization"]["members"]["nodes"]
    assert membership["user"] == {"id": world.people["nina"]}
    assert membership["roles"]["nodes"] == [{"name": "Worker"}]

    # An id is an id, however it is spelled.
    place = {"membershipId": membership["id"].upper(), "programId": world.pantry.upper()}
    placed = (await graph.do("pam", "placementStart", MEMBERSHIP, **place))["membership"]
    [placement] = placed["placements"]["nodes"]
    assert placement["program"] == {"name": "Pantry"}
    refused = await graph.refused("pam", "placementStart", **place)
    assert refused == ("CONFLICT", ["input", "programId"], "They work there already.")

    unplaced = (await graph.do("pam", "placementEnd", MEMBERSHIP, id=placement["id"]))["membership"]
    assert (unplaced["id"], unplaced["placements"]["nodes"]) == (membership["id"], [])
    assert (await graph.do("pam", "membershipEnd", MEMBERSHIP, id=membership["id"]))["membership"] is None
    node = "query($id: ID!) { node(id: $id) { id } }"
    assert await graph.ask("pam", node, id=membership["id"]) == {"node": None}
    assert (await graph.refused("pam", "membershipEnd", id=membership["id"]))[0] == "NOT_FOUND"


async def test_who_comes_back_to_a_place_may_be_placed_again(graph: Graph, world: World) -> None:
    await graph.do("pam", "placementEnd", id=world.placements["paul.program"])
    await graph.do("pam", "placementStart", membershipId=world.memberships["paul"], programId=world.pantry)


async def test_an_administrator_of_one_shared_organization_is_enough_for_a_ban(graph: Graph, world: World) -> None:
    """Whichever of the organizations that both belong to comes first."""
    for organization in (world.agency, world.food_bank):
        name = f"boss of {organization}".replace(" ", ".")
        await hire(world, name, organization, P.MANAGE_ORGANIZATION)
        async with world.database.transaction() as tx:
            other = world.food_bank if organization == world.agency else world.agency
            await people.join(tx, None, user_id=world.people[name], organization_id=other, role_ids=[])
        await hire(world, "nina." + organization, world.agency)
        async with world.database.transaction() as tx:
            nina = world.people["nina." + organization]
            await people.join(tx, None, user_id=nina, organization_id=world.food_bank, role_ids=[])
        await graph.do(name, "userBan", userId=nina)
        await graph.do(name, "userUnban", userId=nina)


@pytest.mark.rule("XX2")
async def test_who_is_banned_is_answered_nothing(graph: Graph, world: World) -> None:
    id = await world.refer()
    await graph.do("ada", "userBan", userId=world.people["helen"])
    for mutation, given in [
        ("referralSetStatus", {"id": id, "status": "PENDING"}),
        ("clientUpdate", {"id": world.sam, "phone": "1"}),
    ]:
        with pytest.raises(ProtocolError) as refused:
            await graph.payload("helen", mutation, **given)
        assert refused.value.errors[0]["extensions"]["code"] == "UNAUTHENTICATED"
    await graph.do("ada", "userUnban", userId=world.people["helen"])
    await graph.do("helen", "referralSetStatus", id=id, status="PENDING")


async def test_an_invitation_tells_nothing_of_who_has_the_address(graph: Graph, world: World) -> None:
    role = await role_of(world, world.food_bank)
    show = "invitation { kind organization { name } invitedBy { name } acceptedAt revokedAt }"
    answers = [
        await graph.do("pam", "membershipInvite", show, address=address, organizationId=world.food_bank, roleIds=[role])
        for address in ("otto@example.test", "nobody@example.test")
    ]
    assert answers[0] == answers[1]
    person = "query ($id: ID!) { node(id: $id) { id } }"
    assert await graph.ask("pam", person, id=world.people["otto"]) == {"node": None}
    assert (await graph.refused("pam", "userBan", userId=world.people["otto"])).code == "NOT_FOUND"


async def test_nobody_becomes_a_member_but_by_their_own_doing(graph: Graph, world: World) -> None:
    role = await role_of(world, world.food_bank)
    given = {"organizationId": world.food_bank, "roleIds": [role]}
    invite = await graph.do("pam", "membershipInvite", address="OTTO@example.test", **given)
    id = invite["invitation"]["id"]
    invitations = "{ viewer { invitations { nodes { id } } } }"
    assert (await graph.ask("otto", invitations))["viewer"]["invitations"]["nodes"] == [{"id": id}]
    assert (await graph.ask("helen", invitations))["viewer"]["invitations"]["nodes"] == []
    for other in ("helen", "pam"):
        assert (await graph.refused(other, "invitationAccept", id=id)).code == "NOT_FOUND"
    assert (await graph.refused("otto", "invitationRevoke", id=id)).code == "NOT_FOUND"
    assert (await graph.refused("paul", "invitationRevoke", id=id)).code == "FORBIDDEN"

    # A new invitation takes the place of the first, and one that is revoked cannot be accepted.
    again = (await graph.do("pam", "membershipInvite", address="otto@example.test", **given))["invitation"]["id"]
    assert (await graph.refused("otto", "invitationAccept", id=id)).code == "NOT_FOUND"
    await graph.do("pam", "invitationRevoke", id=again)
    assert (await graph.refused("otto", "invitationAccept", id=again)).code == "NOT_FOUND"
    last = (await graph.do("pam", "membershipInvite", address="otto@example.test", **given))["invitation"]["id"]
    await graph.do("otto", "invitationAccept", id=last)
    assert (await graph.refused("otto", "invitationAccept", id=last)).code == "NOT_FOUND"
    refused = await graph.refused("pam", "membershipInvite", address="otto@example.test", **given)
    assert refused[:2] == ("CONFLICT", ["input", "address"])
