"""The pages behind links in e-mails: what they share. They run no script, and nobody else may show or keep them."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse

from policies.signing import Signer

LARGEST_FORM = 4_096

_folder = Path(__file__).parent / "templates"
_style = (_folder / "link.css").read_text()
_style_hash = b64encode(hashlib.sha256(_style.encode()).digest()).decode()
_templates = Environment(
    loader=FileSystemLoader(_folder), auto_reload=False, autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
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


def page(template: str, code: int, **values: Any) -> HTMLResponse:
    """The page that this template makes of the values; a code from 400 on says that something was refused."""
    style = Markup(_style)  # noqa: S704 - our own file
    html = _templates.get_template(template).render(style=style, refused=code >= 400, **values)
    return HTMLResponse(html, code, _HEADERS)


def linked(request: Request, signer: Signer, purpose: str) -> str:
    """The id that the link's token carries for this purpose; empty where it carries none."""
    payload = signer.verify(purpose, request.path_params["token"])
    return "" if payload is None else str(UUID(bytes=payload))


async def fields(request: Request) -> dict[str, str]:
    """The fields of a form that are given once; none where the body is anything else."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    try:
        fields = parse_qs((await request.body()).decode())
    except (ValueError, ClientDisconnect):
        return {}
    return {name: values[0] for name, values in fields.items() if len(values) == 1}
