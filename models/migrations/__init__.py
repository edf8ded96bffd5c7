"""The database's shape, step by step. `migrate` brings a database to the newest."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from models.tables import Base

OLDEST_POSTGRES = 15


class TooOldError(Exception):
    """The database server is older than we support."""


async def migrate(dsn: str) -> None:
    """Bring the database to the newest migration; two processes that start at once take turns."""

    def upgrade(connection: Connection, config: Config) -> None:
        connection.execute(text("select pg_advisory_xact_lock(8390888121)"))
        command.upgrade(config, "head")

    await _run(dsn, upgrade)


async def revise(dsn: str, message: str) -> None:
    """Write a migration for what the tables say and the database does not have yet."""

    def revision(connection: Connection, config: Config) -> None:
        command.revision(config, message, autogenerate=True)

    await _run(dsn, revision)


async def drift(dsn: str) -> list[Any]:
    """The differences between the tables and a migrated database."""
    found: list[Any] = []

    def compare(connection: Connection, config: Config) -> None:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: kind != "table" or not (name or "").startswith("pgqueuer")},
        )
        found.extend(compare_metadata(context, Base.metadata))

    await _run(dsn, compare)
    return found


async def _run(dsn: str, work: Callable[[Connection, Config], None]) -> None:
    engine = create_async_engine(_for_sqlalchemy(dsn))
    try:
        async with engine.begin() as connection:
            number = int((await connection.execute(text("show server_version_num"))).scalar_one())
            if number < OLDEST_POSTGRES * 10_000:
                message = f"PostgreSQL {number // 10_000} is too old; Throughline needs {OLDEST_POSTGRES} or newer."
                raise TooOldError(message)
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent))
            await connection.run_sync(lambda sync: _with(config, sync, work))
    finally:
        await engine.dispose()


def _with(config: Config, connection: Connection, work: Callable[[Connection, Config], None]) -> None:
    config.attributes["connection"] = connection
    work(connection, config)


def _for_sqlalchemy(dsn: str) -> str:
    scheme, _, rest = dsn.partition("://")
    if scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must start with postgresql://")
    return f"postgresql+asyncpg://{rest}"
