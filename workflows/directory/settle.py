"""Settling: the staged rows are held against each other, and what is new or changed is written.

Refused are a row whose id was used before, and a row that refers to what is neither staged nor known from an earlier
import of the same source. Rows that say nothing new are not touched, not even locked.
"""

from typing import NamedTuple

from models.database import Row, Transaction
from workflows import clock
from workflows.directory import statements

_FILL = {
    "organizations": (statements.ORGANIZATIONS,),
    "programs": (statements.UNOWNED_SERVICES, statements.PROGRAMS),
    "sites": (statements.BEGIN_OFFERING, statements.OFFERING, statements.UNOWNED_LOCATIONS, statements.SITES),
}


class Written(NamedTuple):
    """What became of the rows of one table that were not refused; and how many of ours the source has no more."""

    created: int
    updated: int
    unchanged: int
    gone: int


async def settle(transaction: Transaction, source: str) -> dict[str, Written]:
    """Write what is staged; answer what became of it, by table. Rows that the source no longer has stay as they are."""
    connection = transaction.connection
    given = (source, clock.now())

    async def run(sql: str) -> Row | None:
        # The driver insists on exactly the parameters that a statement names.
        return await connection.fetchrow(sql, *given[: 2 if "$2" in sql else 1 if "$1" in sql else 0])

    for sql in statements.ONE_OF_EACH:
        await run(sql)
    # Nobody else does it for temporary tables, and without it the planner takes them for small.
    await connection.execute(statements.ANALYZE)
    written = {}
    for table, fill in _FILL.items():
        for sql in (statements.begin_incoming(table), *fill):
            await run(sql)
        counted = await run(statements.merge(table))
        assert counted is not None
        created, updated, total, gone = counted
        written[table] = Written(created, updated, total - created - updated, gone)
    counted = await run(statements.PROGRAM_SITES)
    assert counted is not None
    created, total, gone = counted
    written["program_sites"] = Written(created, 0, total - created, gone)
    for sql in statements.DANGLING:
        await run(sql)
    return written
