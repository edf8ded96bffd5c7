"""What plans are kept for: the dashboards that we know of, and nobody's data."""

import asyncio
import re
from pathlib import Path

import pytest
from graphql import FragmentDefinitionNode, OperationType

from server import execution
from server.executor.compile import Compiler
from tests.server.executor.answers import EXECUTOR, answer, same
from tests.server.executor.county import DOCUMENTS, SCHEMA, County
from tests.server.executor.operations import Operation
from tests.test_docs_examples import OURS, ROOT, blocks

_TABS = re.findall(r"`((?:[^`\\]|\\.)*)`", Path(ROOT, "web", "src", "operations.js").read_text())
KNOWN = {f"{page.name} {number}": text for page in OURS for number, text in enumerate(blocks(page, "graphql"), 1)} | {
    path.name: path.read_text() for path in sorted(Path(ROOT, "benchmarks", "queries", "ours").glob("*.graphql"))
}
KNOWN |= {f"tab {n}": text.replace("\\`", "`") for n, text in enumerate(_TABS, 1) if text.startswith("#")}
LISTS = """query($who: String, $first: Int) { viewer { user { id email } clients(search: $who, first: $first) {
    totalCount nodes { id lastName phone referrals { nodes { id comments } } } } outboundReferrals(first: $first) {
    nodes { id client { lastName email } notes { nodes { body } } } } } }"""
PEOPLE = ("helen", "paul", "pam", "sam", "karl", "otto")


@pytest.mark.parametrize("name", KNOWN)
def test_what_we_ask_ourselves_has_a_plan(name: str) -> None:
    document = DOCUMENTS.get(KNOWN[name])
    assert document.ast is not None, document.errors
    fragments = {d.name.value: d for d in document.ast.definitions if isinstance(d, FragmentDefinitionNode)}
    for operation in document.operations.values():
        kind = SCHEMA.get_root_type(operation.operation)
        assert kind is not None
        serial = operation.operation is OperationType.MUTATION
        Compiler(SCHEMA, fragments, {}).root(kind, operation.selection_set, serial=serial)


def test_dashboards_do_not_fall_back(county: County, runner: asyncio.Runner) -> None:
    for name, variables in (("q1.graphql", {}), ("q2.graphql", {"id": county.ids["Referral"][0]})):
        before = EXECUTOR.counts.copy()
        for who in ("helen", "paul", "sam"):
            runner.run(same(county, who, Operation(KNOWN[name], variables, None)))
        assert EXECUTOR.counts - before == {"planned": 3}


def test_a_plan_keeps_nothing_of_those_who_asked_before(
    county: County, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One document, many people and variables at once: everybody is answered as if nobody else had asked."""
    asked = [
        (who, Operation(LISTS, {"who": name, "first": first}, None))
        for who in PEOPLE
        for name in (None, "sam", "a")
        for first in (1, 20)
    ]

    async def answers(*, at_once: bool) -> list[bytes]:
        document = DOCUMENTS.get(LISTS)
        waiting = [answer(county, who, operation, document) for who, operation in asked]
        return list(await asyncio.gather(*waiting)) if at_once else [await one for one in waiting]

    before = EXECUTOR.counts.copy()
    monkeypatch.setattr(execution, "BY_PLAN", True)
    together = runner.run(answers(at_once=True))
    again = runner.run(answers(at_once=True))
    assert EXECUTOR.counts - before == {"planned": 2 * len(asked)}
    monkeypatch.setattr(execution, "BY_PLAN", False)
    alone = runner.run(answers(at_once=False))
    assert together == again == alone
    assert len(set(alone)) > len(PEOPLE)
