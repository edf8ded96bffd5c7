"""However many requests a queue has, it costs the same number of statements."""

import pytest

from tests.graph import Graph
from tests.intake import Intake

REQUEST = """
fragment Q on MentoringRequest {
  id version status firstName ageHours statusHours deadline stagnantSince isNewClient matchedBy
  chapter { id organization { name } } client { firstName } mentor { name organization }
  assignment { deadline mentor { load } person { name } assignedBy { name } } assignments { nodes { ending } }
  sessions { totalCount nodes { heldAt mentor { name } } } notes { nodes { body author { name } } }
  mails { nodes { subject sender { name } } } transfers { nodes { reason toChapter { live } by { name } } }
  openedBy { nodes { person { name } } } history { totalCount nodes { action actor { name } } }
  withheld { field } access { assign { allowed rule } steps }
}"""
QUERIES = {
    "queue": "{ viewer { intakeQueue(first: 50) { totalCount nodes { ...Q } } } }",
    "all": "{ viewer { mentoringRequests(first: 50) { totalCount nodes { ...Q } } } }",
}


@pytest.mark.parametrize("name", QUERIES)
async def test_statements_do_not_grow_with_requests(
    graph: Graph, intake: Intake, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    costs = []
    for count in (2, 10):
        for i in range(count):
            id = await intake.ask(first_name=f"Ann {count} {i}")
            await graph.do("cora", "mentoringRequestAddNote", id=id, body="Called.")
            await graph.do("cora", "mentoringRequestMailClient", id=id, subject="Hello", body="Soon.")
            await graph.do("cora", "mentoringRequestOpen", id=id)
            await intake.assign(id, ("mia", "max", "eve", "hal")[i % 4])
        answer = str(await graph.ask("cora", QUERIES[name] + REQUEST))
        costs.append(sorted(graph.statements))
        assert all(f"'Ann {count} {i}'" in answer for i in range(count))
    assert costs[0] == costs[1]
    assert 0 < len(costs[0]) < 50
    assert "executed again" not in caplog.text, "the executor takes all of it"


async def test_mentors_and_simulations_do_not_fall_back(
    graph: Graph, intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    id = await intake.ask()
    await intake.assign(id)
    query = """query($id: ID!, $bay: ID!) {
      mentorCandidates(requestId: $id, scope: ALL) { name chapter { district } mentor { load person { name } } }
      organization(id: $bay) { chapter { timeZone ownHolidays access { manageIntake { allowed } } } }
      intakeSettingsSimulate(input: { chapterId: $bay, answerDays: 2 }) { moved effects { kind request { id } } }
      viewer { mentors(paused: false) { nodes { id load chapter { id } access { setAvailability { allowed } } } }
        ownMentors { nodes { id } } } }"""
    seen = await graph.ask("cora", query, id=id, bay=intake.chapters["bay"])
    assert seen["organization"]["chapter"]["ownHolidays"] == ["2026-03-20"]
    assert seen["intakeSettingsSimulate"]["moved"] == 1
    assert "executed again" not in caplog.text
