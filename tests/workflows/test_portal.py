"""The portal: invitations to it, enrolment, bans."""

from typing import Any

import pytest

from models.database import Database
from tests.graph import Graph, hire
from tests.world import PASSWORD, World
from workflows import clients, clock, invitations, organizations, people, sessions
from workflows.invitations import LIFETIME, Newcomer
from workflows.refusals import RefusedError

BOX = """query ($id: ID!) { client(id: $id) { record { hasAccount portalStatus invitationAddressDiffers
  invitation { id address sentAt } access { invite { allowed reason } } } } }"""


async def box(graph: Graph, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await graph.ask("ada", BOX, id=id))["client"]["record"]
    return found


async def accept(database: Database, id: str) -> str:
    async with database.transaction() as tx:
        return await invitations.accept(tx, id, Newcomer(await sessions.hash_password(PASSWORD)))


@pytest.fixture
async def portal(graph: Graph, world: World) -> World:
    """The world, whose agency has a portal and the enrolment program "Intake"."""
    await graph.do("ada", "organizationSetPortal", id=world.agency, hasPortal=True)
    async with world.database.transaction() as tx:
        intake = await organizations.add_program(tx, organization_id=world.agency, name="Intake")
    await graph.do("ada", "organizationSetEnrolment", id=world.agency, programId=intake)
    return world


@pytest.mark.rule("EL8")
async def test_an_invitation_needs_a_portal_and_the_permission(graph: Graph, world: World) -> None:
    given = {"clientId": world.nora, "address": "nora@example.test"}
    refused = await graph.refused("ada", "clientInvite", **given)
    assert (refused.code, refused.message) == ("FORBIDDEN", "The organization has no portal.")
    await graph.do("ada", "organizationSetPortal", id=world.agency, hasPortal=True)
    assert (await graph.refused("helen", "clientInvite", **given)).code == "FORBIDDEN"
    refused = await graph.refused("ada", "clientInvite", clientId=world.nora)
    assert refused[:2] == ("BLANK", ["input", "address"])
    refused = await graph.refused("ada", "clientInvite", clientId=world.nora, address="OTTO@example.test")
    assert (refused.code, refused.message) == ("CONFLICT", "Somebody has this address already.")
    assert (await graph.refused("ada", "clientInvite", clientId=world.sam)).message == "There is an account already."
    await graph.do("ada", "clientInvite", **given)
    assert (await box(graph, world.nora))["invitation"]["address"] == "nora@example.test"


@pytest.mark.rule("EL8")
async def test_resend_goes_to_the_original_address_and_a_new_one_revokes_the_first(
    graph: Graph, portal: World, database: Database
) -> None:
    nora = portal.nora
    await graph.do("helen", "clientUpdate", id=nora, email="nora@example.test")
    await graph.do("ada", "clientInvite", clientId=nora)
    first = (await box(graph, nora))["invitation"]
    await graph.do("helen", "clientUpdate", id=nora, email="new@example.test")
    assert (await box(graph, nora))["invitationAddressDiffers"] is True
    resent = await graph.do("ada", "invitationResend", "invitation { id address sentAt }", id=first["id"])
    assert (resent["invitation"]["id"], resent["invitation"]["address"]) == (first["id"], "nora@example.test")
    assert resent["invitation"]["sentAt"] > first["sentAt"]
    assert await database.pool.fetchval("select count(*) from letters where subject_id = $1", first["id"]) == 2
    assert (await graph.refused("helen", "invitationResend", id=first["id"])).code == "FORBIDDEN"

    await graph.do("ada", "clientInvite", clientId=nora)
    second = await box(graph, nora)
    assert (second["invitation"]["address"], second["invitationAddressDiffers"]) == ("new@example.test", False)
    with pytest.raises(RefusedError, match="has been revoked"):
        await accept(database, first["id"])
    await graph.do("ada", "invitationRevoke", id=second["invitation"]["id"])
    with pytest.raises(RefusedError, match="has been revoked"):
        await accept(database, second["invitation"]["id"])
    assert (await box(graph, nora))["hasAccount"] is False


