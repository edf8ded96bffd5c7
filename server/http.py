"""GraphQL over HTTP (the specification of that name): POST, and GET for queries."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from policies.actors import actor as read_actor
from schema.context import Context, Credentials
from server.application import Application
from server.auth import InvalidTokenError
from server.documents import is_mutation, is_subscription, no_operation
from server.execution import as_json, began, masked, run

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
MAX_BODY = 256 * 1024
BODY_SECONDS = 30.0


class BadRequestError(Exception):
    """A request that is not one of the protocol."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


async def respond(app: Application, request: Request) -> Response:
    """The answer to a GraphQL request; malformed ones get the protocol's own errors."""
    media = _media(request)
    try:
        asked = await _asked(request)
        credentials = await _credentials(app, request)
        return await _answer(app, request, asked, credentials, media)
    except BadRequestError as error:
        return _errors([GraphQLError(str(error))], media, error.status, error.headers)
    except Exception as error:
        return _errors(masked([GraphQLError("", original_error=error)]), media, 500)


def _media(request: Request) -> str:
    """The media type of the answer; that of the specification where the client takes it."""
    return GRAPHQL if GRAPHQL in _accepted(request) else JSON


def _accepted(request: Request) -> str:
    return request.headers.get("accept", "").lower() or "*/*"


async def _asked(request: Request) -> Asked:
    if not any(kind in _accepted(request) for kind in (GRAPHQL, JSON, "application/*", "*/*")):
        raise BadRequestError(406, f"Answers are {GRAPHQL} or {JSON}.")
    if request.method != "POST":
        given: Any = dict(request.query_params)
        for name in ("variables", "extensions"):
            if given.get(name):
                given[name] = _parsed(given[name], name)
        return _checked(given)
    content_type, *parameters = (part.strip() for part in request.headers.get("content-type", "").lower().split(";"))
    if content_type != JSON:
        raise BadRequestError(415, f"The body must be {JSON}.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name == "charset" and value.strip('"') not in ("utf-8", "utf8"):
            raise BadRequestError(415, "The body must be UTF-8.")
    return _checked(_parsed(await _body(request), "body"))


async def _body(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    raise BadRequestError(413, f"The body is longer than {MAX_BODY:,} bytes.")
    except TimeoutError as error:
        raise BadRequestError(408, "The body did not arrive in time.", {"connection": "close"}) from error
    except ClientDisconnect as error:
        raise BadRequestError(400, "The body did not arrive whole.") from error
    return bytes(body)


def _parsed(text: bytes | str, what: str) -> Any:
    try:
        return orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        raise BadRequestError(400, f"The {what} cannot be read as JSON.") from error


def _checked(given: Any) -> Asked:
    if not isinstance(given, dict):
        raise BadRequestError(400, "The request must be a JSON object; batches are not offered.")
    query, name, variables = given.get("query"), given.get("operationName"), given.get("variables")
    if not isinstance(query, str):
        raise BadRequestError(400, "query must be a string.")
    if name is not None and not isinstance(name, str):
        raise BadRequestError(400, "operationName must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise BadRequestError(400, "variables must be an object.")
    if given.get("extensions") is not None and not isinstance(given["extensions"], dict):
        raise BadRequestError(400, "extensions must be an object.")
    return Asked(query, name or None, variables)


async def _credentials(app: Application, request: Request) -> Credentials | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    try:
        return await app.tokens.check_header(header)
    except InvalidTokenError as error:
        message = "The access token is not valid, or no longer."
        raise BadRequestError(401, message, {"www-authenticate": 'Bearer error="invalid_token"'}) from error


async def _answer(
    app: Application, request: Request, asked: Asked, credentials: Credentials | None, media: str
) -> Response:
    document = app.documents.get(asked.query)
    if document.errors:
        return _errors(document.errors, media, 400 if media == GRAPHQL else 200)
    operation = document.operation(asked.operation_name)
    if operation is None:
        return _errors([no_operation(asked.operation_name)], media, 400)
    if is_subscription(operation):
        return _errors([GraphQLError("Subscriptions are offered over graphql-transport-ws.")], media, 400)
    if request.method != "POST" and is_mutation(operation):
        return _errors([GraphQLError("Mutations are sent by POST.")], media, 405, {"allow": "POST"})

    client = request.client.host if request.client else ""
    if credentials is None or is_mutation(operation):
        # A mutation reads its actor inside its own transaction.
        context = Context(app.services, None, credentials, client)
    else:
        # The head is read before the rights: a right gained in between is then told by the feed.
        head = await app.feed.cursor(credentials.user_id) if document.asks_for_head else None
        actor = await read_actor(app.services.database, credentials.user_id, session_id=credentials.session_id)
        if actor is None:
            raise BadRequestError(401, "The session has ended.", {"www-authenticate": "Bearer"})
        context = Context(app.services, actor, credentials, client)
        context.feed_head = head
    result = await run(app.schema, document, context, asked.variables, asked.operation_name)
    # Wrong variables are found before the execution begins.
    status = 200 if began(result) or media == JSON else 400
    return Response(as_json(result), status, media_type=media)


def _errors(errors: list[GraphQLError], media: str, status: int, headers: dict[str, str] | None = None) -> Response:
    body = orjson.dumps({"errors": [error.formatted for error in errors]})
    return Response(body, status, headers, media_type=media)
