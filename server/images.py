"""Images of clients over HTTP: PUT to a signed address, GET by those who may see the client (EL13)."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import loaders.images
from policies.actors import Actor
from policies.actors import actor as read_actor
from policies.uploads import read as read_upload
from server.application import Application
from server.auth import InvalidTokenError
from workflows import clock, images
from workflows.refusals import Refusal, RefusedError
from workflows.text import as_id

UPLOAD_SECONDS = 60.0

_CODES = {Refusal.NOT_FOUND: 404, Refusal.FORBIDDEN: 403, Refusal.TOO_LONG: 413, Refusal.INVALID: 415}
_SHOWN = {
    # Kept by the browser, but asked for each time: who loses sight of the client loses sight of the image.
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def routes(app: Application) -> list[Route]:
    """The routes of uploads and of images."""

    async def upload(request: Request) -> Response:
        actor = await _actor(app, request)
        if actor is None:
            return _unauthorized()
        asked = read_upload(app.signer, request.path_params["token"])
        if asked is None or asked.user_id != actor.id or asked.expires_at < clock.now().timestamp():
            return _refused(404, "There is no such address, or no longer.")
        try:
            image = await images.encode(await _body(request))
            async with app.database.transaction() as transaction:
                # As they are now: the rights may have changed since the address was given.
                now = await read_actor(transaction, asked.user_id)
                id = await images.put(transaction, now or Actor(None), asked.client_id, image)
        except RefusedError as refusal:
            return _refused(_CODES.get(refusal.code, 400), refusal.message)
        except (ClientDisconnect, TimeoutError):
            return _refused(408, "The file did not arrive whole, or not in time.")
        return JSONResponse({"id": id, "largeUrl": f"/images/{id}/large", "smallUrl": f"/images/{id}/small"}, 201)

    async def show(request: Request) -> Response:
        actor = await _actor(app, request)
        if actor is None:
            return _unauthorized()
        id, size = as_id(request.path_params["id"]), request.path_params["size"]
        content = None
        if id is not None and size in loaders.images.SIZES:
            content = await loaders.images.content(app.database, actor, id, size)
        if content is None:
            return _refused(404, "There is no such image.")
        # What is at an address never changes; whether it is shown was decided just now.
        headers = {**_SHOWN, "ETag": f'"{id}-{size}"'}
        known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
        if headers["ETag"] in known or "*" in known:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type="image/webp", headers=headers)

    return [
        Route("/images/upload/{token}", upload, methods=["PUT"]),
        Route("/images/{id}/{size}", show, methods=["GET"]),
    ]


async def _actor(app: Application, request: Request) -> Actor | None:
    try:
        credentials = await app.tokens.check_header(request.headers.get("authorization", ""))
    except InvalidTokenError:
        return None
    return await read_actor(app.database, credentials.user_id, session_id=credentials.session_id)


async def _body(request: Request) -> bytes:
    body = bytearray()
    async with asyncio.timeout(UPLOAD_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > images.LARGEST_FILE:
                break
    return bytes(body)


def _unauthorized() -> Response:
    return JSONResponse({"message": "Sign in first."}, 401, {"www-authenticate": "Bearer", "cache-control": "no-store"})


def _refused(code: int, message: str) -> Response:
    headers = {"cache-control": "no-store", **({"connection": "close"} if code in (408, 413) else {})}
    return JSONResponse({"message": message}, code, headers)
