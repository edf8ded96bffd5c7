"""Mentors: who is offered for a request, why others are not, and how much each takes on."""

from datetime import timedelta
from typing import Any

import pytest

from models.people import Permission as P
from tests.graph import Graph, hire
from tests.intake import Intake
from workflows import clock

CANDIDATES = """query($id: ID!, $scope: MentorScope) { mentorCandidates(requestId: $id, scope: $scope) {
  mentorId name load acceptedLately directLately newThisWeek weeklyLimit pausedUntil languages expertise kind
  offered notOffered } }"""
LISTS = """query($paused: Boolean) { viewer { mentors(paused: $paused) { nodes {
  id person { firstName } load acceptedLately directLately paused pausedUntil } } } }"""


async def candidates(graph: Graph, who: str, id: str, scope: str = "CHAPTER") -> dict[str, Any]:
    """The mentors that are listed, by first name, in the order of the list."""
    found = (await graph.ask(who, CANDIDATES, id=id, scope=scope))["mentorCandidates"]
    return {row["name"].split()[0]: row for row in found}


async def listed(graph: Graph, who: str, paused: bool) -> list[str]:
    nodes = (await graph.ask(who, LISTS, paused=paused))["viewer"]["mentors"]["nodes"]
    return [node["person"]["firstName"] for node in nodes]


