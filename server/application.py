"""The running program: the parts of one process, how they start and end."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from jobs import deadlines, upkeep
from jobs.mail import mailer
from jobs.runner import Runner
from models.database import Database
from policies import uploads
from policies.signing import Signer
from schema.context import Services
from server.auth import Issuer, Tokens
from server.documents import Documents
from server.metrics import Metrics
from server.schema import build
from server.settings import Settings
from subscriptions.doorbell import Doorbell
from subscriptions.feed import Feed
from subscriptions.numbering import Numbering
from subscriptions.tail import Tail
from workflows import clock

OPENINGS = 5
"""How many sockets and streams are begun at a time. When all come back at once, after a restart, they wait in turn, and
leave the other half of the connections to the tail and to those who ask for something."""
STALE_SECONDS = 5.0
"""The tail reads at least once a second; a process whose tail has not for this long is not ready."""


class Application:
    """All parts of one process."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        signer = Signer(settings.secret_key)
        self.database = Database(dsn, on_events=lambda: self.numbering.wake())
        self.feed = Feed(
            self.database,
            signer,
            clock.now,
            timedelta(days=settings.feed_days),
            on_told=lambda lag, viewers: self.metrics.told(lag, viewers),
        )
        self.tail = Tail(self.database, self.feed)
        self.doorbell = Doorbell(settings.doorbell_url or dsn, self.tail.wake)
        self.numbering = Numbering(self.database, self._ring)
        issuer = None
        if settings.oidc_issuer and settings.oidc_audience:
            issuer = Issuer(settings.oidc_issuer, settings.oidc_audience)
        self.tokens = Tokens(settings.secret_key, settings.access_token_minutes * 60, self.database, issuer)
        self.schema = build()
        self.documents = Documents(self.schema)
        self.services = Services(
            self.database,
            self.tokens.issue,
            lambda upload: f"{settings.public_url.rstrip('/')}/images/upload/{uploads.token(signer, upload)}",
        )
        self.jobs = Runner(
            self.database,
            mailer(settings.smtp_url, settings.data_dir / "mail", settings.mail_from),
            signer,
            settings.public_url,
        )
        self.deadlines = deadlines.periodic(self.database)
        self.upkeep = upkeep.periodic(self.database)
        self.metrics = Metrics(self)
        self.openings = asyncio.Semaphore(OPENINGS)
        self.signer = signer
        # With the Postgres doorbell, numbering rings inside its own transaction.
        self._rings_itself = (settings.doorbell_url or dsn).startswith("postgres")

    async def _ring(self) -> None:
        self.tail.wake()
        if not self._rings_itself:
            await self.doorbell.ring()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start all parts in their order, and end them in the opposite one."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.database)
            for part in (self.doorbell, self.tail, self.jobs, self.deadlines, self.upkeep, self.metrics):
                await part.start()
                stack.push_async_callback(part.stop)
            self.numbering.start()
            stack.push_async_callback(self.numbering.stop)
            yield

    @property
    def is_ready(self) -> bool:
        """Whether dashboards that this process serves are kept up to date."""
        return time.monotonic() - self.tail.read_at < STALE_SECONDS
