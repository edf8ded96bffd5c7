"""/metrics, in the form of Prometheus: how far open dashboards are behind the truth, and what serves them.

Where several workers share a port, each writes its figures to files in a shared folder, and any of them answers for
all: `PROMETHEUS_MULTIPROC_DIR` names it, and is set before the workers start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy import func, select

from models.database import Statement
from models.events import Event, Log
from server.execution import executor_for

if TYPE_CHECKING:
    from server.application import Application

SHARED = "PROMETHEUS_MULTIPROC_DIR"
PERIOD = 1.0
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_UNNUMBERED = select(Event.at).where(Event.position.is_(None)).order_by(Event.id).limit(1).scalar_subquery()
_LOG = Statement(
    select(Log.head, func.coalesce(func.extract("epoch", func.clock_timestamp() - _UNNUMBERED), 0).label("unnumbered"))
)


class Metrics:
    """What this process measures of itself."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._registry = CollectorRegistry()
        self._task: asyncio.Task[None] | None = None
        self._delivery = Histogram(
            "throughline_delivery_seconds",
            "From a change to its message sent, on streams that are live.",
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._head = self._gauge("log_head", "The log's last position.", "max")
        self._unnumbered = self._gauge("log_unnumbered_seconds", "The age of the oldest event without position.", "max")
        self._tail = self._gauge("tail_position", "The last position that the slowest process has told.", "livemin")
        self._age = self._gauge("tail_age_seconds", "Since the slowest process has read to the end.", "livemax")
        self._live = self._gauge("streams_live", "Open streams that are fed by the tail.", "livesum")
        self._catching_up = self._gauge("streams_catching_up", "Open streams that read pages of the log.", "livesum")
        self._operations = Gauge(
            "throughline_operations",
            "Operations since the start: by a plan, or by graphql-core since they were unsupported or unusual.",
            ["executed"],
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def _gauge(self, name: str, text: str, mode: str) -> Gauge:
        return Gauge(f"throughline_{name}", text, multiprocess_mode=mode, registry=self._registry)  # type: ignore[arg-type]

    def told(self, lag: timedelta, viewers: int) -> None:
        """So many viewers have heard of a change so long after it."""
        for _ in range(viewers):
            self._delivery.observe(lag.total_seconds())

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="metrics")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        # Not only when asked: another worker may be asked for our figures.
        while True:
            self._measure()
            await asyncio.sleep(PERIOD)

    def _measure(self) -> None:
        streams = self._app.feed.streams()
        live = sum(stream.is_live for stream in streams)
        self._tail.set(self._app.feed.end.position)
        self._age.set(time.monotonic() - self._app.tail.read_at)
        self._live.set(live)
        self._catching_up.set(len(streams) - live)
        for executed, count in executor_for(self._app.schema).counts.items():
            self._operations.labels(executed).set(count)

    async def page(self) -> bytes:
        """What Prometheus reads."""
        self._measure()
        found = await self._app.database.row(_LOG)
        assert found is not None
        self._head.set(found["head"])
        self._unnumbered.set(float(found["unnumbered"]))
        shared = os.environ.get(SHARED)
        if shared is None:
            return generate_latest(self._registry)
        return _of_all_workers(Path(shared))


def _of_all_workers(shared: Path) -> bytes:
    for file in shared.glob("gauge_live*_*.db"):
        process = int(file.stem.rpartition("_")[2])
        if not psutil.pid_exists(process):
            mark_process_dead(process, str(shared))  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(shared))  # type: ignore[no-untyped-call]
    return generate_latest(registry)
