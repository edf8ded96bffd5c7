"""The public form: it says the same to everybody, and not too often."""

from typing import Any

import pytest

import resolvers.mentoring
from resolvers.throttle import Throttle
from tests.graph import Graph
from tests.intake import Intake

KNOWN = {"firstName": "Clea", "lastName": "Cole", "email": "clea@example.test", "postalCode": "94133"}
UNKNOWN = {"firstName": "Nobody", "lastName": "Known", "email": "nobody@example.test", "postalCode": "10001"}


@pytest.fixture(autouse=True)
def _submissions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers.mentoring, "_submissions", Throttle(failures=3, window=3600))


async def submit(graph: Graph, intake: Intake, **values: str) -> tuple[dict[str, Any], list[str]]:
    """The answer, and the statements that it took."""
    given = {"chapterId": intake.chapters["bay"], "help": "Find a first job.", **values}
    graph.statements.clear()
    payload = await graph.payload(None, "mentoringRequestSubmitPublic", "received", **given)
    return payload, list(graph.statements)


@pytest.mark.rule("SC1", "SC7")
async def test_the_answer_does_not_tell_who_is_known(graph: Graph, intake: Intake) -> None:
    known, unknown = await submit(graph, intake, **KNOWN), await submit(graph, intake, **UNKNOWN)
    assert known == unknown
    assert known[0] == {"received": True, "userErrors": []}
    matched = await graph.database.pool.fetch("select matched_by from mentoring_requests order by id")
    assert [row["matched_by"] for row in matched] == ["email", None]


@pytest.mark.rule("SC1")
async def test_the_form_is_not_taken_any_number_of_times(graph: Graph, intake: Intake) -> None:
    for _ in range(3):
        assert (await submit(graph, intake, **UNKNOWN))[0]["received"]
    for person in (KNOWN, UNKNOWN):
        payload, statements = await submit(graph, intake, **person)
        assert [error["code"] for error in payload["userErrors"]] == ["RATE_LIMITED"]
        assert statements == []
    assert await graph.database.pool.fetchval("select count(*) from mentoring_requests") == 3


@pytest.mark.rule("XX9")
async def test_text_that_cannot_be_kept_is_refused(graph: Graph, intake: Intake) -> None:
    payload, _ = await submit(graph, intake, **{**UNKNOWN, "firstName": "\x00"})
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID", ["input", "firstName"])]
