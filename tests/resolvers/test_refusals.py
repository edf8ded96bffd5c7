"""Bad input is answered in the payload, with the field it is about, and nothing is half done."""

from collections.abc import Callable
from typing import Any

import pytest

from models.base import Id, new_id
from models.database import Database
from tests.graph import Graph, ProtocolError, everything
from tests.world import World

Things = dict[str, Id]
ODD = {"NUL": "a\0b", "lone surrogate": "a\ud83d", "its other half": "\ude00a"}

BAD: list[tuple[str, str, Callable[[Things], dict[str, Any]], str, str]] = [
    ("paul", "referralAddNote", lambda t: {"referralId": t["referral"], "body": ""}, "BLANK", "body"),
    (
        "paul",
        "referralAddNote",
        lambda t: {"referralId": t["referral"], "body": " \t\r\n\u00a0\u3000"},
        "BLANK",
        "body",
    ),
    ("paul", "referralAddNote", lambda t: {"referralId": t["referral"], "body": "\u200b\u2060\ufeff"}, "BLANK", "body"),
    ("paul", "referralAddNote", lambda t: {"referralId": t["referral"], "body": "x" * 10_001}, "TOO_LONG", "body"),
    (
        "sam",
        "referralAddNote",
        lambda t: {"referralId": t["referral"], "body": "x", "shared": False},
        "INVALID",
        "shared",
    ),
    ("paul", "referralSetStatus", lambda t: {"id": t["referral"], "status": "NOT_UPDATED"}, "INVALID", "status"),
    ("paul", "referralSetStatus", lambda t: {"id": "7", "status": "PENDING"}, "NOT_FOUND", "id"),
    (
        "helen",
        "referralSetStatus",
        lambda t: {"id": t["referral"], "status": "PENDING", "replacedById": t["other"]},
        "INVALID",
        "replacedById",
    ),
    (
        "helen",
        "referralSetStatus",
        lambda t: {"id": t["referral"], "status": "REFERRED_ELSEWHERE", "replacedById": t["referral"]},
        "NOT_FOUND",
        "replacedById",
    ),
    ("helen", "referralSetGoal", lambda t: {"id": t["referral"], "goalId": t["client"]}, "NOT_FOUND", "goalId"),
    (
        "helen",
        "referralSubmit",
        lambda t: {"clientId": t["client"], "programId": t["program"], "consent": True, "comments": "x" * 4_001},
        "TOO_LONG",
        "comments",
    ),
    (
        "helen",
        "referralSubmit",
        lambda t: {"clientId": t["client"], "programId": t["program"], "consent": False},
        "CONSENT_REQUIRED",
        "consent",
    ),
    (
        "helen",
        "referralSubmit",
        lambda t: {"clientId": t["client"], "programId": t["client"], "consent": True},
        "NOT_FOUND",
        "programId",
    ),
    (
        "helen",
        "clientCreate",
        lambda t: {"organizationId": t["agency"], "firstName": " ", "lastName": "B"},
        "BLANK",
        "firstName",
    ),
    (
        "helen",
        "clientCreate",
        lambda t: {"organizationId": t["agency"], "firstName": "A", "lastName": "x" * 201},
        "TOO_LONG",
        "lastName",
    ),
    (
        "paul",
        "clientCreate",
        lambda t: {"organizationId": t["agency"], "firstName": "A", "lastName": "B"},
        "NOT_FOUND",
        "organizationId",
    ),
    ("helen", "clientUpdate", lambda t: {"id": t["client"], "firstName": None}, "BLANK", "firstName"),
    ("helen", "clientUpdate", lambda t: {"id": t["client"], "phone": "1", "lastName": ""}, "BLANK", "lastName"),
    ("helen", "clientUpdate", lambda t: {"id": t["client"], "phone": "1" * 201}, "TOO_LONG", "phone"),
    ("helen", "clientUpdate", lambda t: {"id": t["client"], "postalCode": "1" * 21}, "TOO_LONG", "postalCode"),
    (
        "helen",
        "clientUpdate",
        lambda t: {"id": t["client"], "contactPreference": None},
        "INVALID",
        "contactPreference",
    ),
    ("helen", "goalAdd", lambda t: {"clientId": t["client"], "title": " "}, "BLANK", "title"),
    ("helen", "goalAdd", lambda t: {"clientId": t["client"], "title": "x" * 501}, "TOO_LONG", "title"),
    ("helen", "goalUpdate", lambda t: {"id": t["goal"], "title": "", "status": "REACHED"}, "BLANK", "title"),
    ("ada", "groupAdd", lambda t: {"organizationId": t["agency"], "name": ""}, "BLANK", "name"),
    ("helen", "groupAdd", lambda t: {"organizationId": t["agency"], "name": "A"}, "FORBIDDEN", "organizationId"),
    ("ada", "placementStart", lambda t: {"membershipId": t["membership"]}, "INVALID", "programId"),
    (
        "ada",
        "placementStart",
        lambda t: {"membershipId": t["membership"], "siteId": t["site"], "groupId": t["group"]},
        "INVALID",
        "programId",
    ),
    (
        "ada",
        "placementStart",
        lambda t: {"membershipId": t["membership"], "programId": t["program"]},
        "NOT_FOUND",
        "programId",
    ),
    (
        "ada",
        "placementStart",
        lambda t: {"membershipId": t["membership"], "groupId": t["group"]},
        "CONFLICT",
        "groupId",
    ),
    ("ada", "placementEnd", lambda t: {"id": t["group"]}, "NOT_FOUND", "id"),
    ("helen", "placementEnd", lambda t: {"id": t["placement"]}, "FORBIDDEN", "id"),
    ("ada", "membershipEnd", lambda t: {"id": t["group"]}, "NOT_FOUND", "id"),
    ("helen", "membershipEnd", lambda t: {"id": t["membership"]}, "FORBIDDEN", "id"),
    (
        "ada",
        "membershipInvite",
        lambda t: {
            "address": "x@example.test",
            "organizationId": t["agency"],
            "roleIds": [t["role"], t["foreign role"]],
        },
        "NOT_FOUND",
        "roleIds",
    ),
    (
        "ada",
        "membershipInvite",
        lambda t: {"address": "hugo@example.test", "organizationId": t["agency"], "roleIds": []},
        "CONFLICT",
        "address",
    ),
    (
        "ada",
        "membershipInvite",
        lambda t: {"address": "hugo", "organizationId": t["agency"], "roleIds": []},
        "INVALID",
        "address",
    ),
    (
        "helen",
        "membershipInvite",
        lambda t: {"address": "x@example.test", "organizationId": t["agency"], "roleIds": []},
        "FORBIDDEN",
        "organizationId",
    ),
    ("helen", "clientSetCaseNumber", lambda t: {"id": t["client"], "caseNumber": "1"}, "FORBIDDEN", "id"),
    ("ada", "clientSetCaseNumber", lambda t: {"id": t["client"], "caseNumber": "1" * 201}, "TOO_LONG", "caseNumber"),
    ("helen", "clientSetType", lambda t: {"id": t["client"], "typeId": t["group"]}, "NOT_FOUND", "typeId"),
    ("helen", "clientAddWarning", lambda t: {"id": t["client"], "text": " "}, "BLANK", "text"),
    ("helen", "clientBan", lambda t: {"id": t["client"]}, "FORBIDDEN", "id"),
    ("helen", "clientDelete", lambda t: {"id": t["client"]}, "FORBIDDEN", "id"),
    ("ada", "clientInvite", lambda t: {"clientId": t["client"]}, "FORBIDDEN", "clientId"),
    ("ada", "clientEnrol", lambda t: {"id": t["client"]}, "FORBIDDEN", "id"),
    ("helen", "clientsAddToGroup", lambda t: {"groupId": t["group"], "clientIds": []}, "INVALID", "clientIds"),
    ("ada", "clientTypeAdd", lambda t: {"organizationId": t["agency"], "name": " "}, "BLANK", "name"),
    (
        "ada",
        "organizationSetEnrolment",
        lambda t: {"id": t["agency"], "programId": t["program"]},
        "NOT_FOUND",
        "programId",
    ),
    ("helen", "organizationSetPortal", lambda t: {"id": t["agency"], "hasPortal": True}, "FORBIDDEN", "id"),
    ("helen", "notificationClear", lambda t: {"id": t["client"]}, "NOT_FOUND", "id"),
    ("helen", "userBan", lambda t: {"userId": t["hugo"]}, "FORBIDDEN", "userId"),
]
ODD_TEXTS: list[tuple[str, str, Callable[[Things, str], dict[str, Any]], str]] = [
    ("paul", "referralAddNote", lambda t, odd: {"referralId": t["referral"], "body": odd}, "body"),
    ("paul", "referralSetStatus", lambda t, odd: {"id": odd, "status": "PENDING"}, "id"),
    (
        "helen",
        "referralSubmit",
        lambda t, odd: {"clientId": t["client"], "programId": t["program"], "consent": True, "comments": odd},
        "comments",
    ),
    ("helen", "clientUpdate", lambda t, odd: {"id": t["client"], "firstName": odd}, "firstName"),
    ("helen", "clientUpdate", lambda t, odd: {"id": t["client"], "phone": "1", "postalCode": odd}, "postalCode"),
    ("helen", "goalAdd", lambda t, odd: {"clientId": t["client"], "title": odd}, "title"),
    ("ada", "groupAdd", lambda t, odd: {"organizationId": t["agency"], "name": odd}, "name"),
    (
        "ada",
        "membershipInvite",
        lambda t, odd: {"address": "x@example.test", "organizationId": t["agency"], "roleIds": [t["role"], odd]},
        "roleIds",
    ),
]


