"""The long form of the fault harness: `make chaos`, or `python -m tests.chaos --seed 7 --minutes 5`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import statistics
import sys
import time

from tests.chaos.harness import Outcome, Plan, endure


def figures(outcome: Outcome) -> str:
    """The figures of a run, for people to read."""
    verdict, load = outcome.verdict, outcome.run.load.promises
    delays = sorted(verdict.delays) or [0.0]
    closes: dict[int, int] = {}
    for follower in outcome.run.followers:
        for code, count in follower.ledger.closes.items():
            closes[code] = closes.get(code, 0) + count
    lines = {
        "seed": outcome.run.plan.seed,
        "doorbell": "redis" if outcome.run.plan.redis else "postgres",
        "events": outcome.events,
        "deliveries": verdict.deliveries,
        "due deliveries": len(verdict.delays),
        "access ended": verdict.endings,
        "resyncs": verdict.resyncs,
        "faults": outcome.faults,
        "cuts between bytes": sum(proxy.cuts for proxy in outcome.run.proxies),
        "closes by code": closes,
        "acknowledged": sum(load.acknowledged.values()),
        "answers thrown away": load.lost_answers,
        "sent again": load.repeated,
        "never answered": sum(load.unanswered.values()),
        "refused": dict(load.refused),
        "commit to delivery, median": f"{statistics.median(delays) * 1000:.0f} ms",
        "commit to delivery, 99 %": f"{delays[int(len(delays) * 0.99)] * 1000:.0f} ms",
        "longest silence": f"{delays[-1]:.2f} s",
        "tracebacks in logs": sum(replica.tracebacks() for replica in outcome.run.cluster.replicas),
        **{kind: verdict.found[kind] for kind in ("missing", "doubled", "out of order", "forbidden", "stale",
           "unfounded", "unlike", "complaint", "unkept")},
    }  # fmt: skip
    return "\n".join(f"{name:>28}: {value}" for name, value in lines.items())


def main() -> None:
    """Run it, print the figures, and fail if anything is wrong."""
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--parties", type=int, default=100)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--redis", action="store_true")
    parser.add_argument("--module", default="server")
    parser.add_argument("--no-faults", action="store_true")
    given = parser.parse_args()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)
    print(f"seed {given.seed}", flush=True)
    plan = Plan(
        given.seed, given.minutes * 60, given.parties, given.replicas, redis=given.redis, module=given.module,
        faults=not given.no_faults,
    )  # fmt: skip
    outcome = asyncio.run(endure(plan, lambda text: print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)))
    print(figures(outcome))
    print(outcome.verdict, *outcome.run.load.promises.given_up, sep="\n")
    sys.exit(0 if outcome.verdict.is_clean else 1)


if __name__ == "__main__":
    main()
