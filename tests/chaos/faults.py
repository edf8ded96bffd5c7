"""What goes wrong meanwhile: each fault is one that operators have seen, and ends by itself."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from tests.chaos.cluster import Cluster, Replica
from tests.chaos.follower import Follower
from tests.chaos.proxy import Proxy

_END = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and application_name = $1 and pid <> pg_backend_pid()
"""

KILL, ROLL = "server killed", "rolling restart"
RESTARTS = (KILL, ROLL)
"""One at a time: another server goes on serving."""


class Faults:
    """Does harm, one thing after the other; what takes a while to mend is mended while the next one happens."""

    def __init__(
        self,
        cluster: Cluster,
        followers: list[Follower],
        proxies: list[Proxy],
        seed: int,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._say = say
        self.counts: Counter[str] = Counter()
        self.pauses: list[tuple[float, float]] = []
        """When a server was paused: what it had decided before it sent after."""
        self._cluster = cluster
        self._followers = followers
        self._proxies = proxies
        self._seed = seed
        self._lots = random.Random(seed)
        self._mending: set[asyncio.Task[None]] = set()
        self._restart: asyncio.Task[None] | None = None

    @property
    def kinds(self) -> dict[str, tuple[int, Callable[[], Awaitable[None]]]]:
        """Every kind that this cluster can suffer, and how often in comparison."""
        kinds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            KILL: (2, self.kill),
            ROLL: (1, self.roll),
            "server paused": (4, self.pause),
            "sockets aborted": (6, self.abort_sockets),
            "sockets cut between bytes": (6, self.cut_bytes),
            "readers asleep": (6, self.sleep_readers),
            "doorbell connections ended": (6, self.end_listeners),
            "database connections ended": (4, self.end_connections),
        }
        if self._cluster.postgres is not None:
            kinds |= {"database restarted": (2, self.restart_database), "database crashed": (2, self.crash_database)}
        if self._cluster.valkey is not None:
            kinds["doorbell stopped"] = (4, self.stop_doorbell)
        return kinds

    async def each_once(self, pause: float) -> None:
        """Every kind once, in an order by chance; servers that are started twice have some time between."""
        names = [name for name in self.kinds if name not in RESTARTS]
        self._lots.shuffle(names)
        first, last = self._lots.sample(RESTARTS, 2)
        for name in (first, *names, last):
            await self._suffer(name, pause)

    async def run(self, until: float, pause: float, only: Sequence[str] = ()) -> None:
        """One after the other, until this time of the loop; all of them are brought to their end."""
        clock = asyncio.get_running_loop().time
        names = only or list(self.kinds)
        weights = [self.kinds[name][0] for name in names]
        while clock() < until:
            [name] = self._lots.choices(names, weights)
            if name not in RESTARTS or self._restart is None or self._restart.done():
                await self._suffer(name, pause)
        await self.mended()

    async def mended(self) -> None:
        """Wait until nothing is broken any more."""
        while self._mending:
            await asyncio.gather(*self._mending)

    async def _suffer(self, name: str, pause: float) -> None:
        self.counts[name] += 1
        # Lots of its own for each, so that the same seed does the same harm however long things take.
        self._random = random.Random(f"{self._seed} {name} {self.counts[name]}")
        self._say(name)
        await self.kinds[name][1]()
        await asyncio.sleep(self._random.uniform(0, 2 * pause))

    def _meanwhile(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)
        return task

    async def kill(self) -> None:
        """A process dies at once, and is started again."""
        await self._one_at_a_time()
        replica = self._random.choice(self._cluster.replicas)
        self._restart = self._meanwhile(self._replace(signal.SIGKILL, replica))

    async def roll(self) -> None:
        """A deployment: one process after the other is ended and replaced."""
        await self._one_at_a_time()
        self._restart = self._meanwhile(self._replace(signal.SIGTERM, *self._cluster.replicas))

    async def _one_at_a_time(self) -> None:
        if self._restart is not None:
            await self._restart

    async def _replace(self, number: signal.Signals, *replicas: Replica) -> None:
        for replica in replicas:
            await replica.end(number)
            replica.launch()
            await replica.ready()

    async def pause(self) -> None:
        """A process gets no time for a while, in the middle of whatever it does."""
        replica = self._random.choice(self._cluster.replicas)
        if not replica.paused:
            self._meanwhile(self._pause(replica, self._random.uniform(0.5, 4)))

    async def _pause(self, replica: Replica, seconds: float) -> None:
        began = time.time()
        replica.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            replica.send(signal.SIGCONT)
            self.pauses.append((began, time.time() + 1))

    async def abort_sockets(self) -> None:
        """Many clients lose their sockets."""
        for follower in self._random.sample(self._followers, len(self._followers) // 3 + 1):
            follower.cut()

    async def cut_bytes(self) -> None:
        """Connections end between two bytes of a message."""
        for proxy in self._proxies:
            proxy.doomed += self._random.randint(3, 10)
        await asyncio.sleep(1)
        for proxy in self._proxies:
            proxy.doomed = 0

    async def sleep_readers(self) -> None:
        """Some clients read nothing for a while."""
        for sleeper in self._random.sample(self._followers, len(self._followers) // 5 + 1):
            self._meanwhile(sleeper.nap(self._random.uniform(0.5, 3)))

    async def end_listeners(self) -> None:
        """Every connection that listens for rings is ended."""
        await self._cluster.query(_END, "throughline doorbell")
        if self._cluster.valkey is not None and self._cluster.valkey.is_running():
            await asyncio.to_thread(self._cluster.valkey.client().execute_command, "CLIENT", "KILL", "TYPE", "pubsub")

    async def end_connections(self) -> None:
        """Every connection to the database is ended, whatever it is about."""
        await self._cluster.query(_END, "throughline")
        await self._cluster.query(_END, "throughline jobs")

    async def restart_database(self) -> None:
        """The database is restarted by an operator."""
        await self._stop_database("fast")

    async def crash_database(self) -> None:
        """The database dies and recovers."""
        await self._stop_database("immediate")

    async def _stop_database(self, mode: str) -> None:
        postgres = self._cluster.postgres
        assert postgres is not None
        await asyncio.to_thread(postgres.stop, mode)
        await asyncio.sleep(self._random.uniform(0, 1.5))
        await asyncio.to_thread(postgres.start)

    async def stop_doorbell(self) -> None:
        """The doorbell's server is away for a while."""
        valkey = self._cluster.valkey
        assert valkey is not None
        await asyncio.to_thread(valkey.stop)
        await asyncio.sleep(self._random.uniform(0.5, 3))
        await asyncio.to_thread(valkey.start)
