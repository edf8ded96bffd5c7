"""What readers that read nothing cost the others: python -m benchmarks.slow_readers [--good 500] [--slow 500].

First the good ones alone, then beside slow ones, who follow the same programs, ask for large messages through a small
buffer, read nothing, are let go by the server, and come again.
"""

import argparse
import asyncio
import json

from benchmarks.followers import Reader, act, delays, serving

PROGRAMS = 10
FEED = """
subscription ($after: FeedCursor) {
  feed(after: $after, filter: { kinds: [REFERRAL] }) {
    ... on ReferralChanged { cursor eventId referral { LARGE } }
    ... on FeedCheckpoint { cursor }
  }
}
""".replace("LARGE", " ".join(f"a{number}: comments" for number in range(8)))


async def measure(good: int, slow: int, rate: float, seconds: float) -> dict[str, float | str]:
    """The figures."""
    each = (good + slow) // PROGRAMS
    async with serving(PROGRAMS, each, comments="x" * 4000) as (found, replica, county):
        url = f"http://127.0.0.1:{replica.port}"
        reading = good // PROGRAMS
        readers = [Reader(url, token) for tokens in county.tokens for token in tokens[:reading]]
        sleepers = [Reader(url, token, FEED) for tokens in county.tokens for token in tokens[reading:]]
        following = []
        for reader in readers:
            following.append(asyncio.create_task(reader.follow()))
            await asyncio.sleep(0.01)

        async def round(seconds: float) -> list[float]:
            await act(replica, county, rate, 3, lambda number: number % PROGRAMS)
            await asyncio.sleep(1)
            for reader in readers:
                reader.heard.clear()
            await act(replica, county, rate, seconds, lambda number: number % PROGRAMS)
            await asyncio.sleep(2)
            return await delays(found, readers)

        alone = await round(seconds)
        memory = replica.rss
        for sleeper in sleepers:
            following.append(asyncio.create_task(sleeper.hang()))
            await asyncio.sleep(0.01)
        # Long enough for their buffers to be full and for the deadline to pass.
        await act(replica, county, rate, 15, lambda number: number % PROGRAMS)
        beside = await round(seconds)
        more = replica.rss - memory
        for task in following:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        figures: dict[str, float | str] = {
            "good readers": good,
            "slow readers": slow,
            "changes a second": rate,
            "slow readers let go": sum(sleeper.let_go for sleeper in sleepers),
            "more memory, MB": more // 1_000_000,
            "deliveries alone": len(alone),
            "deliveries beside": len(beside),
        }
        for name, place in (("median", 0.5), ("99 %", 0.99)):
            first, second = (took[int(len(took) * place)] * 1000 for took in (alone, beside))
            figures[f"{name} alone, ms"] = f"{first:.1f}"
            figures[f"{name} beside, ms"] = f"{second:.1f}"
            figures[f"{name}, ratio"] = f"{second / first:.2f}"
        return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser("python -m benchmarks.slow_readers", description=__doc__)
    parser.add_argument("--good", type=int, default=500)
    parser.add_argument("--slow", type=int, default=500)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(measure(**vars(given))), indent=2))


if __name__ == "__main__":
    main()
