"""Deadlines: what has to happen at a time that rows name, whoever is at work or was not then.

A deadline is a row, not a queued job: whoever moves or ends it changes one value, and after an outage all that are due
are found at once. Every process looks; each deadline is acted upon under the lock of its row, so by one of them.
"""

from jobs.periodic import Periodic
from models.database import Database
from workflows import mentors
from workflows.mentoring import openings, put_back, stagnation

PERIOD = 5.0


def periodic(database: Database) -> Periodic:
    """Look every few seconds."""
    return Periodic("deadlines", PERIOD, lambda: keep(database))


async def keep(database: Database) -> None:
    """Do all that is due, each thing in a transaction of its own."""
    while overdue := await put_back.overdue(database):
        for request_id in overdue:
            async with database.transaction() as transaction:
                await put_back.time_out(transaction, request_id)
    while due := await stagnation.due(database):
        for request_id in due:
            async with database.transaction() as transaction:
                await stagnation.mark(transaction, request_id)
    for mentor_id in await mentors.pauses_due(database):
        async with database.transaction() as transaction:
            await mentors.follow_pause(transaction, mentor_id)
    for opening in await openings.silent(database):
        async with database.transaction() as transaction:
            await openings.close_silent(transaction, opening["request_id"], opening["user_id"])
