"""E-mail to case managers."""

import pytest

from models.database import Database
from models.referrals import ReferralStatus
from tests.company import Company
from tests.jobs.conftest import MakeRunner, PostOffice, link_in
from tests.world import World
from workflows import clients
from workflows.later import later
from workflows.partners import case_managers, login
from workflows.referrals.set_status import set_status


@pytest.fixture
async def company(world: World) -> Company:
    return await Company.build(world)


@pytest.mark.rule("KW8")
async def test_enabling_a_login_sends_an_activation_email_once(
    world: World, company: Company, make_runner: MakeRunner, post_office: PostOffice, database: Database
) -> None:
    await make_runner().drain()
    sent = {message["To"]: message for message in post_office.received}
    assert set(sent) == {f"{name}@example.test" for name in company.managers}
    assert "/activate/" in link_in(sent["wren@example.test"])
    assert "Bright Insurance" in sent["wren@example.test"].as_string()
    async with database.transaction() as tx:
        for row in await tx.connection.fetch("select id from activations"):
            await later(tx, "activation_mail", {"activation_id": row["id"]})
    await make_runner().drain()
    assert len(post_office.received) == 4


@pytest.mark.rule("KW8")
async def test_a_deactivated_account_gets_no_activation_email(
    world: World, company: Company, make_runner: MakeRunner, post_office: PostOffice
) -> None:
    async with world.database.transaction() as tx:
        await login.deactivate(tx, await world.actor("ada", tx), company.managers["wren"])
    await make_runner().drain()
    assert "wren@example.test" not in {message["To"] for message in post_office.received}


@pytest.mark.rule("KW5")
async def test_only_a_verified_address_gets_confirmations(
    world: World, company: Company, make_runner: MakeRunner, post_office: PostOffice, database: Database
) -> None:
    async with database.transaction() as tx:
        await case_managers.verify(tx, await world.actor("ada", tx), company.managers["wren"])
    booking = await world.refer("wren", client_id=company.bert)
    await world.refer("wade", client_id=company.bert)
    await make_runner().drain()
    confirmed = [message for message in post_office.received if message["Subject"] == "Your referral to Pantry"]
    assert [message["To"] for message in confirmed] == ["wren@example.test"]
    assert "Bert B." in confirmed[0].as_string()

    async with database.transaction() as tx:
        await later(tx, "confirmation_mail", {"referral_id": booking})
        await set_status(tx, await world.actor("wren", tx), booking, ReferralStatus.PENDING)
        await case_managers.edit(tx, await world.actor("wren", tx), company.managers["wren"], {"phone": "1"})
    await world.refer("wren", client_id=company.bert)
    await make_runner().drain()
    assert sum(message["Subject"] == "Your referral to Pantry" for message in post_office.received) == 1


@pytest.mark.rule("KW5", "FH20")
async def test_nobody_is_told_of_a_client_who_is_not_to_be_reached_out_to(
    world: World, company: Company, make_runner: MakeRunner, post_office: PostOffice, database: Database
) -> None:
    async with database.transaction() as tx:
        await case_managers.verify(tx, await world.actor("ada", tx), company.managers["wren"])
        wren = await world.actor("wren", tx)
        await clients.update(tx, wren, company.bert, {"contact_preference": "none"})
    await world.refer("wren", client_id=company.bert)
    await make_runner().drain()
    assert {message["Subject"] for message in post_office.received} == {"Activate your login"}