@pytest.mark.rule("EL8", "EL5")
async def test_acceptance_makes_the_account_which_enrolment_makes_active(
    graph: Graph, portal: World, database: Database
) -> None:
    nora = portal.nora
    await graph.do("ada", "clientInvite", clientId=nora, address="nora@example.test")
    id = (await box(graph, nora))["invitation"]["id"]
    portal.people["nora"] = await accept(database, id)
    assert await sessions.check_password(database, "nora@example.test", PASSWORD) == portal.people["nora"]
    seen = await box(graph, nora)
    assert (seen["hasAccount"], seen["portalStatus"], seen["invitation"]) == (True, "PENDING", None)
    own = "query ($id: ID!) { client(id: $id) { firstName } }"
    assert (await graph.ask("nora", own, id=nora))["client"] == {"firstName": "Nora"}
    with pytest.raises(RefusedError, match="accepted already"):
        await accept(database, id)
    await graph.do("helen", "clientEnrol", id=nora)
    assert (await box(graph, nora))["portalStatus"] == "ACTIVE"
    assert (await graph.refused("helen", "clientEnrol", id=nora)).message == "They are enrolled already."


@pytest.mark.rule("EL5")
async def test_an_account_of_somebody_enrolled_before_is_active(
    graph: Graph, portal: World, database: Database
) -> None:
    await graph.do("helen", "clientEnrol", id=portal.nora)
    await graph.do("ada", "clientInvite", clientId=portal.nora, address="nora@example.test")
    await accept(database, (await box(graph, portal.nora))["invitation"]["id"])
    assert (await box(graph, portal.nora))["portalStatus"] == "ACTIVE"


@pytest.mark.rule("EL8")
async def test_an_invitation_expires_and_resending_renews_it(graph: Graph, portal: World, database: Database) -> None:
    await graph.do("ada", "clientInvite", clientId=portal.nora, address="nora@example.test")
    id = (await box(graph, portal.nora))["invitation"]["id"]
    clock.move(LIFETIME)
    with pytest.raises(RefusedError, match="has expired"):
        await accept(database, id)
    await graph.do("ada", "invitationResend", id=id)
    await accept(database, id)


@pytest.mark.rule("EL5")
async def test_who_is_banned_may_not_sign_in_until_the_ban_ends(graph: Graph, world: World, database: Database) -> None:
    async with database.transaction() as tx:
        signed_in = await sessions.open_session(tx, world.people["sam"])
    assert (await graph.refused("helen", "clientBan", id=world.sam)).code == "FORBIDDEN"
    await graph.do("ada", "clientBan", id=world.sam)
    assert (await box(graph, world.sam))["portalStatus"] == "BANNED"
    assert await sessions.check_password(database, "sam@example.test", PASSWORD) is None
    assert await sessions.find_user(database, "sam@example.test") is None
    async with database.transaction() as tx:
        assert await sessions.renew(tx, signed_in.refresh_token) is None
    assert (await graph.refused("ada", "clientBan", id=world.sam)).message == "They are banned already."
    await graph.do("ada", "clientUnban", id=world.sam)
    assert await sessions.check_password(database, "sam@example.test", PASSWORD) == world.people["sam"]
    assert (await box(graph, world.sam))["portalStatus"] == "ACTIVE"


@pytest.mark.rule("EL5", "XX3")
async def test_an_agency_bans_its_client_and_nobodys_colleague(graph: Graph, world: World) -> None:
    """Who works elsewhere, or is somebody else's client, too, loses this record and nothing else."""
    await hire(world, "cleo", world.food_bank)
    async with world.database.transaction() as tx:
        helen = await world.actor("helen", tx)
        record = await clients.create(tx, helen, organization_id=world.agency, first_name="Cleo", last_name="Client")
        await clients.link_account(tx, record, world.people["cleo"])
    own = "query ($id: ID!) { client(id: $id) { id } viewer { user { firstName } } }"
    await graph.do("ada", "clientBan", id=record)
    assert await graph.ask("cleo", own, id=record) == {"client": None, "viewer": {"user": {"firstName": "Cleo"}}}
    async with world.database.transaction() as tx:
        await people.leave(tx, await world.actor("pam", tx), world.memberships["cleo"])
    assert await sessions.find_user(world.database, "cleo@example.test") is None
