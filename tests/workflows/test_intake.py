"""What other settings of an intake would do, and that they do just that."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.deadlines import keep
from tests.graph import Graph, everything
from tests.intake import Intake, at

MONDAY = datetime(2026, 6, 1, 17, tzinfo=UTC)
SIMULATE = """query($input: IntakeSettingsSimulateInput!) { intakeSettingsSimulate(input: $input) {
  moved effects { kind request { id } deadline returns stagnant overLimit } userErrors { code field } } }"""


async def simulate(graph: Graph, who: str, intake: Intake, **settings: Any) -> Any:
    """What these settings would do, beside which everything stays as it is."""
    given = {"chapterId": intake.chapters["bay"], "answerDays": 5, "stagnationDays": 14, **settings}
    return (await graph.ask(who, SIMULATE, input=given))["intakeSettingsSimulate"]


@pytest.mark.rule("SC6", "SC11", "SC20")
async def test_a_simulation_says_which_requests_would_be_different_and_writes_nothing(
    graph: Graph, intake: Intake
) -> None:
    at(MONDAY)
    waiting = await intake.ask()
    first, second = await intake.ask(), await intake.ask()
    await intake.assign(first)
    at(MONDAY + timedelta(days=2))
    await intake.assign(second)
    before = await everything(graph.database)
    assert await simulate(graph, "cora", intake) == {"moved": 0, "effects": [], "userErrors": []}

    shorter = await simulate(graph, "carl", intake, answerDays=1)
    assert shorter["moved"] == 2
    assert [(e["request"]["id"], e["returns"]) for e in shorter["effects"]] == [(first, True), (second, False)]
    deadline = datetime.fromisoformat(shorter["effects"][0]["deadline"])
    assert timedelta(0) <= deadline - (MONDAY + timedelta(days=1)) < timedelta(minutes=1)

    livelier = await simulate(graph, "cora", intake, stagnationDays=1)
    marked = {e["request"]["id"] for e in livelier["effects"] if e["kind"] == "STAGNATION" and e["stagnant"]}
    assert marked == {waiting, first}

    limited = await simulate(graph, "cora", intake, weeklyLimit=1)
    assert [(e["kind"], e["request"]["id"], e["overLimit"]) for e in limited["effects"]] == [("LIMIT", second, True)]
    assert await everything(graph.database) == before


@pytest.mark.rule("SC6", "SC11")
async def test_an_update_does_what_the_simulation_said(graph: Graph, intake: Intake) -> None:
    at(MONDAY)
    waiting, pending = await intake.ask(), await intake.ask()
    await intake.assign(pending)
    at(MONDAY + timedelta(days=2))
    settings = {"answerDays": 1, "stagnationDays": 1, "weeklyLimit": 1}
    said = await simulate(graph, "cora", intake, **settings)
    assert said["moved"] == 2
    done = await graph.do("cora", "intakeSettingsUpdate", chapterId=intake.chapters["bay"], **settings)
    assert done["chapter"]["version"] == 2
    await keep(graph.database)
    rows = await graph.database.pool.fetch("select id, status, stagnant_since from mentoring_requests order by id")
    assert [(row["id"], row["status"]) for row in rows] == [(waiting, "unassigned"), (pending, "pending_reassignment")]
    assert rows[0]["stagnant_since"] is not None
    # And back: the mark is lifted at once.
    await graph.do("cora", "intakeSettingsUpdate", chapterId=intake.chapters["bay"], answerDays=5, stagnationDays=None)
    assert (
        await graph.database.pool.fetchval("select count(*) from mentoring_requests where stagnant_since is not null")
        == 0
    )


@pytest.mark.rule("SC6", "XX3", "XX9")
async def test_only_those_who_coordinate_the_intake_and_only_settings_that_can_be(graph: Graph, intake: Intake) -> None:
    given = {"chapterId": intake.chapters["bay"], "answerDays": 5}
    for who in ("hank", "mia", "otto"):
        assert (await graph.refused(who, "intakeSettingsUpdate", **given)).code == "FORBIDDEN"
        assert (await simulate(graph, who, intake))["userErrors"][0]["code"] == "FORBIDDEN"
    for field, value in (("answerDays", 0), ("answerDays", 61), ("stagnationDays", 366), ("weeklyLimit", 0)):
        refused = await graph.refused("cora", "intakeSettingsUpdate", **{**given, field: value})
        assert refused[:2] == ("INVALID", ["input", field])
        assert (await simulate(graph, "cora", intake, **{field: value}))["userErrors"] == [
            {"code": "INVALID", "field": ["input", field]}
        ]
    assert (await graph.refused("cora", "intakeSettingsUpdate", **given, expectedVersion=7)).code == "CONFLICT"
