"""Through Redis or Valkey: SUBSCRIBE on a connection of its own, PUBLISH on another one."""

from typing import NoReturn

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from subscriptions.doorbell.reconnecting import Reconnecting


class Redis(Reconnecting):
    """Rings with `PUBLISH`, which Redis keeps for nobody: hence the ring on each connection."""

    def __init__(self, url: str, channel: str) -> None:
        super().__init__(url, channel)
        try:
            self._client = redis.asyncio.Redis.from_url(
                url,
                protocol=2,  # every server speaks it, and pub/sub needs no more
                retry=Retry(NoBackoff(), 0),  # redis-py would mend a lost connection without a word
                socket_connect_timeout=self.connect_seconds,
                socket_timeout=self.answer_seconds,
            )
        except ValueError:
            raise ValueError("The doorbell's Redis url cannot be read.") from None

    async def disconnect(self) -> None:
        """Closes the publishing connection."""
        await self._client.aclose()

    async def publish(self, channel: str, message: str) -> None:
        """Publishes; raises when the server is away."""
        await self._client.publish(channel, message)

    async def listen(self) -> NoReturn:
        """Listens until the connection is closed or leaves a heartbeat unanswered, and raises then."""
        async with self._client.pubsub() as subscription:
            await subscription.subscribe(self.channel)
            awaiting_answer = True
            while True:
                patience = self.answer_seconds if awaiting_answer else self.heartbeat_seconds
                message = await subscription.get_message(timeout=patience)
                if message is not None:
                    awaiting_answer = False
                    if message["type"] == "subscribe":
                        self.note_subscription()
                    elif message["type"] == "message":
                        self.rung.set()
                elif awaiting_answer:
                    raise TimeoutError
                else:
                    await subscription.ping()
                    awaiting_answer = True
