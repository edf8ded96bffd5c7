"""The long form of the fault harness: `make chaos`, or `python -m tests.chaos --seed 7 --minutes 5` for one run."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import time
from collections import Counter
from dataclasses import replace

from tests.chaos.controls import CONTROLS
from tests.chaos.harness import Plan, endure, running
from tests.chaos.oracle import Verdict
from tests.chaos.races import race
from tests.chaos.report import Column, column, table


def say(text: str) -> None:
    """Say how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Parts:
    """What was done, and whether all of it was right."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.right = True

    async def faults(self, title: str, plan: Plan) -> None:
        """A run under faults; nothing may be wrong."""
        say(title)
        began = time.monotonic()
        found = await endure(plan, say)
        took = time.monotonic() - began
        self.columns[title] = column(found.run, found.verdict, found.events, found.faults, Counter(), took)
        self._hold(found.verdict, found.run.load.promises.given_up)

    async def races(self, title: str, plan: Plan, rounds: int) -> None:
        """Sight is lost while changes are on their way; nothing may be wrong."""
        say(title)
        began = time.monotonic()
        async with running(plan) as run:
            counts, verdict = await race(run, rounds)
            events = await run.count_events()
            took = time.monotonic() - began
            self.columns[title] = column(run, verdict, events, Counter(), counts, took)
        self._hold(verdict, run.load.promises.given_up)

    async def controls(self, plan: Plan) -> None:
        """The same over servers that are wrong; each has to be found out."""
        for control in CONTROLS:
            say(f"control: {control.module}")
            verdict = (await endure(control.plan(plan))).verdict
            is_found = verdict.found[control.finding] > 0
            self.right = self.right and is_found
            say(f"{'found out' if is_found else 'NOT FOUND OUT'}: {dict(verdict.found)}")

    def _hold(self, verdict: Verdict, given_up: list[str]) -> None:
        self.right = self.right and verdict.is_clean
        if given_up or not verdict.is_clean:
            print(verdict, *given_up, sep="\n", flush=True)


async def everything(given: argparse.Namespace, plan: Plan) -> Parts:
    """The controls, then half of the time under faults with either doorbell, then the races."""
    parts = Parts()
    await parts.controls(replace(plan, seconds=15, organizations=2, claimers=3, replicas=1, workers=10))
    half = replace(plan, seconds=given.minutes * 30)
    await parts.faults("faults, Postgres", half)
    await parts.faults("faults, Redis", replace(half, redis=True, seed=plan.seed + 1))
    await parts.races("races", replace(plan, organizations=10, claimers=3, replicas=2), given.rounds)
    return parts


async def one(given: argparse.Namespace, plan: Plan) -> Parts:
    """One run under faults, or the races alone."""
    parts = Parts()
    if given.part == "races":
        await parts.races("races", plan, given.rounds)
    elif given.part == "controls":
        await parts.controls(plan)
    else:
        await parts.faults("faults", plan)
    return parts


def main() -> None:
    """Run it, print the figures, and fail if anything is wrong."""
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("part", nargs="?", default="faults", choices=["faults", "races", "controls", "all"])
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=5, help="under faults")
    parser.add_argument("--parties", type=int, default=100, help="about so many, in organizations of sixteen")
    parser.add_argument("--replicas", type=int, default=3, help="server processes")
    parser.add_argument("--workers", type=int, default=12, help="who act at the same time")
    parser.add_argument("--rounds", type=int, default=20, help="of each kind of race, in each organization")
    parser.add_argument("--redis", action="store_true", help="ring through Redis, not Postgres")
    parser.add_argument("--no-faults", action="store_true")
    given = parser.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    say(f"seed {given.seed}")
    plan = Plan(
        given.seed, given.minutes * 60, organizations=max(2, given.parties // 16), claimers=9,
        replicas=given.replicas, workers=given.workers, redis=given.redis, faults=() if given.no_faults else None,
    )  # fmt: skip
    parts = asyncio.run((everything if given.part == "all" else one)(given, plan))
    print(table(parts.columns))
    sys.exit(0 if parts.right else 1)


if __name__ == "__main__":
    main()
