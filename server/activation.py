"""The page behind the link of an activation e-mail: GET shows for whom it is, POST chooses the password, once (KW8)."""

import hashlib
from base64 import b64encode
from pathlib import Path
from urllib.parse import parse_qs
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from models.database import Database
from policies.signing import Signer
from workflows.partners import login
from workflows.refusals import RefusedError

LARGEST_FORM = 4_096

DONE = "Your login is active. Sign in with your e-mail address and this password."
NO_LINK = "It may be mistyped, expired, or used already. Ask for another one."

_folder = Path(__file__).parent / "templates"
_style = (_folder / "link.css").read_text()
_style_hash = b64encode(hashlib.sha256(_style.encode()).digest()).decode()
_template = Environment(
    loader=FileSystemLoader(_folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
).get_template("activation.html")
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_style_hash}'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def routes(database: Database, signer: Signer) -> list[Route]:
    """The route of the page, for GET, HEAD and POST."""

    async def answer(request: Request) -> HTMLResponse:
        payload = signer.verify("activation", request.path_params["token"])
        id = "" if payload is None else str(UUID(bytes=payload))
        if request.method == "POST":
            return await _activate(database, id, request)
        return _page(await login.find(database, id))

    return [Route("/activate/{token}", answer, methods=["GET", "POST"], max_body_size=LARGEST_FORM)]


async def _activate(database: Database, id: str, request: Request) -> HTMLResponse:
    address = await login.find(database, id)
    try:
        given = parse_qs((await request.body()).decode()).get("password", [""])
    except (ValueError, ClientDisconnect):
        given = [""]
    if address is None:
        return _page(None)
    try:
        async with database.transaction() as transaction:
            await login.activate(transaction, id, given[0])
    except RefusedError as refusal:
        return _page(address, 422, refusal.message)
    return _page(None, message=DONE)


def _page(address: str | None, code: int = 200, message: str = "") -> HTMLResponse:
    title = "Activate your login"
    if address is None and message != DONE:
        code, title, message = 404, "There is no such link", NO_LINK
    html = _template.render(
        style=Markup(_style),  # noqa: S704 - our own file
        title=title,
        address=address,
        message=message,
        refused=code >= 400,
        shortest=login.SHORTEST_PASSWORD,
    )
    return HTMLResponse(html, code, _HEADERS)
