"""How cost grows: python -m benchmarks.growth rows|subscribers. Prints a table in Markdown.

Over the database that the bench has loaded, in one process, the ASGI application
called directly, as in benchmarks/profile.py; a list of more than 100 rows is read page by page, as clients have to.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import orjson
import uvloop
from starlette.types import ASGIApp

from benchmarks.loading import ours
from benchmarks.profile import DSN, FOLLOWED, Follower, body, document, post
from benchmarks.serving import SECRET, Headers, headers
from server.cli import application

ROWS = (10, 50, 200, 1000)
SUBSCRIBERS = (100, 1000, 5000)
PAGE = 100


@asynccontextmanager
async def running(ids: list[str]) -> AsyncIterator[tuple[ASGIApp, Headers]]:
    """The application, and the headers of those who may see these referrals."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DATABASE_URL": ours(DSN), "SECRET_KEY": SECRET, "DATA_DIR": folder}
        known = await headers(ours(DSN), SECRET, ids)
        app = application()
        async with app.router.lifespan_context(app):
            yield app, known


async def fetch(sql: str) -> list[str]:
    """The first column of what the statement answers."""
    connection = await asyncpg.connect(ours(DSN))
    try:
        return [row[0] for row in await connection.fetch(sql)]
    finally:
        await connection.close()


def memory() -> float:
    """What this process has in memory, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024**2


async def rows() -> None:
    """The CPU time of Q1 by the number of its referrals."""
    organizations = await fetch("select organization_id::text from bench.viewers")
    text = document("q1").replace("query Dashboard", "query Dashboard($after: String)")
    texts = {
        size: text.replace("first: 50", f"first: {size}, after: $after").replace(
            "nodes {", "pageInfo { endCursor } nodes {", 1
        )
        for size in {min(number, PAGE) for number in ROWS}
    }
    async with running([]) as (app, known):
        print("| rows | CPU ms | for one row | memory MB |\n|---|---|---|---|")
        for number in ROWS:
            size = min(number, PAGE)
            asked = itertools.cycle(organizations)

            async def read(size: int = size, number: int = number, asked: itertools.cycle[str] = asked) -> None:
                header, after = known.viewers[next(asked).encode()], None
                for _ in range(number // size):
                    request = orjson.dumps({"query": texts[size], "variables": {"after": after}})
                    answer = orjson.loads(await post(app, request, header))
                    after = answer["data"]["viewer"]["inboundReferrals"]["pageInfo"]["endCursor"]

            for _ in range(3):
                await read()
            times = max(5, 2000 // number)
            began = time.process_time()
            for _ in range(times):
                await read()
            each = (time.process_time() - began) / times * 1e3
            print(f"| {number:,} | {each:.2f} | {each / number:.3f} | {memory():.0f} |", flush=True)


async def subscribers() -> None:
    """The CPU time of a delivery by the number of those who are told."""
    ids, [program] = await fetch(FOLLOWED), await fetch("select program_id::text from bench.followed")
    async with running(ids) as (app, known):
        print("| subscribers | CPU µs a delivery | memory MB | KB each |\n|---|---|---|---|")
        idle = memory()
        followers: list[Follower] = []
        tasks: list[asyncio.Task[None]] = []
        people = itertools.cycle(known.subscribers)
        for number in SUBSCRIBERS:
            while len(followers) < number:
                some = [Follower(next(people), program) for _ in range(100)]
                followers += some
                tasks += [asyncio.create_task(follower.follow(app)) for follower in some]
                await asyncio.sleep(1.5)
            await asyncio.sleep(2)
            began, told, events = 0.0, sum(f.frames for f in followers), 10
            for turn, id in enumerate(itertools.islice(itertools.cycle(ids), events + 2)):
                if turn == 2:
                    began = time.process_time()
                await post(app, body("m1", {"id": id}), known.viewers[id.encode()])
                told += number
                while sum(f.frames for f in followers) < told:
                    await asyncio.sleep(0.02)
            each = (time.process_time() - began) / events / number * 1e6
            kept = memory()
            print(f"| {number:,} | {each:.0f} | {kept:.0f} | {(kept - idle) / number * 1024:.0f} |", flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    measures = {"rows": rows, "subscribers": subscribers}
    parser.add_argument("measure", choices=measures)
    uvloop.run(measures[parser.parse_args().measure]())
