"""From commit to delivery: python -m benchmarks.delivery [--subscribers 1000] [--concerned 100] [--rate 50].

One server process takes the changes as mutations and tells them to the subscribers; the clients are in this process.
The time of a commit is taken by a trigger, inside the database, just before it.
"""

import argparse
import asyncio
import json
import statistics

import psutil

from benchmarks.followers import Reader, act, delays, serving


async def measure(subscribers: int, concerned: int, rate: float, seconds: float) -> dict[str, float]:
    """The figures."""
    async with serving(subscribers // concerned, concerned) as (found, replica, county):
        url = f"http://127.0.0.1:{replica.port}"
        readers = [[Reader(url, token) for token in tokens] for tokens in county.tokens]
        following = []
        for reader in (reader for group in readers for reader in group):
            following.append(asyncio.create_task(reader.follow()))
            await asyncio.sleep(0.01)
        await act(replica, county, rate, 3, lambda _: 0)
        await asyncio.sleep(2)
        for reader in readers[0]:
            reader.heard.clear()
        process = psutil.Process(replica.pid)
        before = process.cpu_times()
        await act(replica, county, rate, seconds, lambda _: 0)
        await asyncio.sleep(2)
        after = process.cpu_times()
        took = await delays(found, readers[0])
        for task in following:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        return {
            "subscribers": subscribers,
            "concerned": concerned,
            "changes a second": rate,
            "deliveries": len(took),
            "deliveries that were due": int(rate * seconds) * concerned,
            "median, ms": round(statistics.median(took) * 1000, 1),
            "99 %, ms": round(took[int(len(took) * 0.99)] * 1000, 1),
            "longest, ms": round(took[-1] * 1000, 1),
            "server's processor, %": round(
                100 * (after.user + after.system - before.user - before.system) / (seconds + 2)
            ),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--concerned", type=int, default=100)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(**vars(given))), indent=2))


if __name__ == "__main__":
    main()
