"""Runs queued jobs, in as many processes as there are.

Invariants
- A job is run until it succeeds. One that has failed too often stays in the table pgqueuer with the status `failed`.
- A job cut off by stop(), by a crash or by a lost connection is run again, here or in another process.
- Neither a missing database nor a failing job ends the runner; only stop() does, and it leaves no task behind.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.executors import EntrypointExecutorParameters
from pgqueuer.models import Job as Queued
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from sqlalchemy import bindparam, text

from jobs import letters, mentoring, partners, progressions, referrals
from jobs.attempts import Attempts
from jobs.kit import Job, Kit
from jobs.mail import Mailer
from models.database import Database, Statement
from policies.actors import TEXTS
from policies.signing import Signer
from workflows.letters import JOB

log = logging.getLogger("throughline.jobs")

STOP_SECONDS = 5
CANCEL_AGAIN_SECONDS = 1
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0

JOBS: dict[str, Job] = {**referrals.JOBS, **letters.JOBS, **progressions.JOBS, **mentoring.JOBS, **partners.JOBS}
GAVE_UP = {JOB: letters.letter_given_up}
"""Who is told of jobs that are held after too many failures."""

_IS_DUE = Statement(
    text(
        "select exists (select from pgqueuer where entrypoint = any(:jobs)"
        " and (status = 'picked' or (status = 'queued' and execute_after <= now())))"
    ).bindparams(bindparam("jobs", type_=TEXTS))
)


class Runner:
    """Takes jobs from the queue as they become due.

    Listens on a connection of its own to the database's address, which must be the direct one: PgBouncer in
    transaction mode accepts LISTEN and delivers nothing.
    """

    def __init__(
        self,
        database: Database,
        mailer: Mailer,
        signer: Signer,
        base_url: str,
        *,
        attempts: int = 20,
        first_delay: timedelta = timedelta(seconds=5),
    ) -> None:
        self._database = database
        self._kit = Kit(database, mailer, signer, base_url.rstrip("/"))
        self._attempts = partial(Attempts, most=attempts, first_delay=first_delay)
        self._manager: QueueManager | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Begin, and return at once; a database that is away is tried until it is there."""
        if self._supervisor is None:
            self._stopping = False
            self._supervisor = asyncio.create_task(self._supervise(), name="jobs")

    async def stop(self) -> None:
        """Take no more jobs; those at work have some seconds to end, or are left for the next runner."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is None:
            return
        self._stopping = True
        pending = {supervisor}
        if self._manager is not None:
            self._manager.shutdown.set()
            _, pending = await asyncio.wait(pending, timeout=STOP_SECONDS)
        while pending:
            # More than once: before Python 3.12, asyncio.wait_for (so pgqueuer) can swallow a cancellation.
            supervisor.cancel()
            _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)

    async def drain(self) -> None:
        """Run all that is due, and what that queues in turn; what is to be tried again later is left for later."""
        runs_already = self._supervisor is not None
        await self.start()
        try:
            while await self._database.value(_IS_DUE, jobs=list(JOBS)):  # noqa: ASYNC110 - other processes run jobs too
                await asyncio.sleep(0.02)
        finally:
            if not runs_already:
                await self.stop()

    async def _supervise(self) -> None:
        time = asyncio.get_running_loop().time
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time()
            problem = "the connection was lost"
            try:
                await self._run()
            except Exception as error:
                problem = type(error).__name__
            if self._stopping:
                return
            if time() - began > LONGEST_PAUSE_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning("Jobs cannot run (%s); tried again in %.1f s.", problem, pause)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - so that not all come at once
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _run(self) -> None:
        connection = await asyncpg.connect(
            self._database.dsn,
            timeout=5,
            command_timeout=10,
            server_settings={"application_name": "throughline jobs"},
        )
        try:
            manager = QueueManager(Queries(AsyncpgDriver(connection)))
            connection.add_termination_listener(lambda _: manager.shutdown.set())
            for name, job in JOBS.items():
                parameters = EntrypointExecutorParameters(
                    concurrency_limit=0, func=partial(_perform, self._kit, job), on_failure="hold"
                )
                gave_up = partial(_give_up, self._kit, GAVE_UP[name]) if name in GAVE_UP else None
                manager.register_executor(name, self._attempts(parameters, gave_up=gave_up))
            self._manager = manager
            await manager.run(
                dequeue_timeout=timedelta(seconds=2),  # nothing tells us of a job that is to be tried again
                batch_size=4,
                max_concurrent_tasks=8,  # jobs share the pool with the people who wait for an answer
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            self._manager = None
            with suppress(Exception):
                await connection.close(timeout=2)


async def _perform(kit: Kit, job: Job, queued: Queued) -> None:
    await job(kit, orjson.loads(queued.payload or b"{}"))


async def _give_up(
    kit: Kit, tell: Callable[[Kit, dict[str, Any], str], Awaitable[None]], queued: Queued, reason: str
) -> None:
    await tell(kit, orjson.loads(queued.payload or b"{}"), reason)
