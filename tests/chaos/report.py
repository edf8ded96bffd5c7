"""The figures of a run, as a table in Markdown: one column for each part."""

from __future__ import annotations

import statistics
from collections import Counter

from tests.chaos.harness import Run
from tests.chaos.oracle import FAULTS, Verdict

Column = dict[str, str | int]
"""Figures by their names."""


def column(run: Run, verdict: Verdict, events: int, faults: Counter[str], races: Counter[str], took: float) -> Column:
    """The figures of one part."""
    plan, load = run.plan, run.load.promises
    closes = sum((Counter(follower.ledger.closes) for follower in run.followers), Counter[int]())
    delays = sorted(verdict.delays) or [0.0]
    return {
        "seed": plan.seed,
        "doorbell": "Redis" if plan.redis else "Postgres",
        "server processes": plan.replicas,
        "parties": len(run.county.parties),
        "seconds": round(took),
        "events": events,
        "deliveries": verdict.deliveries,
        "ends of access": verdict.endings,
        "told to resync": verdict.resyncs,
        **{f"**{kind}**": verdict.found[kind] for kind in FAULTS},
        **({"**faults**": faults.total()} if faults else {}),
        **{f"fault: {kind}": count for kind, count in sorted(faults.items())},
        **({"**races**": races.total()} if races else {}),
        **{f"race: {kind}": count for kind, count in sorted(races.items())},
        "connections cut between bytes": sum(proxy.cuts for proxy in run.proxies),
        **{f"sockets closed with {code}": count for code, count in sorted(closes.items())},
        "mutations acknowledged": sum(load.acknowledged.values()),
        "mutations refused": sum(load.refused.values()),
        "answers thrown away": load.lost_answers,
        "mutations sent again": load.repeated,
        "mutations never answered": sum(load.unanswered.values()),
        "commit to delivery, median": f"{statistics.median(delays) * 1000:.0f} ms",
        "commit to delivery, 99 %": f"{delays[int(len(delays) * 0.99)] * 1000:.0f} ms",
        "longest silence": f"{delays[-1]:.1f} s",
        "tracebacks in the servers' logs": sum(replica.tracebacks() for replica in run.cluster.replicas),
    }


def table(columns: dict[str, Column]) -> str:
    """The columns by their titles, side by side."""
    names = dict.fromkeys(name for column in columns.values() for name in column)
    lines = [["", *columns], ["---", *("---:" for _ in columns)]]
    lines += [[name, *(str(column.get(name, "")) for column in columns.values())] for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
