"""Upkeep: once an hour, drops what nobody will ask for any more."""

from jobs.periodic import Periodic
from models.database import Database
from workflows import idempotency

PERIOD = 3600.0


def periodic(database: Database) -> Periodic:
    """Tidy every hour, in every process: doing it twice does no harm."""
    return Periodic("upkeep", PERIOD, lambda: tidy(database))


async def tidy(database: Database) -> None:
    """Drop idempotency keys that are too old to be repeated."""
    async with database.transaction() as transaction:
        await idempotency.forget(transaction)
