"""What one may not see does not exist: the same answer as for an id that nobody has."""

from collections.abc import Callable
from typing import Any

import pytest

from models.base import Id, new_id
from server.schema import build
from tests.graph import Graph
from tests.intake import Intake
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
    "clientGiveConsent": [lambda t: {"id": t["client"]}],
    "clientWithdrawConsent": [lambda t: {"id": t["client"]}],
    "clientAssignNavigator": [lambda t: {"clientId": t["client"], "userId": t["user"]}],
    "clientUnassignNavigator": [lambda t: {"clientId": t["client"], "userId": t["user"]}],
    "goalAdd": [lambda t: {"clientId": t["client"], "title": "Eat"}],
    "goalUpdate": [lambda t: {"id": t["goal"], "title": "Eat"}],
    "groupAdd": [lambda t: {"organizationId": t["organization"], "name": "A"}],
    "groupShare": [lambda t: {"id": t["group"], "sharing": True}],
    "membershipEnd": [lambda t: {"id": t["membership"]}],
    "placementStart": [lambda t: {"membershipId": t["membership"], "groupId": t["group"]}],
    "placementEnd": [lambda t: {"id": t["placement"]}],
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
}
PUBLIC = {"programShare", "organizationRecordViews", "intakeSettingsUpdate", "mentoringRequestSubmit"}
"""About what everybody sees: these are refused as forbidden."""
OPEN = {"membershipStart"}
"""Names a person who need not be seen, as long as nobody can be invited."""
WITHOUT_IDS = {"login", "tokenRefresh", "logout"}
FOR_ANYBODY = {"mentoringRequestSubmitPublic"}
"""Asks for no rights."""


async def things(graph: Graph, world: World) -> Things:
    """One of everything that Otto may not see."""
    goal = (await graph.do("helen", "goalAdd", clientId=world.sam, title="Eat"))["goal"]["id"]
    referral = await world.refer(goal_id=goal)
    note = (await graph.do("paul", "referralAddNote", referralId=referral, body="Hello"))["note"]["id"]
    await graph.do("ada", "clientAssignNavigator", clientId=world.sam, userId=world.people["hugo"])
    intake = await Intake.build(world)
    request = await intake.ask()
    role = await world.database.pool.fetchval("select id from roles where organization_id = $1 limit 1", world.agency)
    return {
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
    }


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("mutation", CASES)
async def test_a_mutation_answers_alike_for_what_is_hidden_and_what_is_not_there(
    graph: Graph, world: World, mutation: str
) -> None:
    hidden = await things(graph, world)
    public = {name: hidden[name] for name in ("kitchen", "bay")}
    nowhere = {**dict.fromkeys(hidden, new_id()), **public}
    nonsense = {**dict.fromkeys(hidden, "nonsense"), **public}
    for make in CASES[mutation]:
        answers = {str(await graph.payload("otto", mutation, **make(ids))) for ids in (hidden, nowhere, nonsense)}
        assert len(answers) == 1, answers
        assert "'NOT_FOUND'" in answers.pop()


@pytest.mark.rule("XX3")
def test_no_mutation_is_forgotten() -> None:
    mutation = build().mutation_type
    assert mutation is not None
    assert set(mutation.fields) == {*CASES, *PUBLIC, *OPEN, *WITHOUT_IDS, *FOR_ANYBODY}


@pytest.mark.rule("XX3")
@pytest.mark.parametrize("kind", ["client", "referral", "note", "goal", "group", "membership", "user", "role"])
async def test_a_query_answers_null_for_what_is_hidden(graph: Graph, world: World, kind: str) -> None:
    hidden = await things(graph, world)
    query = """query($id: ID!) {
      node(id: $id) { id } referral(id: $id) { id } client(id: $id) { id } referralForm(clientId: $id) { firstName }
      organization(id: $id) { id } program(id: $id) { id } }"""
    for id in (hidden[kind], new_id(), "nonsense", ""):
        assert set((await graph.ask("otto", query, id=id)).values()) == {None}
    seen_by = {"goal": "helen", "note": "helen"}.get(kind, "ada" if kind != "referral" else "helen")
    assert (await graph.ask(seen_by, query, id=hidden[kind]))["node"] == {"id": hidden[kind]}


@pytest.mark.rule("XX3")
async def test_filters_find_nothing_through_what_is_hidden(graph: Graph, world: World) -> None:
    hidden = await things(graph, world)
    query = """query($client: ID, $program: ID) { viewer {
      inboundReferrals(filter: { clientId: $client }) { totalCount }
      outboundReferrals(filter: { programId: $program }) { totalCount }
      ownReferrals(filter: { clientId: $client, programId: $program }) { totalCount } } }"""
    seen = await graph.ask("otto", query, client=hidden["client"], program=world.pantry)
    assert [page["totalCount"] for page in seen["viewer"].values()] == [0, 0, 0]


@pytest.mark.rule("XX3")
async def test_nobody_is_answered_who_is_not_signed_in(graph: Graph, world: World) -> None:
    hidden = await things(graph, world)
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
