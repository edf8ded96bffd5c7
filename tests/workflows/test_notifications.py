"""Who is told what, where, and how they clear it."""

from typing import Any

import pytest

from tests.graph import Graph, hire
from tests.world import World

LIST = "{ viewer { notifications { nodes { id kind queued client { firstName } referral { id } actor { name } } } } }"
QUEUE = "{ viewer { notificationQueue { nodes { id kind queued client { firstName } } } } }"
P = "preference { kind inApp email }"


async def told(graph: Graph, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await graph.ask(who, LIST))["viewer"]["notifications"]["nodes"]
    return found


async def queue(graph: Graph, who: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await graph.ask(who, QUEUE))["viewer"]["notificationQueue"]["nodes"]
    return found


async def navigate(graph: Graph, world: World, *names: str) -> None:
    for name in names:
        await graph.do("ada", "clientAssignNavigator", clientId=world.sam, userId=world.people[name])
        await graph.do(name, "notificationClearAll", "cleared")


@pytest.mark.rule("EL7")
async def test_notifications_go_to_assigned_navigators_only(graph: Graph, world: World) -> None:
    await graph.do("ada", "clientAssignNavigator", clientId=world.sam, userId=world.people["hugo"])
    [assigned] = await told(graph, "hugo")
    assert (assigned["kind"], assigned["actor"]) == ("NAVIGATOR_ASSIGNED", {"name": "Ada Ames"})
    await navigate(graph, world, "helen")
    id = await world.refer("helen")
    await graph.do("paul", "referralSetStatus", id=id, status="PENDING")
    await graph.do("paul", "referralAddNote", referralId=id, body="Called.")
    await graph.do("paul", "referralAddNote", referralId=id, body="For us.", shared=False)
    await graph.do("sam", "clientUpdate", id=world.sam, phone="1")
    assert [one["kind"] for one in await told(graph, "helen")] == [
        "CLIENT_UPDATED",
        "NOTE_ADDED",
        "REFERRAL_STATUS_SET",
    ]
    # Hugo is a navigator, too, but may not see Helen's referral.
    assert [one["kind"] for one in await told(graph, "hugo")] == ["CLIENT_UPDATED", "NAVIGATOR_ASSIGNED"]
    for name in ("ada", "paul", "sam"):
        assert await told(graph, name) == []
        assert await queue(graph, name) == []


@pytest.mark.rule("EL7")
async def test_with_no_navigator_they_wait_in_the_agencys_queue(graph: Graph, world: World) -> None:
    await graph.do("sam", "clientUpdate", id=world.sam, phone="1")
    for name in ("helen", "hugo", "ada"):
        [one] = await queue(graph, name)
        assert (one["kind"], one["queued"], one["client"]) == ("CLIENT_UPDATED", True, {"firstName": "Sam"})
        assert await told(graph, name) == []
    for name in ("paul", "sam", "otto"):
        assert await queue(graph, name) == []
        assert (await graph.refused(name, "notificationClear", id=one["id"])).code == "NOT_FOUND"
    await graph.do("hugo", "notificationClear", "cleared", id=one["id"])
    assert await queue(graph, "helen") == []

    # A navigator who has left is none.
    await hire(world, "vera", world.agency)
    await graph.do("ada", "clientAssignNavigator", clientId=world.sam, userId=world.people["vera"])
    await graph.do("sam", "clientUpdate", id=world.sam, phone="2")
    assert await queue(graph, "helen") == []
    await graph.do("ada", "membershipEnd", id=world.memberships["vera"])
    await graph.do("sam", "clientUpdate", id=world.sam, phone="3")
    assert len(await queue(graph, "helen")) == 1


