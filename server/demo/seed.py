"""The demo county, made once: the directory by its import, the people and their half year by workflows.

All but the directory is one transaction, so that there is a whole county or none: what was interrupted begins anew.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import exists, func, select

from models.database import Database, Reads, Statement
from models.people import User
from server.demo import directory
from server.demo.county import read
from server.demo.half_year import SPAN, HalfYear
from server.demo.staff import ACCOUNTS
from server.demo.timeline import move_to
from server.hsds import import_hsds
from workflows import clock
from workflows.sessions import find_user

REFERRALS = 3_000
Progress = Callable[[float], None]
"""Is told how much is done, from 0 to 1."""

_TAKE_TURNS = Statement(select(func.pg_advisory_xact_lock(0x64656D6F)))
_IS_ANYBODY = Statement(select(exists(select(User.id))))
_NUMBER_EVENTS = Statement(select(func.number_events()))


class OtherDataError(Exception):
    """The database is in use for something else."""


async def is_needed(reads: Reads) -> bool:
    """Whether there is no county yet; raises OtherDataError where there are other people instead."""
    if await find_user(reads, next(iter(ACCOUNTS))) is not None:
        return False
    if await reads.value(_IS_ANYBODY):
        # Accounts with a password that everybody knows have no place beside real ones.
        raise OtherDataError("The database holds other data; the demo needs an empty one.")
    return True


async def seed(database: Database, progress: Progress, *, referrals: int = REFERRALS) -> None:
    """Make the county, unless it is there."""
    end = clock.now()
    try:
        move_to(end - SPAN)
        await _import_directory(database)
        async with database.transaction() as transaction:
            await transaction.rows(_TAKE_TURNS)
            if await is_needed(transaction):
                county = await read(transaction, Random(1966))
                await HalfYear(transaction, county, end, progress).run(referrals)
    finally:
        clock.reset()
    await database.rows(_NUMBER_EVENTS)


async def _import_directory(database: Database) -> None:
    with TemporaryDirectory() as name:
        directory.write(Path(name))
        await import_hsds(database, Path(name), source=directory.SOURCE)
