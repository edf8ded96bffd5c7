"""One run: servers, parties who follow and act, faults meanwhile; then quiet, and the oracle's verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from models.database import Database
from tests.chaos import promises
from tests.chaos.cluster import PRODUCT, Cluster, cluster
from tests.chaos.county import County, Party
from tests.chaos.faults import Faults
from tests.chaos.follower import Follower, NotNowError, ShutOutError, snapshot
from tests.chaos.history import History, instruments
from tests.chaos.load import Load
from tests.chaos.oracle import Oracle, Verdict, compare
from tests.chaos.proxy import Proxy

SETTLE = 30.0
"""Seconds in which everyone has to be told everything, once nothing is wrong any more."""
LAG = 0.3


@dataclass(frozen=True)
class Plan:
    """How large and how long; the same seed draws the same lots."""

    seed: int
    seconds: float
    organizations: int = 3
    claimers: int = 3
    """In each organization, which has seven other parties besides."""
    replicas: int = 2
    workers: int = 6
    pause: float = 0.3
    """Seconds between two deeds of a worker, on average."""
    faults: Sequence[str] | None = None
    """Which kinds; None: all, and each at least once."""
    gap: float = 0.7
    """Seconds from the end of a fault to the next, on average."""
    redis: bool = False
    module: str = PRODUCT
    settle: float = SETTLE
    dsn: str | None = None
    """A database that somebody else looks after; it is not restarted."""


class Run:
    """A run under way."""

    def __init__(self, plan: Plan, cluster: Cluster, database: Database, county: County, since: int) -> None:
        self.plan = plan
        self.cluster = cluster
        self.database = database
        self.county = county
        self.followers: list[Follower] = []
        self.proxies: list[Proxy] = []
        self.http = httpx.AsyncClient(timeout=5, limits=httpx.Limits(max_connections=200), trust_env=False)
        self.lags: list[tuple[float, float]] = []
        """When this program itself was kept from running."""
        self.load = Load(cluster, county, self.url, self.http, plan.seed)
        self._since = since
        self._random = random.Random(plan.seed)
        self._epoch = ""
        self._tasks: list[asyncio.Task[None]] = []

    def url(self) -> str:
        """One of the servers, now and then through its proxy."""
        number = self._random.randrange(len(self.cluster.replicas))
        port = self.proxies[number].port if self._random.random() < 0.3 else self.cluster.replicas[number].port
        return f"http://127.0.0.1:{port}"

    async def start(self) -> None:
        """Start the servers, and have every party follow."""
        await self.cluster.launch(self.plan.replicas, self.plan.module)
        for replica in self.cluster.replicas:
            proxy = Proxy(replica.port, self.plan.seed + replica.number)
            await proxy.start()
            self.proxies.append(proxy)
        [[self._epoch]] = await self.cluster.query("select epoch::text from log")
        self._tasks.append(asyncio.create_task(self._watch_lag()))
        for number, party in enumerate(self.county.parties):
            follower = Follower(party, self._epoch, self.url, self.http, self.plan.seed + number)
            self.followers.append(follower)
            self._tasks.append(asyncio.create_task(follower.run()))
        shown = {follower.party: follower for follower in self.followers}
        self.load.shown = lambda party: shown[party].referrals
        await self.all_connected()

    async def all_connected(self, seconds: float = 60) -> None:
        """Wait until everyone follows."""
        deadline = time.monotonic() + seconds
        while not all(follower.connected.is_set() for follower in self.followers):
            for task in self._tasks:
                if task.done():
                    task.result()
            absent = [follower.party.name for follower in self.followers if not follower.connected.is_set()]
            assert time.monotonic() < deadline, f"{absent} cannot follow:\n{self.cluster.replicas[0].tail()}"
            await asyncio.sleep(0.05)

    def follower(self, party: Party) -> Follower:
        """The party's client."""
        return next(follower for follower in self.followers if follower.party is party)

    async def stop(self) -> None:
        """Let go of everything but the cluster."""
        pending = set(self._tasks)
        while pending:
            # More than once: before Python 3.12, a cancellation may be swallowed by what it interrupts.
            for task in pending:
                task.cancel()
            _, pending = await asyncio.wait(pending, timeout=1)
        for proxy in self.proxies:
            await proxy.stop()
        await self.http.aclose()

    async def act_under(self, faults: Faults) -> None:
        """Have everyone act for the planned time, and at least until each fault has been suffered."""
        plan = self.plan
        acting = asyncio.create_task(self.load.run(plan.workers, plan.pause))
        try:
            ends = asyncio.get_running_loop().time() + plan.seconds
            if plan.faults is None:
                await faults.each_once(plan.gap)
            if plan.faults is None or plan.faults:
                await faults.run(ends, plan.gap, plan.faults or ())
            else:
                await asyncio.sleep(plan.seconds)
        finally:
            self.load.stopping = True
            await asyncio.gather(*(replica.ready() for replica in self.cluster.replicas))
            await acting

    async def judge(self, pauses: list[tuple[float, float]]) -> Verdict:
        """The verdict, once all is quiet; what is late has some time to come."""
        deadline = time.monotonic() + self.plan.settle
        while True:
            await asyncio.sleep(1)
            await self.all_connected()
            verdict, history = Verdict(), await History.read(self.cluster, self.county, self._since)
            oracle = Oracle(history, [*pauses, *self.lags])
            for follower in self.followers:
                oracle.judge(verdict, follower.party, follower.ledger, quiet=True)
                await asyncio.sleep(0)
            for follower in self.followers:
                await self._compare(verdict, history, follower)
            if not (verdict.found["missing"] or verdict.found["unlike"]) or time.monotonic() > deadline:
                await promises.check(verdict, self.cluster, self.load.promises, self._since)
                return verdict

    async def count_events(self) -> int:
        """How many events there are since the county was built."""
        [[events]] = await self.cluster.query("select count(*) from events where id > $1", self._since)
        return int(events)

    async def _compare(self, verdict: Verdict, history: History, follower: Follower) -> None:
        try:
            fresh, _ = await snapshot(self.http, self.url(), follower.party)
        except (NotNowError, ShutOutError) as error:
            verdict.add("unlike", f"{follower.party.name}: no snapshot ({type(error).__name__} {error})")
            return
        await compare(verdict, self.database, history, follower.party, dict(follower.ledger.epoch.fold), fresh)

    async def _watch_lag(self) -> None:
        while True:
            began = time.time()
            await asyncio.sleep(0.1)
            if time.time() - began > LAG:
                self.lags.append((began, time.time() + 0.2))


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Run]:
    """A run whose parties follow; the rest is up to the caller."""
    async with cluster(redis=plan.redis, dsn=plan.dsn) as found:
        for statement in instruments():
            await found.query(statement)
        async with Database(found.dsn, size=4) as database:
            county = await County.build(database, plan.organizations, plan.claimers)
            [[since]] = await found.query("select coalesce(max(id), 0) from events")
            run = Run(plan, found, database, county, since)
            try:
                await run.start()
                yield run
            finally:
                await run.stop()


@dataclass
class Outcome:
    """The verdict, with the figures of the run."""

    verdict: Verdict
    faults: Counter[str]
    run: Run
    events: int


async def endure(plan: Plan, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """A whole run; `say` is told how far it is."""
    async with running(plan) as run:
        say("everyone follows")
        faults = Faults(run.cluster, run.followers, run.proxies, plan.seed, say)
        await run.act_under(faults)
        say("quiet")
        return Outcome(await run.judge(faults.pauses), faults.counts, run, await run.count_events())