@pytest.mark.rule("SC8")
async def test_the_list_widens_from_the_chapter_to_all(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    for scope, names in [
        ("CHAPTER", ["Eve", "Max", "Mia"]),
        ("DISTRICT", ["Eve", "Hal", "Max", "Mia"]),
        ("REGION", ["Eve", "Hal", "Lara", "Max", "Mia"]),
        ("ALL", ["Eve", "Hal", "Lara", "Max", "Mia"]),
    ]:
        assert list(await candidates(graph, "cora", id, scope)) == names
    for who in ("hank", "mia", "clea", "otto"):
        assert await candidates(graph, who, id, "ALL") == {}
    assert await candidates(graph, "cora", "nonsense") == {}


@pytest.mark.rule("SC8")
async def test_each_with_what_they_carry_now_the_least_first(graph: Graph, intake: Intake) -> None:
    for _ in range(2):
        await intake.assign(await intake.ask(), "eve")
    accepted = await intake.assign(await intake.ask(), "max")
    await graph.do("max", "mentoringAssignmentAccept", id=accepted)
    seen = await candidates(graph, "carl", await intake.ask())
    assert [(name, row["load"], row["newThisWeek"], row["acceptedLately"]) for name, row in seen.items()] == [
        ("Mia", 0, 0, 0),
        ("Max", 1, 1, 1),
        ("Eve", 2, 2, 0),
    ]
    assert seen["Eve"]["kind"] == "EXPERT"
    assert (seen["Mia"]["languages"], seen["Mia"]["expertise"]) == (["English"], ["Retail"])


@pytest.mark.rule("SC8")
async def test_the_list_is_one_statement_whatever_its_length(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    costs = []
    for number in range(3):
        await candidates(graph, "cora", id, "ALL")
        costs.append(len(graph.statements))
        for i in range(number * 4, number * 4 + 4):
            await hire(intake.world, f"more{i}", intake.chapters["bay"])
            await graph.do(
                "cora", "mentorEnrol", chapterId=intake.chapters["bay"], userId=intake.world.people[f"more{i}"],
                kind="MENTOR", languages=[], expertise=[],
            )  # fmt: skip
    assert costs == [1, 1, 1]
    assert len(await candidates(graph, "cora", id, "ALL")) == 17


@pytest.mark.rule("SC8", "SC17", "SC20")
async def test_why_a_mentor_is_not_offered(graph: Graph, intake: Intake) -> None:
    id = await intake.ask()
    await graph.do("mia", "mentorPause", id=intake.mentors["mia"])
    await graph.do("max", "mentorSetLimit", id=intake.mentors["max"], weeklyLimit=1)
    await intake.assign(await intake.ask(), "max")
    await intake.assign(id, "eve")
    await intake.world.database.pool.execute("update mentors set active = false where id = $1", intake.mentors["hal"])
    seen = await candidates(graph, "cora", id, "ALL")
    assert {name: row["notOffered"] for name, row in seen.items()} == {
        "Mia": ["PAUSED"],
        "Max": ["AT_LIMIT"],
        "Eve": ["HAS_IT"],
        "Hal": ["NOT_ACTIVE"],
        "Lara": [],
    }
    assert all(row["offered"] == (row["notOffered"] == []) for row in seen.values())
    # And what is not offered is refused.
    for name, code in (("mia", "INVALID"), ("max", "INVALID"), ("eve", "CONFLICT"), ("hal", "INVALID")):
        refused = await graph.refused("cora", "mentoringRequestAssign", id=id, mentorId=intake.mentors[name])
        assert refused.code == code, name


@pytest.mark.rule("SC17", "SC18", "SC19")
async def test_the_views_available_and_paused(graph: Graph, intake: Intake) -> None:
    assert await listed(graph, "cora", False) == ["Eve", "Max", "Mia"]
    assert await listed(graph, "hank", False) == ["Hal"]
    await graph.do("mia", "mentorPause", id=intake.mentors["mia"])
    until = clock.now() + timedelta(days=3)
    await graph.do("eve", "mentorPause", id=intake.mentors["eve"], endsAt=until.isoformat())
    await graph.do("hal", "mentorPause", id=intake.mentors["hal"])
    assert await listed(graph, "cora", False) == ["Max"]
    assert await listed(graph, "carl", True) == ["Eve", "Mia"]
    nodes = (await graph.ask("cora", LISTS, paused=True))["viewer"]["mentors"]["nodes"]
    assert [node["pausedUntil"] for node in nodes] == [until.isoformat(), None]
    await graph.do("mia", "mentorResume", id=intake.mentors["mia"])
    assert await listed(graph, "cora", False) == ["Max", "Mia"]
    assert await listed(graph, "mia", False) == []
    await graph.do("mia", "mentorResume", id=intake.mentors["mia"])


@pytest.mark.rule("SC18")
async def test_available_counts_sixty_and_seven_days(graph: Graph, intake: Intake) -> None:
    form = {"firstName": "Clea", "lastName": "Cole", "email": "clea@example.test", "help": "Again, please."}
    mia = intake.world.people["mia"]
    await graph.do("clea", "mentoringRequestSubmit", chapterId=intake.chapters["bay"], mentorUserId=mia, **form)
    accepted = await intake.assign(await intake.ask(), "mia")
    await graph.do("mia", "mentoringAssignmentAccept", id=accepted)
    for moved, expected in ((0, (1, 1)), (6, (1, 1)), (2, (1, 0)), (51, (1, 0)), (2, (0, 0))):
        clock.move(timedelta(days=moved))
        nodes = (await graph.ask("cora", LISTS, paused=False))["viewer"]["mentors"]["nodes"]
        [found] = [node for node in nodes if node["person"]["firstName"] == "Mia"]
        assert (found["acceptedLately"], found["directLately"]) == expected


@pytest.mark.rule("SC17", "XX9")
async def test_only_the_mentor_pauses_and_only_a_time_that_can_be_meant(graph: Graph, intake: Intake) -> None:
    mia = intake.mentors["mia"]
    assert (await graph.refused("cora", "mentorPause", id=mia)).code == "FORBIDDEN"
    assert (await graph.refused("max", "mentorPause", id=mia)).code == "NOT_FOUND"
    now = clock.now()
    for starts, ends in ((None, now - timedelta(days=1)), (now + timedelta(days=2), now + timedelta(days=1))):
        given = {"startsAt": None if starts is None else starts.isoformat(), "endsAt": ends.isoformat()}
        refused = await graph.refused("mia", "mentorPause", id=mia, **given)
        assert refused[:2] == ("INVALID", ["input", "endsAt"])
    for limit in (0, 101):
        assert (await graph.refused("mia", "mentorSetLimit", id=mia, weeklyLimit=limit)).code == "INVALID"
    assert (await graph.refused("mia", "mentorSetLimit", id=mia, weeklyLimit=3, expectedVersion=9)).code == "CONFLICT"


@pytest.mark.rule("SC20")
async def test_the_limit_counts_both_kinds_in_a_week_and_is_overridden_with_a_reason(
    graph: Graph, intake: Intake
) -> None:
    mia = intake.mentors["mia"]
    await graph.do("mia", "mentorSetLimit", id=mia, weeklyLimit=2)
    form = {"firstName": "Clea", "lastName": "Cole", "email": "clea@example.test", "help": "Again, please."}
    person = intake.world.people["mia"]
    await graph.do("clea", "mentoringRequestSubmit", chapterId=intake.chapters["bay"], mentorUserId=person, **form)
    await intake.assign(await intake.ask())
    id = await intake.ask()
    given = {"id": id, "mentorId": mia}
    refused = await graph.refused("cora", "mentoringRequestAssign", **given)
    assert refused[:2] == ("INVALID", ["input", "overrideReason"])
    assert (await graph.refused("cora", "mentoringRequestAssign", **given, overrideReason=" ")).code == "INVALID"
    refused = await graph.refused("carl", "mentoringRequestAssign", **given, overrideReason="She knows him.")
    assert refused[:2] == ("FORBIDDEN", ["input", "overrideReason"])
    await graph.do("cora", "mentoringRequestAssign", **given, overrideReason="She knows him.")
    query = "query($id: ID!) { mentoringRequest(id: $id) { assignment { overrideReason } } }"
    seen = (await graph.ask("carl", query, id=id))["mentoringRequest"]["assignment"]
    assert seen == {"overrideReason": "She knows him."}
    clock.move(timedelta(days=7, minutes=1))
    await graph.do("carl", "mentoringRequestAssign", id=await intake.ask(), mentorId=mia)


@pytest.mark.rule("SC8", "XX3")
async def test_only_coordinators_say_who_mentors(graph: Graph, intake: Intake) -> None:
    await hire(intake.world, "nell", intake.chapters["bay"], P.VIEW_CLIENTS)
    given = {"chapterId": intake.chapters["bay"], "kind": "MENTOR", "languages": ["Español"], "expertise": []}
    assert (await graph.refused("nell", "mentorEnrol", userId=intake.world.people["nell"], **given)).code == "FORBIDDEN"
    refused = await graph.refused("cora", "mentorEnrol", userId=intake.world.people["otto"], **given)
    assert refused[:2] == ("NOT_FOUND", ["input", "userId"])
    await graph.do("cora", "mentorEnrol", userId=intake.world.people["nell"], **given)
    assert await listed(graph, "cora", False) == ["Eve", "Max", "Mia", "Nell"]
    await graph.do("cora", "mentorEnrol", userId=intake.world.people["nell"], active=False, **given)
    assert await listed(graph, "cora", False) == ["Eve", "Max", "Mia"]
