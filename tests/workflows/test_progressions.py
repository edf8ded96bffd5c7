"""Submitting, approving, denying and withdrawing."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.graph import Graph
from tests.mission import Mission
from tests.world import World

SHOWN = "progression { id version status waitsFor stale }"
WHOLE = """query($id: ID!) { progression(id: $id) { id version kind status waitsFor stale awaitsViewer
  recommendation { fromPhase { name } phase { name } campus { name } persona { name } reason
    warnings { area threshold percent } }
  client { firstName lastName email } submittedBy { name } replaces { id } result { id }
  approvals { nodes { number approver { name } role { name } decision comments
    decidedBy { name } onBehalfOf { name } } }
  history { nodes { action actor { name } } }
  access { approve { allowed rule } deny { allowed rule } withdraw { allowed rule } } } }"""
QUEUE = "{ viewer { approvals { nodes { id } } } }"


async def queue(graph: Graph, name: str) -> list[str]:
    return [node["id"] for node in (await graph.ask(name, QUEUE))["viewer"]["approvals"]["nodes"]]


async def decide(graph: Graph, name: str, id: str, version: int, **input: Any) -> dict[str, Any]:
    verb = "progressionDeny" if "comments" in input else "progressionApprove"
    done = await graph.do(name, verb, SHOWN, id=id, expectedVersion=version, **input)
    decided: dict[str, Any] = done["progression"]
    return decided


@pytest.mark.rule("AM1")
async def test_a_case_manager_has_a_caseload_with_a_history(graph: Graph, mission: Mission) -> None:
    await mission.advance()
    seen = await graph.ask(
        "mara",
        """{ viewer { caseload { nodes { id phase { name } client { firstName
          engagements { nodes { status phase { name } previous { id } endedAt } } } } } } }""",
    )
    [engagement] = seen["viewer"]["caseload"]["nodes"]
    assert engagement["phase"]["name"] == "Choose Help"
    now, past = engagement["client"]["engagements"]["nodes"]
    assert (now["status"], past["status"]) == ("ACTIVE", "INACTIVE")
    assert past["phase"]["name"] == "Find Hope"
    assert past["endedAt"]
    for name in ("milo", "lena"):
        assert (await graph.ask(name, "{ viewer { caseload { totalCount } } }"))["viewer"]["caseload"] == {
            "totalCount": 0
        }


@pytest.mark.rule("AM1")
async def test_a_client_is_in_a_program_once(graph: Graph, mission: Mission, world: World) -> None:
    given = {"clientId": mission.cleo, "programId": mission.program, "campusId": mission.downtown}
    refused = await graph.payload("lena", "engagementStart", "engagement { id }", **given)
    assert refused["engagement"] == {"id": mission.engagement}
    assert [error["code"] for error in refused["userErrors"]] == ["CONFLICT"]
    insert = """insert into engagements (id, client_id, organization_id, program_id, phase_id, campus_id, started_at,
      created_at, updated_at) select gen_random_uuid(), client_id, organization_id, program_id, phase_id, campus_id,
      now(), now(), now() from engagements"""
    with pytest.raises(Exception, match="engagements_one_active_key"):
        await world.database.pool.execute(insert)


@pytest.mark.rule("AM2", "AM4")
async def test_a_case_manager_submits_to_their_leader(graph: Graph, mission: Mission) -> None:
    done = await graph.do(
        "mara", "progressionSubmit", SHOWN, engagementId=mission.engagement, kind="PHASE", reason=" She is ready. "
    )
    id = done["progression"]["id"]
    seen = (await graph.ask("lena", WHOLE, id=id))["progression"]
    assert seen["recommendation"] == {
        "fromPhase": {"name": "Find Hope"},
        "phase": {"name": "Choose Help"},
        "campus": {"name": "Riverside"},
        "persona": None,
        "reason": "She is ready.",
        "warnings": [],
    }
    assert seen["client"] == {"firstName": "Cleo", "lastName": "Cole", "email": None}
    assert seen["submittedBy"] == {"name": "Mara Moss"}
    assert [(a["number"], a["approver"], a["decision"]) for a in seen["approvals"]["nodes"]] == [
        (1, {"name": "Lena Lake"}, None)
    ]
    assert seen["awaitsViewer"]
    assert [await queue(graph, name) for name in ("lena", "dirk", "mara")] == [[id], [], []]
    assert (await graph.ask("cleo", WHOLE, id=id)) == {"progression": None}


@pytest.mark.rule("AM2")
async def test_only_the_case_manager_submits_and_only_for_the_next_phase(graph: Graph, mission: Mission) -> None:
    given = {"engagementId": mission.engagement, "kind": "PHASE", "reason": "Ready."}
    for name in ("milo", "lena", "cleo"):
        assert (await graph.refused(name, "progressionSubmit", **given)).code == "FORBIDDEN"
    assert (await graph.refused("helen", "progressionSubmit", **given)).code == "NOT_FOUND"
    skips = {**given, "phaseId": mission.phases["Make Progress"]}
    assert (await graph.refused("mara", "progressionSubmit", **skips))[:2] == ("INVALID", ["input", "phaseId"])
    blank = {**given, "reason": " \u200b"}
    assert (await graph.refused("mara", "progressionSubmit", **blank))[:2] == ("BLANK", ["input", "reason"])


@pytest.mark.rule("AM2")
async def test_without_a_leader_nothing_can_be_submitted(graph: Graph, mission: Mission, world: World) -> None:
    await world.database.pool.execute("update memberships set leader_id = null")
    given = {"engagementId": mission.engagement, "kind": "PHASE", "reason": "Ready."}
    refused = await graph.refused("mara", "progressionSubmit", **given)
    assert refused.code == "INVALID"
    assert "no leader" in refused.message


@pytest.mark.rule("AM2")
async def test_one_submission_of_a_kind_is_open_and_the_next_links_it(graph: Graph, mission: Mission) -> None:
    first = await mission.submit()
    given = {"engagementId": mission.engagement, "kind": "PHASE", "reason": "Again."}
    second = await graph.payload("mara", "progressionSubmit", SHOWN, **given)
    assert second["progression"]["id"] == first
    assert [error["code"] for error in second["userErrors"]] == ["CONFLICT"]
    await mission.submit(kind="persona", persona_id=mission.personas[0])

    withdrawn = (await graph.do("mara", "progressionWithdraw", SHOWN, id=first))["progression"]
    assert (withdrawn["status"], withdrawn["waitsFor"]) == ("WITHDRAWN", None)
    assert first not in await queue(graph, "lena")
    again = await graph.do("mara", "progressionSubmit", "progression { id replaces { id } }", **given, replacesId=first)
    assert again["progression"]["id"] != first
    assert again["progression"]["replaces"] == {"id": first}
    wrong = await graph.refused("mara", "progressionWithdraw", id=first)
    assert wrong.code == "CONFLICT"


@pytest.mark.rule("AM2")
async def test_the_database_itself_forbids_two_open_submissions(mission: Mission, world: World) -> None:
    await mission.submit()
    copy = """insert into progressions (id, client_id, organization_id, program_id, engagement_id, engagement_revision,
      kind, waits_for, from_phase_id, phase_id, campus_id, reason, submitted_by_id, created_at, updated_at)
      select gen_random_uuid(), client_id, organization_id, program_id, engagement_id, engagement_revision, kind,
      waits_for, from_phase_id, phase_id, campus_id, reason, submitted_by_id, now(), now() from progressions"""
    with pytest.raises(Exception, match="progressions_one_open_key"):
        await world.database.pool.execute(copy)


@pytest.mark.rule("AM2")
async def test_only_the_submitter_withdraws(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    for name in ("lena", "milo"):
        assert (await graph.refused(name, "progressionWithdraw", id=id)).code == "FORBIDDEN"


@pytest.mark.rule("AM5")
async def test_a_denial_needs_a_reason(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    for blank in ("", "  ", "\u200b"):
        refused = await graph.refused("lena", "progressionDeny", id=id, expectedVersion=1, comments=blank)
        assert refused[:2] == ("BLANK", ["input", "comments"])
    denied = await decide(graph, "lena", id, 1, comments="Not yet.")
    assert denied["status"] == "DENIED"
    seen = (await graph.ask("mara", WHOLE, id=id))["progression"]
    [approval] = seen["approvals"]["nodes"]
    assert (approval["decision"], approval["comments"]) == ("DENIED", "Not yet.")
    assert await mission.active() == mission.engagement
    assert await queue(graph, "lena") == []


@pytest.mark.rule("AM5")
async def test_nobody_else_decides(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    for name in ("milo", "dirk"):
        assert (await graph.refused(name, "progressionApprove", id=id, expectedVersion=1)).code == "FORBIDDEN"
        assert (
            await graph.refused(name, "progressionDeny", id=id, expectedVersion=1, comments="No.")
        ).code == "FORBIDDEN"
    assert (await graph.refused("paul", "progressionApprove", id=id, expectedVersion=1)).code == "NOT_FOUND"


@pytest.mark.rule("AM6")
async def test_approved_the_client_moves_on_in_one_change(graph: Graph, mission: Mission, world: World) -> None:
    id = await mission.submit(campus_id=mission.downtown)
    approved = await decide(graph, "lena", id, 1)
    assert (approved["status"], approved["waitsFor"]) == ("APPROVED", None)
    rows = await world.database.pool.fetch("select * from engagements order by started_at")
    assert [(row["status"], row["phase_id"], row["campus_id"]) for row in rows] == [
        ("inactive", mission.phases["Find Hope"], mission.riverside),
        ("active", mission.phases["Choose Help"], mission.downtown),
    ]
    old, new = rows
    assert new["previous_id"] == old["id"]
    assert new["case_manager_id"] == old["case_manager_id"] == world.people["mara"]
    assert (await graph.ask("lena", WHOLE, id=id))["progression"]["result"] == {"id": new["id"]}
    # One transaction wrote it all.
    written = "select count(distinct xmin::text) from engagements where status in ('active', 'inactive')"
    assert await world.database.pool.fetchval(written) == 1


@pytest.mark.rule("AM6", "XX9")
async def test_a_move_that_fails_leaves_nothing_half_done(mission: Mission, world: World) -> None:
    id = await mission.submit()
    block = "alter table engagements add constraint never check (previous_id is null)"
    await world.database.pool.execute(block)
    with pytest.raises(Exception, match="never"):
        await mission.approve("lena", id)
    assert await mission.active() == mission.engagement
    assert await world.database.pool.fetchval("select status from progressions") == "pending"
    assert await world.database.pool.fetchval("select decision from approvals") is None


async def to_make_progress(mission: Mission, campus: str | None = None) -> str:
    """Cleo is submitted for the phase that takes two approvals."""
    await mission.advance(campus)
    return await mission.submit()


@pytest.mark.rule("AM7")
async def test_nothing_happens_before_the_second_approval(graph: Graph, mission: Mission) -> None:
    id = await to_make_progress(mission)
    assert [await queue(graph, name) for name in ("lena", "dirk")] == [[id], []]
    assert (await graph.refused("dirk", "progressionApprove", id=id, expectedVersion=1)).code == "FORBIDDEN"
    first = await decide(graph, "lena", id, 1)
    assert (first["status"], first["waitsFor"]) == ("PENDING", 2)
    assert await mission.active() == mission.engagement
    assert [await queue(graph, name) for name in ("lena", "dirk")] == [[], [id]]
    second = await decide(graph, "dirk", id, 2)
    assert (second["status"], second["waitsFor"]) == ("APPROVED", None)
    assert await mission.active() != mission.engagement
    seen = (await graph.ask("mara", WHOLE, id=id))["progression"]
    assert [(a["role"] or {}).get("name") for a in seen["approvals"]["nodes"]] == [None, "Director"]
    assert [entry["action"].partition(".")[2] for entry in seen["history"]["nodes"]] == [
        "submitted",
        "first_approved",
        "approved",
    ]


@pytest.mark.rule("AM7")
async def test_a_denial_at_the_first_ends_it(graph: Graph, mission: Mission) -> None:
    id = await to_make_progress(mission)
    await decide(graph, "lena", id, 1, comments="No.")
    assert [await queue(graph, name) for name in ("lena", "dirk")] == [[], []]
    assert (await graph.refused("dirk", "progressionApprove", id=id, expectedVersion=2)).code == "CONFLICT"


@pytest.mark.rule("AM7")
async def test_nobody_gives_both_approvals(graph: Graph, mission: Mission, world: World) -> None:
    # Lena is a director, too, but not the only one.
    await world.database.pool.execute(
        "insert into membership_roles (membership_id, role_id) values ($1, $2)",
        world.memberships["lena"],
        mission.director,
    )
    id = await to_make_progress(mission)
    await decide(graph, "lena", id, 1)
    assert await queue(graph, "lena") == []
    refused = await graph.refused("lena", "progressionApprove", id=id, expectedVersion=2)
    assert refused.code == "FORBIDDEN"
    assert (await decide(graph, "dirk", id, 2))["status"] == "APPROVED"


@pytest.mark.rule("AM7")
async def test_a_route_with_one_person_on_it_twice_is_refused(graph: Graph, mission: Mission, world: World) -> None:
    await mission.advance()
    await world.database.pool.execute(
        "update phase_approvers set kind = 'person', role_id = null, user_id = $1 where number = 2",
        world.people["lena"],
    )
    given = {"engagementId": mission.engagement, "kind": "PHASE", "reason": "Ready."}
    assert "both approvals" in (await graph.refused("mara", "progressionSubmit", **given)).message


@pytest.mark.rule("AM11")
async def test_a_persona_is_recommended_and_approved_in_the_same_way(graph: Graph, mission: Mission) -> None:
    builder, explorer = mission.personas
    id = await mission.submit(kind="persona", persona_id=builder)
    seen = (await graph.ask("lena", WHOLE, id=id))["progression"]
    assert seen["kind"] == "PERSONA"
    assert seen["recommendation"]["persona"] == {"name": "Builder"}
    assert seen["recommendation"]["phase"] is None
    await decide(graph, "lena", id, 1)
    query = "query($id: ID!) { engagement(id: $id) { status persona { name } } }"
    engagement = (await graph.ask("mara", query, id=mission.engagement))["engagement"]
    assert engagement == {"status": "ACTIVE", "persona": {"name": "Builder"}}
    given = {"engagementId": mission.engagement, "kind": "PERSONA", "reason": "Ready."}
    same = await graph.refused("mara", "progressionSubmit", **given, personaId=builder)
    assert same[:2] == ("INVALID", ["input", "personaId"])
    await mission.advance()
    assert (await graph.ask("mara", query, id=mission.engagement))["engagement"]["persona"] == {"name": "Builder"}
    assert (await graph.ask("cleo", query, id=mission.engagement))["engagement"]["persona"] is None
    await mission.submit(kind="persona", persona_id=explorer)


@pytest.mark.rule("AM12")
async def test_nobody_approves_what_they_submitted_without_the_permission(
    graph: Graph, mission: Mission, world: World
) -> None:
    # Whatever Mara submits is for case managers to approve: Milo, Mina, and Mara herself.
    pool = world.database.pool
    role = await pool.fetchval("select id from roles where name = 'Case manager'")
    await pool.execute("update phase_approvers set kind = 'role', role_id = $1", role)
    id = await mission.submit()
    assert [await queue(graph, name) for name in ("mara", "milo")] == [[], [id]]
    seen = (await graph.ask("mara", WHOLE, id=id))["progression"]["access"]
    assert seen["approve"] == {"allowed": False, "rule": "AM12"}
    for verb, more in (("progressionApprove", {}), ("progressionDeny", {"comments": "No."})):
        assert (await graph.refused("mara", verb, id=id, expectedVersion=1, **more)).code == "FORBIDDEN"
    await pool.execute(
        "update roles set permissions = permissions || 'approve own submissions'::text where id = $1", role
    )
    assert await queue(graph, "mara") == [id]
    assert (await decide(graph, "mara", id, 1))["status"] == "APPROVED"


@pytest.mark.rule("AM13", "XX7")
async def test_of_two_approvers_at_once_one_wins_and_the_other_is_told(
    graph: Graph, mission: Mission, world: World
) -> None:
    pool = world.database.pool
    role = await pool.fetchval("select id from roles where name = 'Case manager'")
    await pool.execute("update phase_approvers set kind = 'role', role_id = $1", role)
    id = await mission.submit()
    answers = await asyncio.gather(
        graph.payload("milo", "progressionApprove", SHOWN, id=id, expectedVersion=1),
        graph.payload("mina", "progressionDeny", SHOWN, id=id, expectedVersion=1, comments="No."),
        graph.payload("milo", "progressionApprove", SHOWN, id=id, expectedVersion=1),
    )
    codes = sorted(error["code"] for answer in answers for error in answer["userErrors"])
    assert codes == ["CONFLICT", "CONFLICT"]
    assert len({str(answer["progression"]) for answer in answers}) == 1
    assert await pool.fetchval("select count(*) from approvals where decision is not null") == 1
    assert await pool.fetchval("select count(*) from engagements where status = 'active'") == 1


@pytest.mark.rule("AM13")
async def test_the_second_of_two_who_both_could_does_not_give_the_next_approval_by_mistake(
    graph: Graph, mission: Mission, world: World
) -> None:
    pool = world.database.pool
    await mission.advance()
    role = await pool.fetchval("select id from roles where name = 'Case manager'")
    await pool.execute("update phase_approvers set kind = 'role', role_id = $1", role)
    id = await mission.submit()
    answers = await asyncio.gather(
        *(graph.payload(name, "progressionApprove", SHOWN, id=id, expectedVersion=1) for name in ("milo", "mina"))
    )
    assert sorted(len(answer["userErrors"]) for answer in answers) == [0, 1]
    assert {answer["progression"]["waitsFor"] for answer in answers} == {2}


@pytest.mark.rule("AM13")
async def test_what_was_submitted_before_the_engagement_changed_is_stale(graph: Graph, mission: Mission) -> None:
    phase = await mission.submit()
    await mission.approve("lena", await mission.submit(kind="persona", persona_id=mission.personas[0]))
    seen = (await graph.ask("lena", WHOLE, id=phase))["progression"]
    assert (seen["stale"], seen["status"], seen["version"]) == (True, "PENDING", 2)
    assert seen["access"]["approve"] == {"allowed": False, "rule": "AM13"}
    for flag, found in (("true", [{"id": phase}]), ("false", [])):
        query = f"{{ viewer {{ approvals(filter: {{ stale: {flag} }}) {{ nodes {{ id }} }} }} }}"
        assert (await graph.ask("lena", query))["viewer"]["approvals"]["nodes"] == found
    refused = await graph.payload("lena", "progressionApprove", SHOWN, id=phase, expectedVersion=2)
    assert [error["code"] for error in refused["userErrors"]] == ["CONFLICT"]
    assert refused["progression"]["stale"]
    assert await mission.active() == mission.engagement
    assert (await decide(graph, "lena", phase, 2, comments="Submit her anew."))["status"] == "DENIED"


@pytest.mark.rule("AM13")
async def test_of_an_engagement_that_has_ended_nothing_is_approved(graph: Graph, mission: Mission) -> None:
    id = await mission.submit()
    await graph.do("lena", "engagementEnd", "engagement { id }", id=mission.engagement)
    assert (await graph.refused("lena", "progressionApprove", id=id, expectedVersion=2)).code == "CONFLICT"
    assert (await graph.do("mara", "progressionWithdraw", SHOWN, id=id))["progression"]["status"] == "WITHDRAWN"


@pytest.mark.rule("AM15")
async def test_warnings_are_seen_and_stop_nobody(graph: Graph, mission: Mission) -> None:
    await mission.advance()
    id = await mission.submit()
    warned = "query($id: ID!) { progression(id: $id) { recommendation { warnings { area threshold percent } } } }"
    seen = (await graph.ask("lena", warned, id=id))["progression"]["recommendation"]["warnings"]
    assert seen == [{"area": "Housing", "threshold": 80, "percent": None}]
    await graph.do("mara", "progressionWithdraw", id=id)
    outcome = {"engagementId": mission.engagement, "area": "Housing"}
    for percent, expected in ((79, [{"area": "Housing", "threshold": 80, "percent": 79}]), (80, [])):
        await graph.do("mara", "engagementRecordOutcome", "engagement { id }", **outcome, percent=percent)
        id = await mission.submit()
        seen = (await graph.ask("lena", warned, id=id))["progression"]["recommendation"]["warnings"]
        assert seen == expected
        if expected:
            only = "{ viewer { approvals(filter: {warned: WARNED}) { totalCount } } }"
            for flag, count in (("true", 1), ("false", 0)):
                found = await graph.ask("lena", only.replace("WARNED", flag))
                assert found["viewer"]["approvals"]["totalCount"] == count
            await graph.do("mara", "progressionWithdraw", id=id)
    first = await decide(graph, "lena", id, 1)
    assert first["waitsFor"] == 2