@pytest.fixture
async def things(graph: Graph, world: World) -> Things:
    """One of everything, by its name."""
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    role = "select id from roles where organization_id = $1 limit 1"
    return {
        "client": world.sam,
        "program": world.pantry,
        "referral": await world.refer(),
        "other": await world.refer(program_id=world.kitchen),
        "goal": goal,
        "agency": world.agency,
        "group": world.outreach,
        "site": world.pier,
        "membership": world.memberships["hugo"],
        "placement": world.placements["hugo.group"],
        "role": await world.database.pool.fetchval(role, world.agency),
        "foreign role": await world.database.pool.fetchval(role, world.food_bank),
        "hugo": world.people["hugo"],
        "otto": world.people["otto"],
    }


@pytest.mark.rule("XX9")
async def test_every_refusal_names_its_field_and_nothing_is_half_done(
    graph: Graph, database: Database, things: Things
) -> None:
    before = await everything(database)
    for who, mutation, make, code, field in BAD:
        refused = await graph.refused(who, mutation, **make(things))
        assert refused[:2] == (code, ["input", field]), (mutation, refused)
        assert refused.message.endswith("."), refused.message
        assert await everything(database) == before, mutation
        refused = await graph.refused(who, mutation, **make(things), idempotencyKey=new_id())
        assert refused[:2] == (code, ["input", field]), (mutation, refused)
    assert await everything(database) == before


