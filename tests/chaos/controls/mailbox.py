"""A negative control: a feed that trusts the doorbell for data. What rings while nobody listens is lost for ever.

Each ring says which positions are new; the tail tells those and asks for no others.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, NoReturn

import asyncpg
from sqlalchemy import bindparam, select

from models.database import Statement
from models.events import Event
from server import cli
from server.settings import from_environment
from subscriptions import tail
from subscriptions.cursors import mark
from subscriptions.doorbell import postgres

_NOTIFY = ("pg_notify('throughline', '')", "pg_notify('throughline', (old_head + 1) || ' ' || new_head)")
_RUNG = Statement(
    select(*tail.EVENT)
    .where(Event.position >= bindparam("first"), Event.position <= bindparam("last"))
    .order_by(Event.position)
)
_letters: asyncio.Queue[str] = asyncio.Queue()


async def _listen(self: postgres.Postgres) -> NoReturn:
    connection = await self._connect()
    try:
        closed = asyncio.Event()
        connection.add_termination_listener(lambda _: closed.set())

        def ring(*letter: Any) -> None:
            _letters.put_nowait(letter[3])
            self.rung.set()

        await connection.add_listener(self.channel, ring)
        self.note_subscription()
        await closed.wait()
        raise ConnectionResetError
    finally:
        connection.terminate()


async def _run(self: tail.Tail) -> None:
    while True:
        try:
            self.read_at = time.monotonic()
            letter = await asyncio.wait_for(_letters.get(), tail.POLL)
            if letter:
                first, last = map(int, letter.split())
                events = await self._database.rows(_RUNG, first=first, last=last)
                self.end = mark(last, events[-1]["at"])
                self._listener.publish(events)
        except TimeoutError:
            continue
        except Exception:
            await asyncio.sleep(0.1)


async def _write_letters(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    source = await connection.fetchval("select pg_get_functiondef('number_events()'::regprocedure)")
    await connection.execute(source.replace(*_NOTIFY))
    await connection.close()


if __name__ == "__main__":
    postgres.Postgres.listen = _listen  # type: ignore[method-assign]
    tail.Tail._run = _run  # type: ignore[method-assign]
    dsn = from_environment().database_url
    assert dsn is not None
    asyncio.run(_write_letters(dsn))
    cli.main()
