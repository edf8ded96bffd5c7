"""The peers' data in our tables: a database `throughline` on the peers' PostgreSQL (benchmarks/load.sql)."""

import hashlib
from pathlib import Path

import asyncpg

from models import migrations
from models.migrations import migrate

NAME = "throughline"
SCRIPT = Path(__file__).parent / "load.sql"
SHAPE = Path(migrations.__file__).parent / "versions"


def ours(peers_dsn: str) -> str:
    """The address of our database, beside that of the peers."""
    return f"{peers_dsn.rpartition('/')[0]}/{NAME}"


async def load(peers_dsn: str) -> None:
    """Make our database from the peers' one, unless it is there in the present shape."""
    dsn, version = ours(peers_dsn), _version()
    connection = await asyncpg.connect(f"{peers_dsn.rpartition('/')[0]}/postgres")
    try:
        found = "select shobj_description(oid, 'pg_database') from pg_database where datname = $1"
        if await connection.fetchval(found, NAME) == version:
            return
        await connection.execute(f"drop database if exists {NAME} with (force)")
        await connection.execute(f"create database {NAME} template {peers_dsn.rpartition('/')[2]} strategy file_copy")
        await migrate(dsn)
        await _fill(dsn)
        await connection.execute(f"comment on database {NAME} is '{version}'")
    finally:
        await connection.close()


async def tidy(peers_dsn: str) -> None:
    """What the runner does for the peers' tables before a server's run."""
    connection = await asyncpg.connect(ours(peers_dsn))
    try:
        await connection.execute("vacuum referrals, events, log")
    finally:
        await connection.close()


async def _fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SCRIPT.read_text())
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()


def _version() -> str:
    """Another one whenever what makes the database is another."""
    files = [SCRIPT, *sorted(SHAPE.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
