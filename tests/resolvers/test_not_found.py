"""What one may not see does not exist: the same answer as for an id that nobody has."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import pytest

from models.base import Id, new_id
from models.database import Database
from server.schema import build
from tests.company import Company
from tests.databases import fresh_database
from tests.graph import Graph
from tests.intake import Intake
from tests.mission import Mission
from tests.world import World

Things = dict[str, Id]
Input = Callable[[Things], dict[str, Any]]

CASES: dict[str, list[Input]] = {
    "referralSubmit": [lambda t: {"clientId": t["client"], "programId": t["kitchen"], "consent": True}],
    "referralSetStatus": [lambda t: {"id": t["referral"], "status": "PENDING"}],
    "referralSetGoal": [lambda t: {"id": t["referral"], "goalId": None}],
    "referralAddNote": [lambda t: {"referralId": t["referral"], "body": "Hello"}],
    "referralDeleteNote": [lambda t: {"id": t["note"]}],
    "clientCreate": [lambda t: {"organizationId": t["organization"], "firstName": "A", "lastName": "B"}],
    "clientUpdate": [lambda t: {"id": t["client"], "phone": "1"}, lambda t: {"id": t["client"], "expectedVersion": 9}],
    "clientUploadImage": [lambda t: {"clientId": t["client"]}],
    "clientGiveConsent": [lambda t: {"id": t["client"]}],
    "clientWithdrawConsent": [lambda t: {"id": t["client"]}],
    "clientAssignNavigator": [lambda t: {"clientId": t["client"], "userId": t["user"]}],
    "clientUnassignNavigator": [lambda t: {"clientId": t["client"], "userId": t["user"]}],
    "clientSetStatus": [lambda t: {"id": t["client"], "status": "CLOSED"}],
    "clientSetKind": [lambda t: {"id": t["client"], "kind": "EMPLOYEE"}],
    "clientSetType": [lambda t: {"id": t["client"], "typeId": None}],
    "clientSetCaseNumber": [lambda t: {"id": t["client"], "caseNumber": "1"}],
    "clientAddWarning": [lambda t: {"id": t["client"], "text": "Bites"}],
    "clientRemoveWarning": [lambda t: {"id": t["warning"]}],
    "clientsAddToGroup": [lambda t: {"groupId": t["group"], "clientIds": [t["client"]]}],
    "clientsRemoveFromGroup": [lambda t: {"groupId": t["group"], "clientIds": [t["client"]]}],
    "clientEnrol": [lambda t: {"id": t["client"]}],
    "clientBan": [lambda t: {"id": t["client"]}],
    "clientUnban": [lambda t: {"id": t["client"]}],
    "clientDelete": [lambda t: {"id": t["client"]}],
    "clientRestore": [lambda t: {"id": t["client"]}, lambda t: {"id": t["deleted"]}],
    "clientInvite": [lambda t: {"clientId": t["client"]}],
    "clientTypeAdd": [lambda t: {"organizationId": t["organization"], "name": "A"}],
    "clientTypeRename": [lambda t: {"id": t["type"], "name": "A"}],
    "clientTypeRetire": [lambda t: {"id": t["type"]}],
    "membershipInvite": [
        lambda t: {"organizationId": t["organization"], "address": "a@example.test", "roleIds": [t["role"]]}
    ],
    "invitationResend": [lambda t: {"id": t["invitation"]}],
    "invitationRevoke": [lambda t: {"id": t["invitation"]}],
    "invitationAccept": [lambda t: {"id": t["invitation"]}],
    "notificationClear": [lambda t: {"id": t["notification"]}],
    "letterRetry": [lambda t: {"id": t["letter"]}],
    "organizationSetPortal": [lambda t: {"id": t["organization"], "hasPortal": True}],
    "organizationSetSilence": [lambda t: {"id": t["organization"], "silent": True}],
    "organizationSetEnrolment": [lambda t: {"id": t["organization"], "programId": None}],
    "goalAdd": [lambda t: {"clientId": t["client"], "title": "Eat"}],
    "goalUpdate": [lambda t: {"id": t["goal"], "title": "Eat"}],
    "groupAdd": [lambda t: {"organizationId": t["organization"], "name": "A"}],
    "groupShare": [lambda t: {"id": t["group"], "sharing": True}],
    "membershipEnd": [lambda t: {"id": t["membership"]}],
    "placementStart": [lambda t: {"membershipId": t["membership"], "groupId": t["group"]}],
    "placementEnd": [lambda t: {"id": t["placement"]}],
    "membershipSetLeader": [lambda t: {"id": t["membership"], "leaderId": t["user"]}],
    "personaAdd": [lambda t: {"organizationId": t["organization"], "name": "A"}],
    "engagementStart": [
        lambda t: {"clientId": t["client"], "programId": t["kitchen"], "campusId": t["placement"]},
    ],
    "engagementEnd": [lambda t: {"id": t["engagement"]}],
    "engagementAssignCaseManager": [lambda t: {"id": t["engagement"], "caseManagerId": t["user"]}],
    "engagementRemoveCaseManager": [lambda t: {"id": t["engagement"]}],
    "engagementRecordOutcome": [lambda t: {"engagementId": t["engagement"], "area": "A", "percent": 1}],
    "progressionSubmit": [lambda t: {"engagementId": t["engagement"], "kind": "PHASE", "reason": "A"}],
    "progressionApprove": [lambda t: {"id": t["progression"], "expectedVersion": 1}],
    "progressionDeny": [lambda t: {"id": t["progression"], "expectedVersion": 1, "comments": "A"}],
    "progressionWithdraw": [lambda t: {"id": t["progression"]}],
    "delegationName": [
        lambda t: {"organizationId": t["organization"], "delegateId": t["user"], "endsAt": "2100-01-01T00:00:00Z"}
    ],
    "delegationEnd": [lambda t: {"id": t["delegation"]}],
    "listViewChange": [lambda t: {"id": t["list view"], "pinned": True}],
    "listViewDelete": [lambda t: {"id": t["list view"]}],
    "userBan": [lambda t: {"userId": t["user"]}],
    "userUnban": [lambda t: {"userId": t["user"]}],
    "mentoringRequestOpen": [lambda t: {"id": t["request"]}],
    "mentoringRequestClose": [lambda t: {"id": t["request"]}],
    "mentoringRequestAssign": [lambda t: {"id": t["request"], "mentorId": t["mentor"]}],
    "mentoringAssignmentAccept": [lambda t: {"id": t["assignment"]}],
    "mentoringAssignmentDecline": [lambda t: {"id": t["assignment"]}],
    "mentoringAssignmentHandBack": [lambda t: {"id": t["assignment"]}],
    "mentoringRequestPutBack": [lambda t: {"id": t["request"]}],
    "mentoringRequestTransfer": [lambda t: {"id": t["request"], "chapterId": t["bay"], "reason": "Nearer."}],
    "mentoringRequestAddNote": [lambda t: {"id": t["request"], "body": "Hello"}],
    "mentoringRequestMailClient": [lambda t: {"id": t["request"], "subject": "Hello", "body": "Hello"}],
    "mentoringRequestRecordSession": [lambda t: {"id": t["request"]}],
    "mentorEnrol": [
        lambda t: {"chapterId": t["chapter"], "userId": t["user"], "kind": "MENTOR", "languages": [], "expertise": []}
    ],
    "mentorPause": [lambda t: {"id": t["mentor"]}],
    "mentorResume": [lambda t: {"id": t["mentor"]}],
    "mentorSetLimit": [lambda t: {"id": t["mentor"], "weeklyLimit": 1}],
    "companyCreate": [lambda t: {"organizationId": t["organization"], "name": "A"}],
    "businessUnitRename": [lambda t: {"id": t["unit"], "name": "A"}],
    "positionAdd": [lambda t: {"organizationId": t["organization"], "name": "A"}],
    "positionUpdate": [lambda t: {"id": t["position"], "name": "A"}],
    "caseManagerUpdate": [
        lambda t: {"id": t["manager"], "title": "A"},
        lambda t: {"id": t["manager"], "expectedVersion": 9},
    ],
    "caseManagerMove": [lambda t: {"id": t["manager"], "companyId": t["company"], "businessUnitId": t["unit"]}],
    "caseManagerVerify": [lambda t: {"id": t["manager"]}],
    "caseManagerSetPromotions": [lambda t: {"id": t["manager"], "method": "EMAIL"}],
    "caseManagerSetRecruitment": [lambda t: {"id": t["manager"], "status": "ONBOARDED"}],
    "caseManagerAssignBso": [lambda t: {"id": t["manager"], "bsoId": t["user"]}],
    "caseManagerEnableLogin": [lambda t: {"id": t["manager"]}],
    "caseManagerResendActivation": [lambda t: {"id": t["manager"]}],
    "caseManagerDeactivate": [lambda t: {"id": t["manager"]}],
    "caseManagerReactivate": [lambda t: {"id": t["manager"]}],
}
PUBLIC = {
    "programShare", "organizationRecordViews", "phaseAdd", "intakeSettingsUpdate", "mentoringRequestSubmit",
    "businessUnitAdd", "caseManagerCreate",
}  # fmt: skip
"""About what everybody sees: these are refused as forbidden."""
WITHOUT_IDS = {"login", "tokenRefresh", "logout", "listViewSave", "notificationClearAll", "notificationPreferenceSet"}
FOR_ANYBODY = {"mentoringRequestSubmitPublic"}
"""Asks for no rights."""


class Scene(NamedTuple):
    """A world, and one of everything that Otto may not see in it."""

    graph: Graph
    world: World
    hidden: Things


@pytest.fixture(scope="module")
async def scene(server_dsn: str) -> AsyncIterator[Scene]:
    """Made once: what is not found changes nothing."""
    async with fresh_database(server_dsn) as dsn, Database(dsn, size=8) as database:
        world = await World.build(database)
        graph = Graph(database, world.people)
        yield Scene(graph, world, await things(graph, world))


async def things(graph: Graph, world: World) -> Things:
    """The ids, by what they are of."""
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    referral = await world.refer(goal_id=goal)
    note = (await graph.do("paul", "referralAddNote", referralId=referral, body="Hello"))["note"]["id"]
    await graph.do("ada", "clientAssignNavigator", clientId=world.sam, userId=world.people["hugo"])
    company = await Company.build(world)
    role = await world.database.pool.fetchval("select id from roles where organization_id = $1 limit 1", world.agency)
    await graph.do("helen", "clientAddWarning", id=world.sam, text="Has a dog.")
    show = "clientType { id }"
    kind = (await graph.do("ada", "clientTypeAdd", show, organizationId=world.agency, name="Vet"))["clientType"]["id"]
    given = {"organizationId": world.agency, "address": "new@example.test", "roleIds": [role]}
    invitation = (await graph.do("ada", "membershipInvite", **given))["invitation"]["id"]
    created = {"organizationId": world.agency, "firstName": "Gone", "lastName": "Girl"}
    gone = (await graph.do("helen", "clientCreate", **created))["client"]["id"]
    await graph.do("ada", "clientDelete", "clientId", id=gone)
    first = "select id from {} limit 1".format
    hidden = {
        "warning": await world.database.pool.fetchval(first("client_warnings")),
        "type": kind,
        "deleted": gone,
        "invitation": invitation,
        "notification": await world.database.pool.fetchval(first("notifications where user_id is not null")),
        "letter": await world.database.pool.fetchval(first("letters")),
    }
    intake = await Intake.build(world)
    request = await intake.ask()
    mission = await Mission.build(world)
    delegation = await graph.do(
        "lena", "delegationName", organizationId=mission.organization, delegateId=world.people["dirk"],
        endsAt="2100-01-01T00:00:00Z",
    )  # fmt: skip
    view = await graph.do("lena", "listViewSave", list="Viewer.approvals", name="A", arguments={})
    return {
        **hidden,
        "engagement": mission.engagement,
        "progression": await mission.submit(),
        "delegation": delegation["delegation"]["id"],
        "list view": view["listView"]["id"],
        "client": world.sam,
        "referral": referral,
        "note": note,
        "goal": goal,
        "group": world.outreach,
        "membership": world.memberships["hugo"],
        "placement": world.placements["hugo.group"],
        "user": world.people["hugo"],
        "role": role,
        "organization": world.agency,
        "kitchen": world.kitchen,
        "request": request,
        "assignment": await intake.assign(request),
        "mentor": intake.mentors["mia"],
        "chapter": intake.chapters["bay"],
        "bay": intake.chapters["bay"],
        "company": company.bright,
        "unit": company.units["North"],
        "position": company.lead,
        "manager": company.managers["wren"],
    }


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("mutation", CASES)
async def test_a_mutation_answers_alike_for_what_is_hidden_and_what_is_not_there(scene: Scene, mutation: str) -> None:
    graph, world, hidden = scene
    recorded = "select max(id) from events"
    newest = await world.database.pool.fetchval(recorded)
    public = {name: hidden[name] for name in ("kitchen", "bay")}
    nowhere = {**dict.fromkeys(hidden, new_id()), **public}
    nonsense = {**dict.fromkeys(hidden, "nonsense"), **public}
    for make in CASES[mutation]:
        answers = {str(await graph.payload("otto", mutation, **make(ids))) for ids in (hidden, nowhere, nonsense)}
        assert len(answers) == 1, answers
        assert "'NOT_FOUND'" in answers.pop()
    assert await world.database.pool.fetchval(recorded) == newest


@pytest.mark.rule("XX3")
def test_no_mutation_is_forgotten() -> None:
    mutation = build().mutation_type
    assert mutation is not None
    assert set(mutation.fields) == {*CASES, *PUBLIC, *WITHOUT_IDS, *FOR_ANYBODY}


@pytest.mark.rule("XX3")
@pytest.mark.parametrize(
    "kind",
    [
        *("client", "referral", "note", "goal", "group", "membership", "user", "role"),
        *("type", "invitation", "engagement", "progression", "delegation", "list view"),
        *("unit", "position", "manager"),
    ],
)
async def test_a_query_answers_null_for_what_is_hidden(scene: Scene, kind: str) -> None:
    graph, _, hidden = scene
    query = """query($id: ID!) {
      node(id: $id) { id } referral(id: $id) { id } client(id: $id) { id } referralForm(clientId: $id) { firstName }
      organization(id: $id) { id } program(id: $id) { id } engagement(id: $id) { id } progression(id: $id) { id }
      caseManager(id: $id) { id } }"""
    for id in (hidden[kind], new_id(), "nonsense", ""):
        assert set((await graph.ask("otto", query, id=id)).values()) == {None}
    seen_by = {"goal": "helen", "note": "helen", "referral": "helen"}
    seen_by |= dict.fromkeys(("engagement", "progression", "delegation", "list view"), "lena")
    assert (await graph.ask(seen_by.get(kind, "ada"), query, id=hidden[kind]))["node"] == {"id": hidden[kind]}


@pytest.mark.rule("XX3")
async def test_filters_find_nothing_through_what_is_hidden(scene: Scene) -> None:
    graph, world, hidden = scene
    query = """query($client: ID, $program: ID) { viewer {
      inboundReferrals(filter: { clientId: $client }) { totalCount }
      outboundReferrals(filter: { programId: $program }) { totalCount }
      ownReferrals(filter: { clientId: $client, programId: $program }) { totalCount } } }"""
    seen = await graph.ask("otto", query, client=hidden["client"], program=world.pantry)
    assert [page["totalCount"] for page in seen["viewer"].values()] == [0, 0, 0]


@pytest.mark.rule("XX3")
async def test_nobody_is_answered_who_is_not_signed_in(scene: Scene) -> None:
    graph, _, hidden = scene
    seen = await graph.answer(
        None, "query($id: ID!) { viewer { user { id } } node(id: $id) { id } }", {"id": hidden["client"]}
    )
    assert seen["data"] == {"viewer": None, "node": None}
    assert [error["extensions"]["code"] for error in seen["errors"]] == ["UNAUTHENTICATED"]
    text = "mutation($input: ReferralSetStatusInput!) { referralSetStatus(input: $input) { userErrors { code } } }"
    given = {"input": {"id": hidden["referral"], "status": "PENDING"}}
    seen = await graph.answer(None, text, given)
    assert seen["data"] is None
    assert [error["extensions"]["code"] for error in seen["errors"]] == ["UNAUTHENTICATED"]
