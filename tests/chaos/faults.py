"""What goes wrong meanwhile: each fault is one that operators have seen, and ends by itself."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from tests.chaos.cluster import Cluster
from tests.chaos.follower import Follower
from tests.chaos.proxy import Proxy

_END = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()"


class Faults:
    """Does harm, one thing at a time, with pauses between."""

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
        self._random = random.Random(seed)

    @property
    def kinds(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Every kind that this cluster can suffer."""
        kinds: dict[str, Callable[[], Awaitable[None]]] = {
            "server killed": self.kill,
            "server paused": self.pause,
            "rolling restart": self.roll,
            "sockets aborted": self.abort_sockets,
            "sockets cut between bytes": self.cut_bytes,
            "readers asleep": self.sleep_readers,
            "doorbell connections ended": self.end_listeners,
            "database connections ended": self.end_connections,
        }
        if self._cluster.postgres is not None:
            kinds |= {"database restarted": self.restart_database, "database crashed": self.crash_database}
        if self._cluster.valkey is not None:
            kinds["doorbell stopped"] = self.stop_doorbell
        return kinds

    async def each_once(self) -> None:
        """Every kind once, in an order by chance."""
        kinds = list(self.kinds.items())
        self._random.shuffle(kinds)
        for name, fault in kinds:
            await self._suffer(name, fault)
            await asyncio.sleep(self._random.uniform(0.2, 0.6))

    async def run(self, until: float, pause: float) -> None:
        """One after the other, until this time of the loop; the last one is brought to its end."""
        clock = asyncio.get_running_loop().time
        while clock() < until:
            name = self._random.choice(list(self.kinds))
            await self._suffer(name, self.kinds[name])
            await asyncio.sleep(self._random.uniform(0, 2 * pause))

    async def _suffer(self, name: str, fault: Callable[[], Awaitable[None]]) -> None:
        self.counts[name] += 1
        self._say(name)
        await fault()

    async def kill(self) -> None:
        """A process dies at once, and is started again."""
        replica = self._random.choice(self._cluster.replicas)
        await replica.end(signal.SIGKILL)
        await asyncio.sleep(self._random.uniform(0, 0.5))
        replica.launch()
        await replica.ready()

    async def pause(self) -> None:
        """A process gets no time for a while, in the middle of whatever it does."""
        replica = self._random.choice(self._cluster.replicas)
        began = time.time()
        replica.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(self._random.uniform(0.5, 4))
        finally:
            replica.send(signal.SIGCONT)
            self.pauses.append((began, time.time() + 1))

    async def roll(self) -> None:
        """A deployment: one process after the other is ended and replaced."""
        for replica in self._cluster.replicas:
            await replica.end(signal.SIGTERM)
            replica.launch()
            await replica.ready()

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
        sleepers = self._random.sample(self._followers, len(self._followers) // 5 + 1)
        await asyncio.gather(*(sleeper.nap(self._random.uniform(0.5, 3)) for sleeper in sleepers))

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
