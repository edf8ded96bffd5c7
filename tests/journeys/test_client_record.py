"""A client's record, from the types that an administrator defines to the dropped socket of a banned client."""

import asyncio
import mailbox
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosedError

from tests.journeys.line import line
from tests.journeys.server import Person, serving
from tests.world import PASSWORD, World
from workflows import organizations

BOX = """query ($id: ID!) { client(id: $id) { record { caseNumber status portalStatus type { name }
  invitation { id } groups { nodes { name } } } } }"""


def letters(folder: Path) -> list[mailbox.MaildirMessage]:
    """What is in the maildir."""
    return [*mailbox.Maildir(folder)] if folder.exists() else []


async def link_in_mail(folder: Path) -> str:
    """The link of the only letter in the maildir, once it is there."""
    async with asyncio.timeout(20):
        while not (found := letters(folder)):
            await asyncio.sleep(0.05)
    [message] = found
    text = message.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    link = re.search(r"https?://\S+", text)
    assert link is not None
    return link[0]


async def sign_in(url: str, email: str, password: str) -> str | None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{url}/graphql",
            json={
                "query": "mutation ($i: LoginInput!) { login(input: $i) { accessToken } }",
                "variables": {"i": {"email": email, "password": password}},
            },
        )
    token: str | None = answer.json()["data"]["login"]["accessToken"]
    return token


@pytest.mark.rule("EL1", "EL2", "EL3", "EL4", "EL5", "EL6", "EL7", "EL8", "EL9", "XX2")
async def test_from_defining_types_to_a_dropped_socket(world: World, dsn: str, folder: Path) -> None:
    async with world.database.transaction() as tx:
        intake = await organizations.add_program(tx, organization_id=world.agency, name="Intake")
    async with serving(dsn, folder) as server:
        ada, helen, hugo = [await Person.sign_in(server, name) for name in ("ada", "helen", "hugo")]

        async def box() -> dict[str, Any]:
            found: dict[str, Any] = (await hugo.ask(BOX, id=world.nora))["client"]["record"]
            return found

        # The administrator sets the agency up.
        for mutation, named, given in (
            ("clientTypeAdd", "clientType { id }", {"organizationId": world.agency, "name": "Veteran"}),
            ("organizationSetPortal", "organization { id }", {"id": world.agency, "hasPortal": True}),
            ("organizationSetEnrolment", "organization { id }", {"id": world.agency, "programId": intake}),
        ):
            done = await ada.act(mutation, named, **given)
            if mutation == "clientTypeAdd":
                veteran = done["clientType"]["id"]

        await ada.do("clientAssignNavigator", clientId=world.nora, userId=world.people["hugo"])

        # Whatever is done to the record shows on the dashboard of everybody who keeps it.
        async with hugo.follow(after=await hugo.head(), filter={"clientId": world.nora}) as dashboard:
            await ada.do("clientSetCaseNumber", id=world.nora, caseNumber="H-7")
            await helen.do("clientSetType", id=world.nora, typeId=veteran)
            await helen.act("clientsAddToGroup", "group { id }", groupId=world.outreach, clientIds=[world.nora])
            await ada.do("clientInvite", clientId=world.nora, address="nora@example.test")
            told = [message.get("action") for message in await dashboard.until(4)]
            assert told == ["client.case_number_set", "client.type_set", "client.group_added", "client.invited"]
        seen = await box()
        assert (seen["caseNumber"], seen["type"]) == ("H-7", {"name": "Veteran"})
        assert seen["groups"]["nodes"] == [{"name": "Outreach"}]

        # The client gets a letter, looks at the invitation, chooses a password, and signs in.
        page = await link_in_mail(folder / "mail")
        async with httpx.AsyncClient() as browser:
            shown = await browser.get(page)
            assert shown.status_code == 200
            assert "nora@example.test" in shown.text
            assert (await box())["portalStatus"] is None, "looking accepts nothing"
            assert (await browser.post(page, data={"password": "short"})).status_code == 422
            assert (await browser.post(page, data={"password": PASSWORD})).status_code == 200
            assert (await browser.post(page, data={"password": PASSWORD})).status_code == 410
        token = await sign_in(server.url, "nora@example.test", PASSWORD)
        assert token is not None
        nora = Person(server, token)
        assert (await box())["portalStatus"] == "PENDING"
        await helen.do("clientEnrol", id=world.nora)
        assert (await box())["portalStatus"] == "ACTIVE"

        # What the client does reaches the navigator at once, and is cleared.
        kinds = {"kinds": ["NOTIFICATION"]}
        async with hugo.follow(after=await hugo.head(), filter=kinds) as bell:
            await nora.do("clientUpdate", id=world.nora, phone="1")
            [ring] = await bell.until(1)
            assert (ring["__typename"], ring["notification"]["kind"]) == ("NotificationChanged", "CLIENT_UPDATED")
            await hugo.act("notificationClear", "cleared", id=ring["notification"]["id"])
            assert (await bell.until(2))[1]["__typename"] == "AccessEnded"

        # Banned: the sockets are dropped, the sessions end, and there is no way in.
        async with line(server, nora.token, after=await nora.head()) as socket:
            await ada.do("clientBan", id=world.nora)
            assert await socket.end() == (4403, "Forbidden: the session has ended")
        with pytest.raises(ConnectionClosedError, match="4403"):
            async with line(server, nora.token):
                pass
        assert await sign_in(server.url, "nora@example.test", PASSWORD) is None
        assert (await box())["portalStatus"] == "BANNED"

        # Deleted: the record leaves the open dashboards, and comes back restored.
        async with hugo.follow(after=await hugo.head()) as dashboard:
            await ada.act("clientDelete", "clientId", id=world.nora)
            assert {"AccessEnded"} == {message["__typename"] for message in await dashboard.until(1)}
            assert (await hugo.ask(BOX, id=world.nora))["client"] is None
        await ada.do("clientRestore", id=world.nora)
        assert (await box())["caseNumber"] == "H-7"
