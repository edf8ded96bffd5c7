"""The running program: what it consists of, how it starts and ends, and its routes."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from jobs.mail import mailer
from jobs.runner import Runner
from models.database import Database
from policies.signing import Signer
from schema.context import Services
from server import explorer, http, links, socket
from server.auth import Issuer, Tokens
from server.documents import Documents
from server.schema import build
from server.settings import Settings
from subscriptions.doorbell import Doorbell
from subscriptions.feed import Feed
from subscriptions.numbering import Numbering
from subscriptions.tail import Tail
from workflows import clock

STALE_SECONDS = 5.0
"""The tail reads at least once a second; a process whose tail has not for this long is not ready."""


class Application:
    """All parts of one process."""

    def __init__(self, settings: Settings, dsn: str) -> None:
        signer = Signer(settings.secret_key)
        self.database = Database(dsn, on_events=lambda: self.numbering.wake())
        self.feed = Feed(self.database, signer, clock.now)
        self.tail = Tail(self.database, self.feed)
        self.doorbell = Doorbell(settings.doorbell_url or dsn, self.tail.wake)
        self.numbering = Numbering(self.database, self._ring)
        issuer = None
        if settings.oidc_issuer and settings.oidc_audience:
            issuer = Issuer(settings.oidc_issuer, settings.oidc_audience)
        self.tokens = Tokens(settings.secret_key, settings.access_token_minutes * 60, self.database, issuer)
        self.schema = build()
        self.documents = Documents(self.schema)
        self.services = Services(self.database, self.tokens.issue)
        self.jobs = Runner(
            self.database,
            mailer(settings.smtp_url, settings.data_dir / "mail", settings.mail_from),
            signer,
            settings.public_url,
        )
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
            for part in (self.doorbell, self.tail, self.jobs):
                await part.start()
                stack.push_async_callback(part.stop)
            self.numbering.start()
            stack.push_async_callback(self.numbering.stop)
            yield

    @property
    def is_ready(self) -> bool:
        """Whether dashboards that this process serves are kept up to date."""
        return time.monotonic() - self.tail.read_at < STALE_SECONDS


def create(settings: Settings, dsn: str) -> Starlette:
    """The ASGI application over a migrated database."""
    app = Application(settings, dsn)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.running():
            yield

    async def graphql(request: Request) -> Response:
        if request.method == "GET" and "query" not in request.query_params and _is_browser(request):
            return explorer.page()
        return await http.respond(app, request)

    async def graphql_socket(websocket: WebSocket) -> None:
        await socket.serve(app, websocket)

    async def ready(_: Request) -> Response:
        """Whether this process serves: its tail has read the log lately."""
        status = {"ready": app.is_ready, "position": app.feed.head, "doorbell": app.doorbell.healthy}
        return JSONResponse(status, 200 if app.is_ready else 503)

    async def root(_: Request) -> Response:
        return RedirectResponse("/graphql", 307)

    starlette = Starlette(
        routes=[
            Route("/", root),
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", graphql_socket),
            Route("/readyz", ready),
            *links.routes(app.database, app.signer),
            *explorer.routes(),
        ],
        # Tokens travel in a header that a page has to set itself, so any origin may ask.
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"])
        ],
        lifespan=lifespan,
    )
    starlette.state.app = app
    return starlette


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
