"""The short form of the fault harness (`make chaos` is the long one), and its negative controls."""

from __future__ import annotations

import pytest

from tests.chaos.controls import CONTROLS, Control
from tests.chaos.harness import Plan, endure, running
from tests.chaos.races import race

SEED = 20


@pytest.mark.timeout(240)
async def test_every_fault_once() -> None:
    outcome = await endure(Plan(SEED, 15, workers=10, pause=0.2, gap=0.3, redis=True))
    assert outcome.verdict.is_clean, str(outcome.verdict)
    assert outcome.verdict.deliveries > 300
    assert len(outcome.faults) == 11


@pytest.mark.timeout(240)
async def test_sight_is_lost_while_changes_are_on_their_way(dsn: str) -> None:
    async with running(Plan(SEED, 0, dsn=dsn)) as run:
        counts, verdict = await race(run, 2)
    assert verdict.is_clean, str(verdict)
    assert counts.total() >= 36


@pytest.mark.timeout(120)
@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.module)
async def test_the_oracle_finds_out(control: Control, dsn: str) -> None:
    plan = Plan(SEED, 10, organizations=2, replicas=1, workers=10, pause=0.2, gap=1, dsn=dsn)
    verdict = (await endure(control.plan(plan))).verdict
    assert not verdict.is_clean, control.finding
