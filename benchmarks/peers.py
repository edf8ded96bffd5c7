"""Our row beside other GraphQL servers: python -m benchmarks.peers [arguments of the peers' runner].

The peers, their runner and their data are a folder of their own, PEERS_DIR. This loads the same data into our tables,
names our server to the runner, and translates what it checks outside the measurement: our words and ids into the
peers', before it compares the answers of Q1, and our log where it counts the history rows of M1 (docs/benchmarks.md).
"""

import asyncio
import importlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncpg

from benchmarks.loading import load, ours

ROOT = Path(__file__).parent.parent
QUERIES = Path(__file__).parent / "queries" / "ours"
COUNT = "SELECT count(*) FROM app.referral_status_changes"
"""What the runner asks before and after M1."""
COUNT_OURS = "select count(*) from events where action = 'referral.status_set'"
HISTORY = """
    select number::text, id::text from (
        select id, row_number() over (order by changed_at, id) as number
        from app.referral_status_changes where changed_at < '2026-01-01'
    ) numbered where number = any($1::bigint[])
"""
"""The peers' ids of the changes that became events; what the runs have added is younger."""

Answer = dict[str, Any]


def main() -> None:
    """Run the bench."""
    peers = Path(os.environ.get("PEERS_DIR") or ROOT.parent / "shared" / "peers").resolve()
    work = Path(os.environ.setdefault("PEERS_WORK", str(ROOT / ".data" / "peers"))).resolve()
    wanted = missing(peers, work)
    if wanted:
        sys.exit(f"bench: {wanted} (docs/benchmarks.md)")
    os.environ.setdefault("PEERS_PYTHON", str(work / "py" / "bin" / "python"))
    sys.path.insert(0, str(peers))
    run = importlib.import_module("run")
    prepare_data(run.pg)
    bridge(run, work / "throughline")
    sys.argv[1:] = ["--servers-file", str(servers_file(work / "throughline")), *sys.argv[1:]]
    run.main()


def missing(peers: Path, work: Path) -> str | None:
    """The first thing without which the bench cannot run."""
    if not (peers / "run.py").is_file():
        return f"there are no peers in {peers}; PEERS_DIR names their folder"
    if shutil.which("wrk") is None:
        return "wrk is not on the PATH"
    if not os.environ.get("PEERS_NODE_DIR") and not (work / "node" / "node_modules").is_dir():
        return f"{work}/node has no node_modules"
    if not os.environ.get("PEERS_PYTHON") and not (work / "py" / "bin" / "python").exists():
        return f"{work}/py has no Python environment"
    return None


def prepare_data(pg: ModuleType) -> None:
    """The peers' database and ours."""
    pg.up()
    try:
        asyncio.run(fetch(pg.DSN, "select 1 from app.referrals limit 1"))
    except (asyncpg.InvalidCatalogNameError, asyncpg.UndefinedTableError):
        print("Making the peers' data: a minute or two.", flush=True)
        pg.seed()
    print("Making ours of it, unless it is there: two or three minutes.", flush=True)
    asyncio.run(load(pg.DSN))


def servers_file(work: Path) -> Path:
    """Our server, and the same by graphql-core's own executor, as the runner wants them described."""
    work.mkdir(parents=True, exist_ok=True)
    server = {
        "cmd": [sys.executable, "-m", "benchmarks.serving"],
        "cwd": str(ROOT),
        "queries": str(QUERIES),
        "tests": "qms",
    }
    environment = {"BENCH_WORK": str(work), "PYTHONPATH": ""}
    path = work / "servers.json"
    path.write_text(
        json.dumps(
            {
                "ours": {**server, "env": environment},
                "ours-graphql-core": {**server, "env": {**environment, "EXECUTOR": "off"}},
            }
        )
    )
    return path


def bridge(run: ModuleType, work: Path) -> None:
    """Where the runner looks at data outside the measurement, let it see ours in the peers' words."""
    prepare: Callable[[], dict[str, Any]] = run.prepare
    post: Callable[..., Answer] = run.post
    psql: Callable[[str], list[str]] = run.psql

    def prepared() -> dict[str, Any]:
        world = prepare()
        targets = json.loads((world["dir"] / "targets.json").read_text())
        (work / "asked.json").write_text(json.dumps([*world["q2"], *world["m1"], *targets["referrals"]]))
        return world

    def posted(*arguments: Any, **options: Any) -> Answer:
        answer = post(*arguments, **options)
        viewer = (answer.get("data") or {}).get("viewer")
        if viewer is None:
            return answer
        return {"data": {"inboundReferrals": asyncio.run(in_their_words(run.DSN, viewer["inboundReferrals"]["nodes"]))}}

    def asked(sql: str) -> list[str]:
        lines = psql(sql)
        if sql == COUNT:
            # Only one server runs at a time, so the sum grows by what that one writes.
            lines = [str(int(lines[0]) + asyncio.run(fetch(ours(run.DSN), COUNT_OURS))[0][0])]
        return lines

    run.prepare, run.post, run.psql = prepared, posted, asked  # type: ignore[attr-defined]


async def in_their_words(dsn: str, referrals: list[Answer]) -> list[Answer]:
    """These referrals of ours with the peers' status words and the peers' ids of the history's lines."""
    words = {row[0].upper(): row[1] for row in await fetch(ours(dsn), "select ours, theirs from bench.words")}
    lines = [line for referral in referrals for line in referral["statusHistory"]["nodes"]]
    ids = {row[0]: row[1] for row in await fetch(dsn, HISTORY, [int(line["id"]) for line in lines])}
    for line in lines:
        line["id"] = ids[line["id"]]
    for record in [*referrals, *(referral["client"] for referral in referrals), *lines]:
        for name in ("status", "fromStatus", "toStatus"):
            if record.get(name) is not None:
                record[name] = words[record[name]]
    return referrals


async def fetch(dsn: str, sql: str, *arguments: Any) -> list[Any]:
    """The rows that a statement answers."""
    connection = await asyncpg.connect(dsn)
    try:
        rows: list[Any] = await connection.fetch(sql, *arguments)
        return rows
    finally:
        await connection.close()


if __name__ == "__main__":
    main()
