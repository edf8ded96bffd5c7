"""The demo: from nothing to a county that is served, in one command."""

import asyncio
import sys
import threading
import time

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from models.database import Database
from server.cli import CommandError, check_port, prepared, run
from server.demo.seed import OtherDataError, is_needed, seed
from server.demo.welcome import greeting, local_url
from server.settings import Settings, from_environment


def main() -> None:
    """Make the county where there is none yet, serve it, and say how to go in."""
    check_port(from_environment())
    settings, dsn = prepared()
    try:
        asyncio.run(_ensure_county(dsn))
    except OtherDataError as error:
        raise CommandError(str(error)) from error
    threading.Thread(target=_announce, args=[settings], daemon=True).start()
    run(settings, dsn)


async def _ensure_county(dsn: str) -> None:
    async with Database(dsn, size=1) as database:
        if not await is_needed(database):
            return
        margin = Console(stderr=True)
        if not margin.is_terminal:
            print("Making the demo county …", file=sys.stderr, flush=True)
        columns = TextColumn("Making the demo county"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
        with Progress(*columns, console=margin, disable=not margin.is_terminal) as bar:
            task = bar.add_task("", total=1)
            await seed(database, lambda done: bar.update(task, completed=done))


def _announce(settings: Settings) -> None:
    while not _serves(settings):
        time.sleep(0.1)
    Console(soft_wrap=True, highlight=False, markup=False).print(greeting(settings))


def _serves(settings: Settings) -> bool:
    try:
        return httpx.get(f"{local_url(settings)}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
