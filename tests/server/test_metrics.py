"""Lag is visible: what /metrics says of deliveries and of the log, and when /readyz turns red."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.app import create
from server.application import STALE_SECONDS
from server.execution import BY_PLAN
from server.settings import Settings
from tests.conformance.served import served
from tests.journeys.line import line
from tests.journeys.server import SECRET


def figures(page: str) -> dict[str, float]:
    """The samples without labels; of those with labels, the sum."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if "le" not in sample.labels:
                found[sample.name] = found.get(sample.name, 0) + sample.value
    return found


@pytest.mark.parametrize("workers", [1, 2])
async def test_any_worker_answers_for_all(server_dsn: str, workers: int) -> None:
    async with served(server_dsn, WORKERS=str(workers)) as there, AsyncExitStack() as stack:
        token = await there.token("helen")
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=there.server.url))

        async def until(name: str, value: float) -> dict[str, float]:
            deadline = time.monotonic() + 20
            while (found := figures((await http.get("/metrics")).text)).get(name) != value:
                assert time.monotonic() < deadline, str(found)
                await asyncio.sleep(0.1)
            return found

        # Streams that opened before the world is told would have to start again for what their viewers gained.
        found = await until("throughline_log_unnumbered_seconds", 0)
        await until("throughline_tail_position", found["throughline_log_head"])
        # Enough of them that each worker has some.
        lines = [await stack.enter_async_context(line(there.server, token)) for _ in range(6)]
        await until("throughline_streams_live", 6)
        await there.world.refer("helen")
        await asyncio.gather(*(one.message() for one in lines))
        found = await until("throughline_delivery_seconds_count", 6)
        assert found["throughline_log_head"] > 0
        found = await until("throughline_tail_position", found["throughline_log_head"])
        assert found["throughline_log_unnumbered_seconds"] == 0
        assert found["throughline_tail_age_seconds"] < STALE_SECONDS
        assert not BY_PLAN or found["throughline_operations"] > 0


async def test_a_process_whose_tail_stands_still_is_not_ready(dsn: str, folder: Path) -> None:
    application = create(Settings(data_dir=folder, secret_key=SECRET), dsn)
    app = application.state.app
    async with (
        app.running(),
        httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url="http://t") as http,
    ):
        assert (await http.get("/readyz")).status_code == 200
        await app.tail.stop()
        await app.database.pool.execute(
            "insert into events (action, subject_id, version, kind, record_id, topics, at)"
            " values ('test', gen_random_uuid(), 1, 'user', gen_random_uuid(), '{}', now())"
        )
        app.tail.read_at -= STALE_SECONDS
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        app.numbering.wake()
        deadline = time.monotonic() + 20
        while (found := figures((await http.get("/metrics")).text))["throughline_log_head"] < 1:
            assert time.monotonic() < deadline, str(found)
            await asyncio.sleep(0.05)
        assert found["throughline_tail_position"] == 0
        assert found["throughline_tail_age_seconds"] > STALE_SECONDS