@pytest.mark.rule("XX9")
@pytest.mark.parametrize("odd", ODD)
async def test_text_that_cannot_be_kept_is_refused_wherever_it_stands(
    graph: Graph, database: Database, things: Things, odd: str
) -> None:
    before = await everything(database)
    for who, mutation, make, field in ODD_TEXTS:
        refused = await graph.refused(who, mutation, **make(things, ODD[odd]))
        assert refused[:2] == ("INVALID", ["input", field]), (mutation, refused)
    assert await everything(database) == before


@pytest.mark.rule("XX9")
@pytest.mark.parametrize(
    "address",
    [
        *("sam", "sam@", "@example.test", "sam@example", "a@example.", "a b@example.test", "a@b@example.test"),
        *("a@example.test,b@x.test", "a@example.test\nBcc: b@example.test", "<a@example.test>"),
        "x" * 250 + "@example.test",
    ],
)
async def test_an_address_that_is_none_is_refused(graph: Graph, database: Database, world: World, address: str) -> None:
    before = await everything(database)
    refused = await graph.refused("helen", "clientUpdate", id=world.sam, email=address, firstName="Samuel")
    assert refused.code == ("TOO_LONG" if len(address) > 254 else "INVALID")
    assert refused.field == ["input", "email"]
    assert await everything(database) == before


@pytest.mark.rule("XX9")
@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("referralSetStatus", {"status": "DONE"}),
        ("referralSetStatus", {"status": "pending"}),
        ("referralSetStatus", {"status": None}),
        ("referralSetStatus", {"status": "PENDING", "expectedVersion": 2**31}),
        ("referralSetStatus", {"status": "PENDING", "force": True}),
        ("referralSetStatus", {}),
    ],
)
async def test_input_of_the_wrong_shape_is_an_error_of_the_protocol(
    graph: Graph, database: Database, things: Things, mutation: str, given: dict[str, Any]
) -> None:
    before = await everything(database)
    with pytest.raises(ProtocolError) as refused:
        await graph.payload("paul", mutation, id=things["referral"], **given)
    [error] = refused.value.errors
    assert "$input" in error["message"]
    assert await everything(database) == before


@pytest.mark.rule("XX9")
async def test_what_is_at_the_limit_is_taken_and_comes_back_whole(graph: Graph, world: World) -> None:
    id = await world.refer()
    body = "👩🏽‍🦽" * 2_500
    assert len(body) == 10_000
    added = await graph.do("paul", "referralAddNote", referralId=id, body=body)
    assert added["note"]["body"] == body
    names = {"firstName": "ﷺ" * 200, "lastName": "Ó Súilleabháin-Nuñez", "email": "sam.o'neil+care@exämple.test"}
    show = "client { firstName lastName email phone }"
    updated = await graph.do("helen", "clientUpdate", show, id=world.sam, **names, phone=" ")
    assert updated["client"] == {**names, "phone": None}


@pytest.mark.rule("XX9")
@pytest.mark.parametrize("odd", ODD)
async def test_a_query_names_the_argument_that_cannot_be_meant(graph: Graph, odd: str) -> None:
    for field, argument in [
        ("clients(search: $odd) { totalCount }", "search"),
        ("programs(search: $odd) { totalCount }", "search"),
        ("programs(nearPostalCode: $odd) { totalCount }", "nearPostalCode"),
        ("organizations(search: $odd) { totalCount }", "search"),
    ]:
        with pytest.raises(ProtocolError) as refused:
            await graph.ask("helen", f"query($odd: String) {{ viewer {{ {field} }} }}", odd=ODD[odd])
        assert refused.value.errors[0]["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    query = "query($odd: ID) { viewer { ownReferrals(filter: { programId: $odd }) { totalCount } } }"
    with pytest.raises(ProtocolError) as refused:
        await graph.ask("helen", query, odd=ODD[odd])
    assert refused.value.errors[0]["extensions"]["argument"] == "programId"
    seen = await graph.ask("helen", "query($odd: ID!) { node(id: $odd) { id } client(id: $odd) { id } }", odd=ODD[odd])
    assert seen == {"node": None, "client": None}
