"""However many rows an answer has, it costs the same number of statements."""

from typing import Any

import pytest

from models.referrals import ReferralStatus
from server import execution
from tests.graph import Graph
from tests.mission import Mission
from tests.world import World
from workflows import clients, goals, notes, organizations, people
from workflows.engagements.outcomes import record_outcome
from workflows.referrals.set_status import set_status
from workflows.referrals.submit import submit

REFERRAL = """
fragment Deep on Referral {
  id version status category createdAt comments
  client { id firstName email organization { name } access { edit { allowed } } withheld { field }
    goals { totalCount nodes { title } } navigators { nodes { name } } referrals(first: 3) { nodes { id } } }
  program { name organization { name } sites { nodes { name organization { name } } } }
  referredBy { name organization memberOf { name } }
  organization { name }
  goal { title client { firstName } }
  replacedBy { id program { name } }
  history { totalCount nodes { at action actor { name memberOf { name } } } }
  notes { totalCount edges { cursor node { body author { name } deletedBy { name } access { delete { reason } } } } }
  access { setStatus { allowed rule reason } statuses addNote { allowed } setGoal { allowed } }
}"""
QUERIES = {
    "inbound": "{ viewer { inboundReferrals(first: 50) { totalCount nodes { ...Deep } } } }" + REFERRAL,
    "outbound": "{ viewer { outboundReferrals(first: 50) { totalCount nodes { ...Deep } } } }" + REFERRAL,
    "clients": """{ viewer { clients(first: 30) { nodes {
      lastName access { edit { allowed } } goals(first: 3) { nodes { title referrals(first: 3) { nodes { status } } } }
      referrals(first: 3) { totalCount nodes { ...Row } } } } } }
      fragment Row on Referral { id program { name organization { name } } referredBy { name }
        history(first: 5) { totalCount nodes { actor { name } } } notes(first: 5) { nodes { author { name } } } }""",
    "counts": "{ viewer { inboundCounts { notUpdated program { name organization { name } } } } }",
    "directory": """{ viewer { organizations(first: 5) { nodes { name
      members(first: 5) { nodes { user { name } roles(first: 2) { nodes { name } }
        placements(first: 30) { nodes { site { name } program { name referrals(first: 2) { nodes { id } } } } } } }
      programs(first: 30) { nodes { name sites(first: 2) { nodes { name organization { name } } } } }
      groups(first: 3) { nodes { name } } } } } }""",
}


ENGAGEMENT = """
fragment Whole on Engagement {
  id status client { firstName lastName } phase { name } campus { name } persona { name } caseManager { name }
  program { name phases(first: 4) { nodes { name approvers(first: 2) { nodes { role { name } } }
    warnings(first: 2) { nodes { area } } automaticAssignments(first: 2) { nodes { campus { name } } } } } }
  previous { id phase { name } } outcomes(first: 3) { nodes { area percent } }
  caseManagerAssignments(first: 2) { nodes { reason candidates { caseManager { name } } } }
  access { submit { allowed } manage { allowed } }
}"""
PROGRESS = {
    "mara": "{ viewer { caseload(first: 12) { totalCount nodes { ...Whole } } } }" + ENGAGEMENT,
    "lena": """{ viewer { approvals(first: 12) { totalCount nodes {
      status stale awaitsViewer recommendation { phase { name } campus { name } persona { name } warnings { area } }
      client { firstName organization { name } } engagement { ...Whole } replaces { id } submittedBy { name }
      approvals(first: 2) { nodes { approver { name } role { name } decidedBy { name } } }
      history(first: 5) { nodes { action actor { name } } } access { approve { allowed reason } } } } } }"""
    + ENGAGEMENT,
}


async def add_submissions(mission: Mission, first: int, last: int) -> None:
    """Clients of Mara's in the second phase, each submitted for the third, with an outcome and a history."""
    for i in range(first, last):
        id = await mission.engage(f"Client {i}")
        await mission.approve("lena", await mission.submit(engagement_id=id))
        async with mission.database.transaction() as tx:
            client = await tx.connection.fetchval("select client_id from engagements where id = $1", id)
            active = await tx.connection.fetchval(
                "select id from engagements where client_id = $1 and status = 'active'", client
            )
            await record_outcome(tx, await mission.world.actor("mara", tx), active, "Housing", i)
        await mission.submit(engagement_id=active)


