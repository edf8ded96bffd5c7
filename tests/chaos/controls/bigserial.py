"""A negative control: a reader of `id > cursor`. It loses the events of transactions that commit late.

Positions are the ids themselves, the head is the greatest one that is committed, and the tail asks for nothing more
than that positions grow.
"""

from __future__ import annotations

import asyncio
import time

import asyncpg

from server import cli
from server.settings import from_environment
from subscriptions import tail
from subscriptions.cursors import mark

_NUMBER = """
create or replace function number_events() returns bigint language plpgsql as $$
declare
    new_head bigint;
begin
    perform pg_advisory_xact_lock(1);
    update events set position = id, numbered_to = id where position is null;
    select coalesce(max(id), 0) into new_head from events;
    update log set head = new_head where head <> new_head;
    perform pg_notify('throughline', '');
    return new_head;
end $$
"""


async def _read(self: tail.Tail) -> None:
    while events := await self._database.rows(tail._NEXT, head=self.end.position):
        self.end = mark(events[-1]["position"], events[-1]["at"])
        self._listener.publish(events)
    self.read_at = time.monotonic()


async def _replace_numbering(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(_NUMBER)
    await connection.close()


if __name__ == "__main__":
    tail.Tail._read = _read  # type: ignore[method-assign]
    dsn = from_environment().database_url
    assert dsn is not None
    asyncio.run(_replace_numbering(dsn))
    cli.main()
