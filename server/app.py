"""The ASGI application: which address is answered by whom."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from server import activation, explorer, http, images, invitations, links, reports, socket
from server.application import Application
from server.settings import Settings


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
        status = {"ready": app.is_ready, "position": app.feed.end.position, "doorbell": app.doorbell.healthy}
        return JSONResponse(status, 200 if app.is_ready else 503)

    async def mentoring_request(_: Request) -> Response:
        """Where links in e-mails lead: the person signs in, and asks for the request by its id."""
        return RedirectResponse("/graphql", 307)

    async def metrics(_: Request) -> Response:
        return Response(await app.metrics.page(), media_type=CONTENT_TYPE_LATEST)

    async def root(_: Request) -> Response:
        return RedirectResponse("/graphql", 307)

    starlette = Starlette(
        routes=[
            Route("/", root),
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", graphql_socket),
            Route("/mentoring/{id}", mentoring_request),
            Route("/readyz", ready),
            Route("/metrics", metrics),
            *links.routes(app.database, app.signer),
            *activation.routes(app.database, app.signer),
            *images.routes(app),
            *reports.routes(app),
            *invitations.routes(app.database, app.signer),
            *explorer.routes(),
        ],
        # Tokens travel in a header that a page has to set itself, so any origin may ask.
        middleware=[
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST", "PUT"], allow_headers=["*"])
        ],
        lifespan=lifespan,
    )
    starlette.state.app = app
    return starlette


def _is_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
