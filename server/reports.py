"""Reports as CSV, streamed: whoever downloads one gets what they may see, and nothing else (EL10)."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

import loaders.reports
from loaders.reports import TABLES, Period, Report
from policies.actors import Actor
from policies.actors import actor as read_actor
from server.application import Application
from server.auth import InvalidTokenError

CHUNK = 16_384
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would take a cell for that begins with one of these."""


def routes(app: Application) -> list[Route]:
    """The route of each report."""

    async def download(request: Request) -> Response:
        try:
            credentials = await app.tokens.check_header(request.headers.get("authorization", ""))
        except InvalidTokenError:
            credentials = None
        actor = None
        if credentials is not None:
            actor = await read_actor(app.database, credentials.user_id, session_id=credentials.session_id)
        if actor is None:
            return JSONResponse({"message": "Sign in first."}, 401, {"www-authenticate": "Bearer"})
        try:
            report = Report(request.path_params["name"])
        except ValueError:
            return JSONResponse({"message": "There is no such report."}, 404)
        try:
            period = Period(_day(request, "since"), _day(request, "until"))
        except ValueError:
            return JSONResponse({"message": "since and until are days, as 2026-03-01."}, 400)
        headers = {"content-disposition": f'attachment; filename="{report}.csv"', "cache-control": "no-store"}
        return StreamingResponse(_lines(app, actor, report, period), 200, headers, "text/csv; charset=utf-8")

    return [Route("/reports/{name}.csv", download, methods=["GET"])]


def _day(request: Request, name: str) -> date | None:
    value = request.query_params.get(name)
    return date.fromisoformat(value) if value else None


async def _lines(app: Application, actor: Actor, report: Report, period: Period) -> AsyncIterator[str]:
    columns = TABLES[report].columns
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    async for row in loaders.reports.stream(app.database, actor, report, period):
        writer.writerow([_cell(row[name]) for name in columns])
        if text.tell() > CHUNK:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def _cell(value: object) -> object:
    """The value as a spreadsheet shows it: text is text, whatever it begins with."""
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return "" if value is None else value
