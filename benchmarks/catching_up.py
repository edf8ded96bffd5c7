"""A reader 100,000 events behind: python -m benchmarks.catching_up [--events 100000] [--seconds 60].

It follows a program whose log is filled by copying one event; then it comes back with its old cursor. Printed is how
fast it catches up, and the delays of the others, who are told of other changes meanwhile, beside their delays before.
"""

import argparse
import asyncio
import json
import statistics
import time

import httpx

from benchmarks.followers import Reader, act, delays, event_ids, serving
from tests.chaos.cluster import Cluster
from tests.chaos.follower import ask

LIVE = 50
"""Readers of the other program."""
RATE = 10.0
_COPY = """
insert into events (action, subject_id, version, kind, record_id, actor_id, before, after, topics, at)
select action, subject_id, version, kind, record_id, actor_id, before, after, topics, now()
from (select * from events where record_id = any($1::uuid[]) and position is not null
    and id in (select max(id) from events group by record_id)) as newest,
    generate_series(1, $2::int / array_length($1::uuid[], 1))
"""


async def fill(found: Cluster, records: list[str], events: int) -> None:
    """So many more events of these records, numbered."""
    await found.query("alter table events disable trigger chaos_commit")
    await found.query(_COPY, records, events)
    await found.query("alter table events enable trigger chaos_commit")
    await found.query("select number_events()")
    await found.query("vacuum analyze events")


async def measure(events: int, seconds: float) -> dict[str, float]:
    """The figures; no longer than so many seconds of catching up."""
    async with serving(2, LIVE) as (found, replica, county):
        url = f"http://127.0.0.1:{replica.port}"
        late = county.tokens[0][0]
        live = [Reader(url, token) for token in county.tokens[1]]
        following = [asyncio.create_task(reader.follow()) for reader in live]
        async with httpx.AsyncClient(trust_env=False) as http:
            head = (await ask(http, url, late, "{ viewer { feedHead } }"))["viewer"]["feedHead"]
        await fill(found, county.referrals[0], events)
        await act(replica, county, RATE, 3, lambda _: 1)

        async def others(seconds: float) -> list[float]:
            for reader in live:
                reader.heard.clear()
            await act(replica, county, RATE, seconds, lambda _: 1)
            await asyncio.sleep(1)
            return await delays(found, live)

        before = await others(min(seconds, 20))
        reader = Reader(url, late, after=head)
        began = time.time()
        following.append(asyncio.create_task(reader.follow()))
        meanwhile = await others(seconds)
        told = event_ids([reader])
        ids = [id for _, id in told]
        assert ids == sorted(set(ids)), "twice, or out of order"
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        return {
            "events behind": events,
            "told": len(told),
            "events a second": round(len(told) / (told[-1][0] - began)),
            "the others' median before, ms": round(statistics.median(before) * 1000, 1),
            "the others' median meanwhile, ms": round(statistics.median(meanwhile) * 1000, 1),
            "the others' 99 % before, ms": round(before[int(len(before) * 0.99)] * 1000, 1),
            "the others' 99 % meanwhile, ms": round(meanwhile[int(len(meanwhile) * 0.99)] * 1000, 1),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.catching_up", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(**vars(given))), indent=2))


if __name__ == "__main__":
    main()
