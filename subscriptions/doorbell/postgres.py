"""Through Postgres: LISTEN on a connection of its own, NOTIFY on another one, opened by the first ring."""

import asyncio
from typing import NoReturn

import asyncpg

from subscriptions.doorbell.reconnecting import Reconnecting


class Postgres(Reconnecting):
    """Rings with `NOTIFY`, so that a transaction can also ring by itself, exactly when it commits."""

    _publisher: "asyncpg.Connection[asyncpg.Record] | None" = None

    async def disconnect(self) -> None:
        """Closes the publishing connection, without waiting for a server that may not answer."""
        if self._publisher is not None:
            self._publisher.terminate()
            self._publisher = None

    async def publish(self, channel: str, message: str) -> None:
        """Notifies; raises when the server is away."""
        if self._publisher is None or self._publisher.is_closed():
            self._publisher = await self._connect()
        try:
            await self._publisher.execute("SELECT pg_notify($1, $2)", channel, message)
        except BaseException:
            # Cut off in the middle, the connection would make the next ring wait for the rest of this one.
            await self.disconnect()
            raise

    async def listen(self) -> NoReturn:
        """Listens until the connection is closed or leaves a heartbeat unanswered, and raises then."""
        connection = await self._connect()
        try:
            closed = asyncio.Event()
            connection.add_termination_listener(lambda _: closed.set())
            await connection.add_listener(self.channel, lambda *_: self.rung.set())
            self.note_subscription()
            while True:
                try:
                    async with asyncio.timeout(self.heartbeat_seconds):
                        await closed.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1")
                else:
                    raise ConnectionResetError
        finally:
            connection.terminate()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            self.url,
            timeout=self.connect_seconds,
            command_timeout=self.answer_seconds,
            server_settings={"application_name": "throughline doorbell"},
        )
