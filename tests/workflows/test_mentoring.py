"""A request's way through the queue: submitted, assigned, answered, put back, transferred, and out of the queue."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.base import Id
from models.mentoring import MentoringStatus
from tests.graph import Graph, Refused
from tests.intake import FORM, Intake, at
from tests.world import World
from workflows import clock
from workflows.mentoring.lifecycle import LIFECYCLE

ONE = """query($id: ID!) { mentoringRequest(id: $id) {
  id version status isNewClient matchedBy stagnantSince sessionAt deadline mentor { name } chapter { id }
  ageHours statusHours } }"""
QUEUE = "{ viewer { intakeQueue { nodes { id } totalCount } } }"


async def one(graph: Graph, who: str, id: Id) -> Any:
    return (await graph.ask(who, ONE, id=id))["mentoringRequest"]


async def queue(graph: Graph, who: str) -> list[Id]:
    return [node["id"] for node in (await graph.ask(who, QUEUE))["viewer"]["intakeQueue"]["nodes"]]


@pytest.mark.rule("SC1")
async def test_a_request_goes_to_its_chapters_queue_by_itself(graph: Graph, intake: Intake) -> None:
    ids = [await intake.ask(), await intake.ask("cora"), await intake.ask("clea")]
    assert await queue(graph, "cora") == ids
    assert await queue(graph, "carl") == ids
    for who in ("hank", "nate", "mia", "clea", "helen"):
        assert await queue(graph, who) == []
    assert (await one(graph, "cora", ids[0]))["status"] == "UNASSIGNED"
    assert await queue(graph, "nate") == []
    far = await intake.ask(chapter="far")
    assert await queue(graph, "nate") == [far]


@pytest.mark.rule("SC1", "XX9")
@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"firstName": " "}, "BLANK", "firstName"),
        ({"lastName": ""}, "BLANK", "lastName"),
        ({"help": "\u200b"}, "BLANK", "help"),
        ({"email": "nobody"}, "INVALID", "email"),
        ({"email": None, "phone": None}, "BLANK", "email"),
        ({"chapterId": "nonsense"}, "NOT_FOUND", "chapterId"),
        ({"postalCode": "9" * 21}, "TOO_LONG", "postalCode"),
    ],
)
async def test_a_form_that_cannot_be_meant_is_refused(
    graph: Graph, intake: Intake, values: dict[str, Any], code: str, field: str
) -> None:
    form = {"firstName": "Ann", "lastName": "Archer", "email": "ann@example.test", "help": "Find a first job."}
    given = {"chapterId": intake.chapters["bay"], **form, **values}
    refused = await graph.refused("cora", "mentoringRequestSubmit", **given)
    assert refused[:2] == (code, ["input", field])
    payload = await graph.payload(None, "mentoringRequestSubmitPublic", "received", **given)
    assert payload["received"] is False
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, ["input", field])]
    assert await queue(graph, "cora") == []


@pytest.mark.rule("SC1")
async def test_only_clients_and_coordinators_submit_signed_in(graph: Graph, intake: Intake) -> None:
    form = {"firstName": "Ann", "lastName": "Archer", "email": "ann@example.test", "help": "Find a first job."}
    for who in ("mia", "otto", "hank"):
        refused = await graph.refused(who, "mentoringRequestSubmit", chapterId=intake.chapters["bay"], **form)
        assert refused.code == "FORBIDDEN"


@pytest.mark.rule("SC7")
@pytest.mark.parametrize(
    ("values", "matched_by"),
    [
        ({}, None),
        ({"email": " CLEA@Example.TEST "}, "EMAIL"),
        ({"phone": "415.555.0177"}, "PHONE"),
        ({"phone": "0177"}, None),
        ({"first_name": "CLEA ", "last_name": "cole", "postal_code": "941 33"}, "NAME"),
        ({"first_name": "Clea", "last_name": "Cole"}, None),
        ({"first_name": "Clea", "last_name": "Cole", "postal_code": "94134"}, None),
        ({"email": "clea@example.test", "phone": "415.555.0177"}, "EMAIL"),
    ],
)
async def test_details_say_whether_the_client_is_known(
    graph: Graph, intake: Intake, values: dict[str, Any], matched_by: str | None
) -> None:
    seen = await one(graph, "cora", await intake.ask(**values))
    assert (seen["isNewClient"], seen["matchedBy"]) == (matched_by is None, matched_by)
    elsewhere = await one(graph, "hank", await intake.ask(chapter="hill", **values))
    assert elsewhere["isNewClient"], "what another chapter keeps is no matter of this one"


@pytest.mark.rule("SC7")
async def test_who_asked_before_is_no_new_client(graph: Graph, intake: Intake) -> None:
    first, second = await intake.ask(), await intake.ask(email="ANN@example.test", first_name="Anna")
    assert (await one(graph, "cora", first))["isNewClient"]
    assert (await one(graph, "cora", second))["matchedBy"] == "EMAIL"


@pytest.mark.rule("SC7", "XX3")
async def test_a_client_sees_as_their_own_only_what_is_surely_theirs(graph: Graph, intake: Intake) -> None:
    mine = [await intake.ask("clea"), await intake.ask(email="clea@example.test")]
    await intake.ask(phone="(415) 555-0177")
    await intake.ask(first_name="Clea", last_name="Cole", postal_code="94133")
    query = "{ viewer { ownMentoringRequests { nodes { id isNewClient matchedBy withheld { field } } } } }"
    nodes = (await graph.ask("clea", query))["viewer"]["ownMentoringRequests"]["nodes"]
    assert [node["id"] for node in nodes] == mine[::-1]
    assert {node["isNewClient"] for node in nodes} == {None}
    assert {"field": "matchedBy"} in nodes[0]["withheld"]


@pytest.mark.rule("SC2", "SC5", "SC21")
async def test_it_stays_in_the_queue_view_until_a_session_is_recorded(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    assignment = await intake.assign(id)
    assert (await one(graph, "cora", id))["status"] == "ASSIGNED_PENDING"
    assert await queue(graph, "cora") == [id]
    await graph.do("mia", "mentoringAssignmentAccept", id=assignment)
    assert (await one(graph, "cora", id))["status"] == "ASSIGNED"
    assert await queue(graph, "cora") == [id]
    await graph.do("mia", "mentoringRequestRecordSession", id=id)
    assert await queue(graph, "cora") == []
    seen = await one(graph, "cora", id)
    assert seen["status"] == "ASSIGNED", "having had a session is a fact of its own"
    assert seen["sessionAt"] is not None
    listed = await graph.ask("cora", "{ viewer { mentoringRequests { nodes { id } } } }")
    assert listed["viewer"]["mentoringRequests"]["nodes"] == [{"id": id}]


@pytest.mark.rule("SC21")
async def test_a_session_needs_a_mentor_who_accepted_and_a_time_that_is_past(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    assert (await graph.refused("cora", "mentoringRequestRecordSession", id=id)).code == "INVALID"
    assignment = await intake.assign(id)
    assert (await graph.refused("mia", "mentoringRequestRecordSession", id=id)).code == "INVALID"
    await graph.do("mia", "mentoringAssignmentAccept", id=assignment)
    later = (clock.now() + timedelta(hours=1)).isoformat()
    refused = await graph.refused("mia", "mentoringRequestRecordSession", id=id, heldAt=later)
    assert refused[:2] == ("INVALID", ["input", "heldAt"])
    assert (await graph.refused("max", "mentoringRequestRecordSession", id=id)).code == "NOT_FOUND"
    yesterday = clock.now() - timedelta(days=1)
    await graph.do("cora", "mentoringRequestRecordSession", id=id, heldAt=yesterday.isoformat())
    query = "query($id: ID!) { mentoringRequest(id: $id) { sessions { nodes { heldAt mentor { name } } } } }"
    [session] = (await graph.ask("mia", query, id=id))["mentoringRequest"]["sessions"]["nodes"]
    assert session == {"heldAt": yesterday.isoformat(), "mentor": {"name": "Mia Bay"}}


@pytest.mark.rule("SC4")
async def test_views_by_status_and_by_name(graph: Graph, intake: Intake) -> None:
    waiting, pending = await intake.ask(first_name="Zoë"), await intake.ask(last_name="O'Hara_x")
    await intake.assign(pending)
    hills = await intake.ask(chapter="hill")
    query = """query($f: MentoringRequestFilter) { viewer { intakeQueue(filter: $f) { nodes { id } }
      mentoringRequests(filter: $f) { nodes { id } totalCount } } }"""
    for chosen, expected in [
        ({}, [waiting, pending]),
        ({"status": ["UNASSIGNED"]}, [waiting]),
        ({"status": ["ASSIGNED_PENDING", "ASSIGNED"]}, [pending]),
        ({"search": "zoë arch"}, [waiting]),
        ({"search": "hara_"}, [pending]),
        ({"search": "%"}, []),
        ({"stagnant": True}, []),
        ({"stagnant": False, "chapterId": intake.chapters["bay"]}, [waiting, pending]),
        ({"chapterId": intake.chapters["hill"]}, []),
    ]:
        viewer = (await graph.ask("carl", query, f=chosen))["viewer"]
        assert [node["id"] for node in viewer["intakeQueue"]["nodes"]] == expected, chosen
        assert [node["id"] for node in viewer["mentoringRequests"]["nodes"]] == expected[::-1]
    assert await queue(graph, "hank") == [hills]


@pytest.mark.rule("SC4")
async def test_the_queue_shows_age_and_time_in_the_status(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    clock.move(timedelta(hours=5, minutes=30))
    await intake.assign(id)
    clock.move(timedelta(hours=2, minutes=1))
    seen = await one(graph, "cora", id)
    assert (seen["ageHours"], seen["statusHours"]) == (7, 2)


@pytest.mark.rule("SC8", "SC9", "SC20", "XX9")
async def test_one_mentor_at_a_time(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    first = await intake.assign(id, "mia")
    seen = "query($id: ID!) { viewer { assignedMentoringRequests { nodes { id } } } mentoringRequest(id: $id) { id } }"
    assert (await graph.ask("mia", seen, id=id))["viewer"]["assignedMentoringRequests"]["nodes"] == [{"id": id}]
    assert (await graph.refused("cora", "mentoringRequestAssign", id=id, mentorId=intake.mentors["mia"])).code == (
        "CONFLICT"
    )
    second = await intake.assign(id, "hal")
    assert (await graph.ask("hal", seen, id=id))["mentoringRequest"] == {"id": id}
    gone = await graph.ask("mia", seen, id=id)
    assert gone == {"viewer": {"assignedMentoringRequests": {"nodes": []}}, "mentoringRequest": None}
    query = "query($id: ID!) { mentoringRequest(id: $id) { assignments { nodes { id ending endedAt } } } }"
    nodes = (await graph.ask("cora", query, id=id))["mentoringRequest"]["assignments"]["nodes"]
    assert [(node["id"], node["ending"]) for node in nodes] == [(first, "REASSIGNED"), (second, None)]


@pytest.mark.rule("SC10", "SC13")
async def test_declined_or_handed_back_it_is_in_the_queue_again(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    assignment = await intake.assign(id)
    assert (await graph.refused("mia", "mentoringAssignmentHandBack", id=assignment)).code == "CONFLICT"
    await graph.do("mia", "mentoringAssignmentDecline", id=assignment, reason="Too far.")
    assert (await one(graph, "cora", id))["status"] == "PENDING_REASSIGNMENT"
    again = await intake.assign(id, "max")
    await graph.do("max", "mentoringAssignmentAccept", id=again)
    assert (await graph.refused("max", "mentoringAssignmentDecline", id=again)).code == "CONFLICT"
    await graph.do("max", "mentoringAssignmentHandBack", id=again)
    seen = await one(graph, "cora", id)
    assert (seen["status"], seen["mentor"]) == ("PENDING_REASSIGNMENT", None)
    query = "query($id: ID!) { mentoringRequest(id: $id) { assignments { nodes { ending reason } } } }"
    assert (await graph.ask("cora", query, id=id))["mentoringRequest"]["assignments"]["nodes"] == [
        {"ending": "DECLINED", "reason": "Too far."},
        {"ending": "HANDED_BACK", "reason": None},
    ]


@pytest.mark.rule("SC10", "XX3")
async def test_only_the_mentor_answers(graph: Graph, intake: Intake) -> None:
    assignment = await intake.assign(await intake.ask())
    for name in ("mentoringAssignmentAccept", "mentoringAssignmentDecline", "mentoringAssignmentHandBack"):
        assert (await graph.refused("cora", name, id=assignment)).code == "FORBIDDEN"
        assert (await graph.refused("max", name, id=assignment)).code == "NOT_FOUND"
        assert (await graph.refused("clea", name, id=assignment)).code == "NOT_FOUND"


@pytest.mark.rule("SC12")
async def test_a_coordinator_puts_it_back_while_the_mentor_has_not_answered(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    assert (await graph.refused("cora", "mentoringRequestPutBack", id=id)).code == "CONFLICT"
    assignment = await intake.assign(id)
    assert (await graph.refused("mia", "mentoringRequestPutBack", id=id)).code == "FORBIDDEN"
    done = await graph.do("carl", "mentoringRequestPutBack", id=id)
    assert done["request"]["status"] == "PENDING_REASSIGNMENT"
    refused = await graph.refused("mia", "mentoringAssignmentAccept", id=assignment)
    assert refused == Refused("CONFLICT", ["input", "id"], "It is no longer yours.")
    again = await intake.assign(id)
    await graph.do("mia", "mentoringAssignmentAccept", id=again)
    assert (await graph.refused("cora", "mentoringRequestPutBack", id=id)).code == "CONFLICT"


@pytest.mark.rule("SC14")
async def test_notes_are_for_those_who_work_on_it_at_any_time(graph: Graph, intake: Intake) -> None:
    id = await intake.ask("clea")
    await graph.do("cora", "mentoringRequestAddNote", id=id, body="Called her.")
    await intake.assign(id)
    await graph.do("mia", "mentoringRequestAddNote", id=id, body="I know the trade.")
    query = """query($id: ID!) { mentoringRequest(id: $id) {
      notes { nodes { body author { name } } } history { nodes { action } } } }"""
    seen = (await graph.ask("carl", query, id=id))["mentoringRequest"]
    assert [note["body"] for note in seen["notes"]["nodes"]] == ["I know the trade.", "Called her."]
    own = (await graph.ask("clea", query, id=id))["mentoringRequest"]
    assert own["notes"]["nodes"] == []
    assert [entry["action"].partition(".")[2] for entry in own["history"]["nodes"]] == ["submitted", "assigned"]
    assert len(seen["history"]["nodes"]) == 4
    assert (await graph.refused("clea", "mentoringRequestAddNote", id=id, body="Hello")).code == "FORBIDDEN"
    assert (await graph.refused("cora", "mentoringRequestAddNote", id=id, body=" ")).code == "BLANK"


@pytest.mark.rule("SC15")
async def test_an_e_mail_to_the_client_is_kept_with_the_request(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    await graph.do("cora", "mentoringRequestMailClient", id=id, subject="Your request", body="We are on it.")
    query = "query($id: ID!) { mentoringRequest(id: $id) { mails { nodes { address subject body sender { name } } } } }"
    assert (await graph.ask("carl", query, id=id))["mentoringRequest"]["mails"]["nodes"] == [
        {
            "address": "ann@example.test",
            "subject": "Your request",
            "body": "We are on it.",
            "sender": {"name": "Cora Bay"},
        }
    ]
    by_phone = await intake.ask(email=None, phone="415 555 0199")
    refused = await graph.refused("cora", "mentoringRequestMailClient", id=by_phone, subject="A", body="B")
    assert refused.code == "INVALID"
    await graph.do("cora", "clientUpdate", id=intake.clea, contactPreference="NONE")
    unreachable = await intake.ask("clea")
    refused = await graph.refused("cora", "mentoringRequestMailClient", id=unreachable, subject="A", body="B")
    assert refused.message == "The client asked not to be reached out to."


@pytest.mark.rule("SC16")
async def test_a_transfer_takes_everything_along(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    await graph.do("cora", "mentoringRequestAddNote", id=id, body="Lives near Hill.")
    assignment = await intake.assign(id)
    refused = await graph.refused(
        "cora", "mentoringRequestTransfer", id=id, chapterId=intake.chapters["hill"], reason=" "
    )
    assert refused[:2] == ("BLANK", ["input", "reason"])
    done = await graph.do(
        "cora", "mentoringRequestTransfer", id=id, chapterId=intake.chapters["hill"], reason="Nearer."
    )
    assert done["request"] is None, "it is no longer hers"
    assert await queue(graph, "cora") == []
    assert await one(graph, "mia", id) is None
    assert (await graph.refused("mia", "mentoringAssignmentAccept", id=assignment)).code == "CONFLICT"
    query = """query($id: ID!) { mentoringRequest(id: $id) { status notes { nodes { body } }
      transfers { nodes { reason fromChapter { id } toChapter { id } by { lastName } } }
      history { nodes { action } } } }"""
    seen = (await graph.ask("hank", query, id=id))["mentoringRequest"]
    assert seen == {
        "status": "UNASSIGNED",
        "notes": {"nodes": [{"body": "Lives near Hill."}]},
        "transfers": {
            "nodes": [
                {
                    "reason": "Nearer.",
                    "fromChapter": {"id": intake.chapters["bay"]},
                    "toChapter": {"id": intake.chapters["hill"]},
                    "by": {"lastName": "B."},
                }
            ]
        },
        "history": {
            "nodes": [
                {"action": f"mentoring_request.{verb}"}
                for verb in ("submitted", "note_added", "assigned", "transferred")
            ]
        },
    }


@pytest.mark.rule("SC16")
async def test_what_is_meant_for_a_chapter_that_is_not_live_goes_to_the_national_queue(
    graph: Graph, intake: Intake
) -> None:
    id = await intake.ask()
    far = intake.chapters["far"]
    assert (await graph.refused("mia", "mentoringRequestTransfer", id=id, chapterId=far, reason="A")).code == (
        "NOT_FOUND"
    )
    await graph.do("cora", "mentoringRequestTransfer", id=id, chapterId=far, reason="Moved away.")
    assert await queue(graph, "nate") == [id]
    query = "query($id: ID!) { mentoringRequest(id: $id) { transfers { nodes { namedChapter { id } } } } }"
    [transfer] = (await graph.ask("nate", query, id=id))["mentoringRequest"]["transfers"]["nodes"]
    assert transfer == {"namedChapter": {"id": far}}
    refused = await graph.refused("nate", "mentoringRequestTransfer", id=id, chapterId=far, reason="Again.")
    assert refused[:2] == ("INVALID", ["input", "chapterId"])


@pytest.mark.rule("SC4", "XX7")
async def test_a_request_shows_who_has_it_open(graph: Graph, intake: Intake) -> None:
    id = await intake.ask("clea")
    await intake.assign(id)
    query = "query($id: ID!) { mentoringRequest(id: $id) { version openedBy { nodes { person { name } } } } }"
    before = (await graph.ask("cora", query, id=id))["mentoringRequest"]["version"]
    for _ in range(2):
        await graph.do("cora", "mentoringRequestOpen", id=id)
    for who in ("cora", "carl"):
        seen = (await graph.ask(who, query, id=id))["mentoringRequest"]
        assert seen == {"version": before, "openedBy": {"nodes": [{"person": {"name": "Cora Bay"}}]}}
    for who in ("mia", "clea"):
        assert (await graph.ask(who, query, id=id))["mentoringRequest"]["openedBy"]["nodes"] == []
        assert (await graph.refused(who, "mentoringRequestOpen", id=id)).code == "FORBIDDEN"
    await graph.do("cora", "mentoringRequestClose", id=id)
    assert (await graph.ask("carl", query, id=id))["mentoringRequest"]["openedBy"]["nodes"] == []
    actions = await intake.world.database.pool.fetch("select action from events where action ~ 'opened|closed'")
    assert len(actions) == 2


@pytest.mark.rule("SC9", "XX7")
async def test_assigning_one_that_changed_is_a_conflict(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    given = {"id": id, "expectedVersion": 1}
    answers = await asyncio.gather(
        graph.payload("cora", "mentoringRequestAssign", mentorId=intake.mentors["mia"], **given),
        graph.payload("carl", "mentoringRequestAssign", mentorId=intake.mentors["max"], **given),
    )
    [lost] = [answer for answer in answers if answer["userErrors"]]
    assert lost["userErrors"][0]["code"] == "CONFLICT"
    assert lost["request"]["status"] == "ASSIGNED_PENDING", "the loser is shown how things stand"


@pytest.mark.rule("SC5")
def test_every_status_is_reached_and_left() -> None:
    assert {LIFECYCLE.start, *(step.target for step in LIFECYCLE.steps)} == set(MentoringStatus)
    assert all(LIFECYCLE.open(status) for status in MentoringStatus)


@pytest.mark.rule("SC18", "SC20")
async def test_a_client_asks_a_mentor_directly(graph: Graph, intake: Intake) -> None:
    at(datetime(2026, 6, 1, 17, tzinfo=UTC))
    form = {"firstName": "Clea", "lastName": "Cole", "email": "clea@example.test", "help": "Again, please."}
    given = {"chapterId": intake.chapters["bay"], "mentorUserId": intake.world.people["mia"], **form}
    done = await graph.do("clea", "mentoringRequestSubmit", **given)
    assert done["request"]["status"] == "ASSIGNED_PENDING"
    query = "{ viewer { ownMentors { nodes { load directLately newThisWeek acceptedLately } } } }"
    [mia] = (await graph.ask("mia", query))["viewer"]["ownMentors"]["nodes"]
    assert mia == {"load": 1, "directLately": 1, "newThisWeek": 1, "acceptedLately": 0}
    await graph.do("mia", "mentorSetLimit", id=intake.mentors["mia"], weeklyLimit=1)
    assert (await graph.refused("clea", "mentoringRequestSubmit", **given)).code == "NOT_FOUND"
    assert (await graph.refused("cora", "mentoringRequestSubmit", **given)).code == "INVALID"
    hal = {**given, "mentorUserId": intake.world.people["hal"]}
    assert (await graph.refused("clea", "mentoringRequestSubmit", **hal)).code == "NOT_FOUND"


async def test_the_form_of_these_tests_is_a_new_client(world: World, intake: Intake) -> None:
    assert FORM["email"] not in {row["email"] for row in await world.database.pool.fetch("select email from clients")}
