"""What `access` says is what the mutation then does."""

from typing import Any

import pytest

from models.people import Permission as P
from tests.graph import Graph, hire
from tests.world import World
from workflows import clock

ACCESS = """query($id: ID!) { node(id: $id) {
  ... on Referral { access { setStatus { ...P } statuses addNote { ...P } setGoal { ...P } } }
  ... on Note { access { delete { ...P } } }
  ... on Client { access { edit { ...P } refer { ...P } assignNavigators { ...P } } }
  ... on Organization { access { manage { ...P } managePrograms { ...P } } } } }
fragment P on Permit { allowed rule reason }"""
EVERYONE = ["helen", "hugo", "ada", "paul", "petra", "pam", "karl", "otto", "sam", "vera"]
Try = tuple[str, str, dict[str, Any]]
"""A permit's name, and a mutation with an input that only the permit can refuse."""


async def agree(graph: Graph, who: str, id: str, tries: list[Try]) -> None:
    """Each permit of a record that the person sees is kept; of what they do not see nothing can be changed."""
    node = (await graph.ask(who, ACCESS, id=id))["node"]
    for permit, mutation, given in tries:
        errors = (await graph.payload(who, mutation, **given))["userErrors"]
        said = node and node["access"][permit]
        if said is None:
            assert [error["code"] for error in errors] == ["NOT_FOUND"], (who, mutation)
        elif said["allowed"]:
            assert errors == [], (who, mutation)
        else:
            assert [(error["code"], error["message"]) for error in errors] == [("FORBIDDEN", said["reason"])]
            assert said["rule"]


@pytest.mark.rule("XX4", "XX3")
@pytest.mark.parametrize("who", EVERYONE)
async def test_access_to_referrals_is_kept(graph: Graph, world: World, who: str) -> None:
    await hire(world, "vera", world.agency, P.VIEW_CLIENTS)
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    ids = [await world.refer(), await world.refer("sam"), await world.refer(live=False)]
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    ids.append(await world.refer(program_id=world.kitchen, goal_id=goal))
    for preference in ("EMAIL", "NONE"):
        await graph.do("sam", "clientUpdate", id=world.sam, contactPreference=preference)
        for id in ids:
            await agree(
                graph,
                who,
                id,
                [
                    ("setStatus", "referralSetStatus", {"id": id, "status": "PENDING"}),
                    ("addNote", "referralAddNote", {"referralId": id, "body": "Hello"}),
                    ("setGoal", "referralSetGoal", {"id": id, "goalId": None}),
                ],
            )


@pytest.mark.rule("XX4")
async def test_exactly_the_statuses_that_are_offered_can_be_set(graph: Graph, world: World) -> None:
    id = await world.refer()
    status = "query($id: ID!) { referral(id: $id) { access { statuses } } }"
    every = '{ __type(name: "ReferralStatus") { enumValues { name } } }'
    names = {value["name"] for value in (await graph.ask("paul", every))["__type"]["enumValues"]}
    offered = (await graph.ask("paul", status, id=id))["referral"]["access"]["statuses"]
    for name in sorted(names):
        errors = (await graph.payload("paul", "referralSetStatus", id=id, status=name))["userErrors"]
        assert (errors == []) is (name in offered), name


@pytest.mark.rule("XX4", "FH10", "FH11")
@pytest.mark.parametrize("who", EVERYONE)
async def test_access_to_notes_is_kept(graph: Graph, world: World, who: str) -> None:
    await hire(world, "vera", world.agency, P.VIEW_CLIENTS)
    await graph.do("ada", "groupShare", id=world.outreach, sharing=True)
    await graph.do("pam", "placementStart", membershipId=world.memberships["pam"], programId=world.pantry)
    id = await world.refer()
    for author in ("helen", "paul", "sam"):
        for shared in (True, False)[: 1 if author == "sam" else 2]:
            note = await graph.do(author, "referralAddNote", referralId=id, body="Hello", shared=shared)
            await agree(graph, who, note["note"]["id"], [("delete", "referralDeleteNote", {"id": note["note"]["id"]})])