@pytest.mark.parametrize("who", PROGRESS)
async def test_statements_about_progress_do_not_grow_with_rows(graph: Graph, mission: Mission, who: str) -> None:
    costs = {}
    for first, last in ((0, 2), (2, 10)):
        await add_submissions(mission, first, last)
        answer = str(await graph.ask(who, PROGRESS[who]))
        costs[last] = sorted(graph.statements)
        assert all(f"Client {i}'" in answer for i in range(last))
    assert costs[2] == costs[10]
    assert 0 < len(costs[10]) < 60


async def add_referrals(world: World, first: int, last: int) -> None:
    """Referrals that have nothing in common: each with its own client, program, maker, claimer, goal and notes."""
    async with world.database.transaction() as tx:
        ada = await world.actor("ada", tx)
        for i in range(first, last):
            program = await organizations.add_program(tx, organization_id=world.food_bank, name=f"Program {i}")
            site = await organizations.add_site(tx, organization_id=world.food_bank, name=f"Site {i}")
            await tx.connection.execute("insert into program_sites values ($1, $2)", program, site)
            await people.place(tx, None, membership_id=world.memberships["paul"], program_id=program)
            client = await clients.create(
                tx, ada, organization_id=world.agency, first_name=f"Client {i}", last_name="Late"
            )
            goal = await goals.add(tx, ada, client_id=client, title=f"Goal {i}")
            given: dict[str, Any] = {"client_id": client, "consent": True, "goal_id": goal}
            helen = await world.actor("helen", tx)
            id = await submit(tx, helen, program_id=program, comments="Hello", **given)
            other = await submit(tx, helen, program_id=world.pantry, **given)
            for name in ("helen", "paul"):
                actor = await world.actor(name, tx)
                note = await notes.add(tx, actor, referral_id=id, body="Hello")
            await notes.delete(tx, actor, note["note_id"])
            await set_status(tx, helen, other, ReferralStatus.REFERRED_ELSEWHERE, replaced_by_id=id)


@pytest.mark.parametrize(
    ("who", "name"),
    [("paul", "inbound"), ("helen", "outbound"), ("helen", "clients"), ("paul", "counts"), ("paul", "directory")],
)
async def test_statements_do_not_grow_with_rows(graph: Graph, world: World, who: str, name: str) -> None:
    await graph.do("ada", "clientAssignNavigator", clientId=world.nora, userId=world.people["hugo"])
    costs = {}
    for first, last in ((0, 2), (2, 20)):
        await add_referrals(world, first, last)
        answer = str(await graph.ask(who, QUERIES[name]))
        costs[last] = sorted(graph.statements)
        assert all(f"{'Program' if name != 'clients' else 'Goal'} {i}'" in answer for i in range(last))
    assert costs[2] == costs[20]
    assert 0 < len(costs[20]) < 60


async def test_a_row_that_is_asked_for_twice_is_loaded_once(graph: Graph, world: World) -> None:
    for _ in range(3):
        await world.refer()
    query = """{ viewer { inboundReferrals { nodes {
      client { id firstName } again: client { id firstName } program { id name } referredBy { id name } } } } }"""
    await graph.ask("paul", query)
    assert len(graph.statements) <= 5


@pytest.mark.skipif(not execution.BY_PLAN, reason="graphql-core loads all edges in batches")
async def test_what_leads_to_one_row_comes_with_it(graph: Graph, world: World) -> None:
    await world.refer()
    fields = "client { id email } program { name organization { name } } referredBy { lastName } goal { title }"
    inbound = (
        f"{{ viewer {{ inboundReferrals {{ nodes {{ id {fields} history {{ nodes {{ actor {{ name }} }} }} }} }} }} }}"
    )
    await graph.ask("paul", inbound)
    assert len(graph.statements) == 2
    [id] = [referral["id"] for referral in (await graph.ask("paul", inbound))["viewer"]["inboundReferrals"]["nodes"]]
    found = (await graph.ask("paul", f"query($id: ID!) {{ referral(id: $id) {{ {fields} }} }}", id=id))["referral"]
    assert len(graph.statements) == 1
    assert found["client"]["id"]
    assert found["program"]["organization"]["name"]
    assert found["goal"] is None
