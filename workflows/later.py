"""What happens later: a job queued in the same transaction as its cause."""

from datetime import timedelta
from typing import Any

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from models.database import Transaction


async def later(
    transaction: Transaction,
    job: str,
    payload: dict[str, Any],
    *,
    after: timedelta = timedelta(0),
    once: str | None = None,
) -> None:
    """Queue a job; `once` names work that must not be queued twice."""
    await Queries(AsyncpgDriver(transaction.connection)).enqueue(
        job, orjson.dumps(payload), execute_after=after, dedupe_key=once, on_conflict="skip"
    )
