"""The explorer: GraphiQL, built from web/ at set-up and served from our own files."""

import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "web" / "dist"

_HEADERS = {
    "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_MISSING = "<!doctype html><title>Throughline</title><p>The explorer is not built. Run <code>sh web/build.sh</code>."


def page() -> Response:
    """The explorer's page."""
    index = FOLDER / "index.html"
    headers = {**_HEADERS, "cache-control": "no-cache"}
    return FileResponse(index, headers=headers) if index.is_file() else HTMLResponse(_MISSING, 503, headers)


class _Assets(StaticFiles):
    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        try:
            return super().lookup_path(path)
        except (OSError, ValueError):
            # No file can have this name: it is too long, or holds a NUL.
            return "", None

    async def get_response(self, path: str, scope: Scope) -> Response:
        # The build leaves a packed copy beside each file that is worth it.
        packed = (
            "gzip" in Headers(scope=scope).get("accept-encoding", "") and self.lookup_path(f"{path}.gz")[1] is not None
        )
        response = await super().get_response(f"{path}.gz" if packed else path, scope)
        if packed:
            response.headers["content-encoding"] = "gzip"
        # Workers take the policy of their own response; names are hashed, so what is cached stays true.
        response.headers.update(
            {**_HEADERS, "cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
        )
        return response


def routes() -> list[BaseRoute]:
    """Where the page's files are."""
    return [Mount("/explorer/assets", _Assets(directory=FOLDER / "assets", check_dir=False))]
