"""Staging: rows are copied into temporary tables, which end with the transaction."""

from collections.abc import AsyncIterator, Sequence

from models.database import Transaction
from workflows.directory import rows

_TABLES: dict[type[rows.Staged | rows.Finding], str] = {
    rows.Organization: "staged_organizations",
    rows.Service: "staged_services",
    rows.Location: "staged_locations",
    rows.ServiceAtLocation: "staged_service_at_location",
    rows.Address: "staged_addresses",
    rows.Phone: "staged_phones",
    rows.Term: "staged_terms",
    rows.Attribute: "staged_attributes",
    rows.Finding: "findings",
}
# An id is staged as text: COPY is binary, and our codec for UUIDs is not.
_TYPES = {str: "text", str | None: "text", int: "integer", float | None: "double precision", bool: "boolean"}

_BEGIN = """
    set local statement_timeout = 0;
    set local idle_in_transaction_session_timeout = 0;
    set local work_mem = '64MB'
"""


async def begin(transaction: Transaction, source: str) -> None:
    """Make room for an import. A second one from the same source waits for the end of the first."""
    connection = transaction.connection
    await connection.execute(_BEGIN)
    await connection.execute("select pg_advisory_xact_lock(hashtextextended('directory:' || $1, 0))", source)
    for row, table in _TABLES.items():
        columns = ", ".join(f"{name} {_TYPES[type]}" for name, type in row.__annotations__.items())
        await connection.execute(f"create temporary table {table} ({columns}) on commit drop")


async def stage(transaction: Transaction, batch: Sequence[rows.Staged]) -> None:
    """Stage rows of one kind."""
    kind = type(batch[0])
    await transaction.connection.copy_records_to_table(
        _TABLES[kind], records=batch, columns=kind._fields, schema_name="pg_temp"
    )


async def findings(transaction: Transaction) -> AsyncIterator[rows.Finding]:
    """What `settle` found out about rows that refer to each other, file by file."""
    async for found in transaction.connection.cursor("select * from findings order by file, line"):
        yield rows.Finding(*found)
