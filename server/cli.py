"""The command line: each part of the program by its name."""

import argparse
import asyncio
import gc
import os
import signal
import socket as sockets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import uvicorn
from starlette.applications import Starlette

from models.database import Database
from models.migrations import TooOldError, migrate
from server import postgres
from server.settings import Settings, SettingsError, from_environment, kept_secret

SCHEMA_FILE = Path(__file__).parent.parent / "schema" / "schema.graphql"


class CommandError(Exception):
    """The command cannot be carried out; the message says why, in one line."""


def main() -> None:
    """Run the command that the arguments name."""
    arguments = _parser().parse_args()
    # Being ended is as good as Ctrl-C: asyncio lets go of connections, and the embedded PostgreSQL is stopped.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    command: Callable[[argparse.Namespace], int | None] = arguments.command
    try:
        sys.exit(command(arguments))
    except (CommandError, SettingsError, postgres.UnusableFolderError, TooOldError) as error:
        sys.exit(f"throughline: {error}")
    except (OSError, asyncpg.PostgresError) as error:
        sys.exit(f"throughline: the database cannot be reached: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m server", description="Throughline")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="serve the API and the explorer")
    serve.set_defaults(command=_serve)
    demo = commands.add_parser("demo", help="serve a demo county")
    demo.set_defaults(command=_demo)
    up = commands.add_parser("migrate", help="bring the database to the newest shape")
    up.set_defaults(command=_migrate)
    hsds = commands.add_parser("import-hsds", help="take over a directory in the form of HSDS 3.0")
    hsds.add_argument("path", type=Path, help="a folder, a zip, or a CSV or JSON file")
    hsds.add_argument("--source", help="the directory's name, by which its next edition is known; default: the path's")
    hsds.add_argument("--report", type=Path, metavar="FILE", help="where every refused row is listed")
    hsds.set_defaults(command=_import_hsds)
    watch = commands.add_parser("watch", help="follow a person's feed in the terminal")
    watch.add_argument("--as", required=True, dest="email", metavar="EMAIL", help="whose feed")
    watch.add_argument("--url", default="http://127.0.0.1:8000/graphql", help="the server's address")
    watch.add_argument("--password", help="default: $THROUGHLINE_PASSWORD, or asked for")
    watch.set_defaults(command=_watch)
    schema = commands.add_parser("schema", help="write schema/schema.graphql")
    schema.add_argument("--check", action="store_true", help="fail if the file is not up to date")
    schema.set_defaults(command=_schema)
    documents = commands.add_parser("docs", help="write the generated parts of docs/")
    documents.add_argument("--check", action="store_true", help="fail if they are not up to date")
    documents.set_defaults(command=_docs)
    return parser


def prepared() -> tuple[Settings, str]:
    """The settings, and the address of a migrated database: the one they name, or an embedded one."""
    settings = from_environment()
    if not settings.secret_key:
        if settings.database_url:
            raise CommandError("SECRET_KEY must be set where DATABASE_URL is.")
        settings = replace(settings, secret_key=kept_secret(settings.data_dir))
    dsn = settings.database_url or postgres.dsn(postgres.start(settings.data_dir / "postgres"))
    asyncio.run(migrate(dsn))
    return settings, dsn


def application() -> Starlette:
    """The ASGI application of one worker, whose parent has prepared the environment."""
    from server.app import create

    settings = from_environment()
    assert settings.database_url is not None
    created = create(settings, settings.database_url)
    # Schema and modules stay for good, and an answer's objects are in no cycles: by its defaults the collector would
    # look at them again and again, for a sixth of a dashboard's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    return created


def _serve(_: argparse.Namespace) -> None:
    check_port(from_environment())
    settings, dsn = prepared()
    run(settings, dsn)


def check_port(settings: Settings) -> None:
    """Refuse in one line where the port is taken."""
    with sockets.socket(sockets.AF_INET6 if ":" in settings.host else sockets.AF_INET) as probe:
        probe.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise CommandError(f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}.") from error


def run(settings: Settings, dsn: str) -> None:
    """Serve until interrupted."""
    os.environ |= {"DATABASE_URL": dsn, "SECRET_KEY": settings.secret_key, "DATA_DIR": str(settings.data_dir)}
    with tempfile.TemporaryDirectory(prefix="throughline-metrics-") as figures:
        if settings.workers > 1:
            # The workers write their figures there, so that any of them can answer for all.
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures
        uvicorn.run(
            "server.cli:application",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_level="warning",
            ws="server.wire:Protocol",
            ws_max_size=64 * 1024,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=5,
            server_header=False,
        )


def _demo(_: argparse.Namespace) -> None:
    from server import demo

    demo.main()


def _migrate(_: argparse.Namespace) -> None:
    prepared()


def _import_hsds(arguments: argparse.Namespace) -> int:
    from server import hsds

    _, dsn = prepared()

    async def run_import() -> int:
        async with Database(dsn, size=1) as database:
            return await hsds.command(database, arguments.path, source=arguments.source, findings=arguments.report)

    return asyncio.run(run_import())


def _watch(arguments: argparse.Namespace) -> None:
    from server import watch

    try:
        watch.main(arguments.url, arguments.email, arguments.password)
    except watch.SignInError as error:
        raise CommandError(str(error)) from error


def _schema(arguments: argparse.Namespace) -> int:
    from server.schema import text

    return _write([(SCHEMA_FILE, text())], arguments.check)


def _docs(arguments: argparse.Namespace) -> int:
    from server.docs import generated

    return _write(generated(), arguments.check)


def _write(files: list[tuple[Path, str]], check: bool) -> int:
    stale = [path for path, text in files if not path.is_file() or path.read_text() != text]
    for path, text in files:
        if path in stale and not check:
            path.write_text(text)
    for path in stale:
        print(f"{path.name} {'is not up to date' if check else 'written'}")
    return 1 if check and stale else 0