@pytest.mark.rule("XX4", "FH10")
async def test_a_note_is_deleted_once(graph: Graph, world: World) -> None:
    note = (await graph.do("paul", "referralAddNote", referralId=await world.refer(), body="Hello"))["note"]["id"]
    await graph.do("paul", "referralDeleteNote", id=note)
    permit = (await graph.ask("paul", ACCESS, id=note))["node"]["access"]["delete"]
    refused = await graph.refused("paul", "referralDeleteNote", id=note)
    assert (refused.code, refused.message) == ("CONFLICT", permit["reason"])
    assert permit["allowed"] is False


@pytest.mark.rule("XX4")
@pytest.mark.parametrize("who", EVERYONE)
async def test_access_to_clients_is_kept(graph: Graph, world: World, who: str) -> None:
    await hire(world, "vera", world.agency, P.VIEW_CLIENTS)
    await world.refer()
    refer = {"programId": world.pantry, "consent": False, "live": False}
    for id in (world.sam, world.nora):
        await agree(
            graph,
            who,
            id,
            [
                ("edit", "clientUpdate", {"id": id, "phone": str(clock.now())}),
                ("edit", "clientGiveConsent", {"id": id}),
                ("edit", "clientWithdrawConsent", {"id": id}),
                ("edit", "goalAdd", {"clientId": id, "title": "Eat"}),
            ],
        )
        await agree(graph, who, id, [("refer", "referralSubmit", {"clientId": id, **refer})])
        given = {"clientId": id, "userId": world.people["hugo"]}
        await agree(graph, who, id, [("assignNavigators", "clientAssignNavigator", given)])


@pytest.mark.rule("XX4")
@pytest.mark.parametrize("who", EVERYONE)
async def test_access_to_organizations_is_kept(graph: Graph, world: World, who: str) -> None:
    await hire(world, "vera", world.agency, P.VIEW_CLIENTS)
    for organization, program in ((world.agency, None), (world.food_bank, world.pantry)):
        given: dict[str, Any] = {"id": organization, "recording": True}
        await agree(graph, who, organization, [("manage", "organizationRecordViews", given)])
        if program is not None:
            given = {"id": program, "sharing": True}
            await agree(graph, who, organization, [("managePrograms", "programShare", given)])


BOX = """query ($id: ID!) { client(id: $id) { record { access { edit { ...P } setCaseNumber { ...P } invite { ...P }
  enrol { ...P } ban { ...P } unban { ...P } delete { ...P } } } } } fragment P on Permit { allowed rule reason }"""


@pytest.mark.rule("XX4", "EL2", "EL5", "EL8", "EL9")
@pytest.mark.parametrize("who", EVERYONE)
async def test_access_to_the_box_of_a_record_is_kept(graph: Graph, world: World, who: str) -> None:
    await hire(world, "vera", world.agency, P.VIEW_CLIENTS)
    await world.refer()
    await graph.do("ada", "organizationSetPortal", id=world.agency, hasPortal=True)
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("edit", "clientSetStatus", {"status": "INACTIVE"}),
        ("setCaseNumber", "clientSetCaseNumber", {"caseNumber": None}),
        ("enrol", "clientEnrol", {}),
        ("ban", "clientBan", {}),
        ("unban", "clientUnban", {}),
        ("invite", "clientInvite", {"address": "new@example.test"}),
        ("delete", "clientDelete", {}),
    ]
    for id in (world.sam, world.nora):
        for permit, mutation, given in tries:
            client = (await graph.ask(who, BOX, id=id))["client"]
            said = client and client["record"] and client["record"]["access"][permit]
            named = {"clientId": id} if mutation == "clientInvite" else {"id": id}
            errors = (await graph.payload(who, mutation, "__typename", **named, **given))["userErrors"]
            if said is None:
                assert [error["code"] for error in errors] == ["NOT_FOUND"], (who, mutation)
            elif said["allowed"]:
                assert errors == [], (who, mutation)
            else:
                assert [(error["code"], error["message"]) for error in errors] == [("FORBIDDEN", said["reason"])]