@pytest.mark.rule("EL11")
async def test_a_setting_silences_closed_and_inactive_clients(graph: Graph, world: World) -> None:
    await navigate(graph, world, "helen")
    await graph.do("helen", "clientSetStatus", id=world.sam, status="INACTIVE")
    await graph.do("sam", "clientUpdate", id=world.sam, phone="1")
    assert len(await told(graph, "helen")) == 1
    await graph.do("ada", "organizationSetSilence", id=world.agency, silent=True)
    for status in ("ACTIVE", "CLOSED"):
        await graph.do("helen", "clientSetStatus", id=world.sam, status=status)
        await graph.do("sam", "clientUpdate", id=world.sam, phone=status)
        assert len(await told(graph, "helen")) == 2
    assert (await graph.refused("helen", "organizationSetSilence", id=world.agency, silent=False)).code == "FORBIDDEN"


@pytest.mark.rule("FH20")
async def test_nobody_is_told_of_a_client_who_wants_no_contact(graph: Graph, world: World) -> None:
    await navigate(graph, world, "helen")
    await graph.do("sam", "clientUpdate", id=world.sam, contactPreference="NONE")
    await graph.do("sam", "clientUpdate", id=world.sam, phone="1")
    assert await told(graph, "helen") == []


@pytest.mark.rule("EL15")
async def test_every_person_chooses_by_kind(graph: Graph, world: World) -> None:
    await navigate(graph, world, "helen", "hugo")
    preferences = "{ viewer { notificationPreferences { kind inApp email } } }"
    for name in ("helen", "hugo"):
        chosen = (await graph.ask(name, preferences))["viewer"]["notificationPreferences"]
        assert len(chosen) == 7
        assert all((one["inApp"], one["email"]) == (True, "NEVER") for one in chosen)
    for in_app, email in ((False, "NEVER"), (True, "DAILY"), (False, "AT_ONCE")):
        given = {"kind": "CLIENT_UPDATED", "inApp": in_app, "email": email}
        assert (await graph.do("helen", "notificationPreferenceSet", P, **given))["preference"] == given
        chosen = (await graph.ask("helen", preferences))["viewer"]["notificationPreferences"]
        assert given in chosen
        before = len(await told(graph, "helen"))
        await graph.do("sam", "clientUpdate", id=world.sam, phone=f"{in_app} {email}")
        assert len(await told(graph, "helen")) == before + in_app
    assert len(await told(graph, "hugo")) == 3
    await graph.do("sam", "clientWithdrawConsent", id=world.sam)
    await graph.do("sam", "clientGiveConsent", id=world.sam)
    assert "CONSENT_CHANGED" in [one["kind"] for one in await told(graph, "helen")]


@pytest.mark.rule("EL15")
async def test_one_or_all_are_cleared(graph: Graph, world: World) -> None:
    await navigate(graph, world, "helen")
    for phone in "123":
        await graph.do("sam", "clientUpdate", id=world.sam, phone=phone)
    ids = [one["id"] for one in await told(graph, "helen")]
    await graph.do("helen", "notificationClear", "cleared", id=ids[1])
    assert [one["id"] for one in await told(graph, "helen")] == [ids[0], ids[2]]
    assert (await graph.refused("helen", "notificationClear", id=ids[1])).code == "NOT_FOUND"
    assert (await graph.refused("hugo", "notificationClear", id=ids[0])).code == "NOT_FOUND"
    assert (await graph.do("helen", "notificationClearAll", "cleared"))["cleared"] == 2
    assert await told(graph, "helen") == []


@pytest.mark.rule("EL7", "XX3")
async def test_what_is_no_longer_seen_is_no_longer_told(graph: Graph, world: World) -> None:
    await hire(world, "vera", world.agency)
    await navigate(graph, world, "vera")
    await graph.do("sam", "clientUpdate", id=world.sam, phone="1")
    [one] = await told(graph, "vera")
    await graph.do("ada", "clientUnassignNavigator", clientId=world.sam, userId=world.people["vera"])
    assert await told(graph, "vera") == []
    assert await graph.ask("vera", "query ($id: ID!) { node(id: $id) { id } }", id=one["id"]) == {"node": None}
