"""Executing an operation: from a document and its context to the bytes of the answer."""

import inspect
import logging
from typing import Any
from uuid import uuid4

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from schema.context import Context
from server.documents import Document

log = logging.getLogger("throughline.graphql")


async def run(
    schema: GraphQLSchema,
    document: Document,
    context: Context,
    variables: dict[str, Any] | None,
    operation_name: str | None,
    root: Any = None,
) -> ExecutionResult:
    """The result of an operation of a valid document."""
    assert document.ast is not None
    result: Any = execute(
        schema,
        document.ast,
        root_value=root,
        context_value=context,
        variable_values=variables,
        operation_name=operation_name,
    )
    if inspect.isawaitable(result):
        result = await result
    return result  # type: ignore[no-any-return]


def as_json(result: ExecutionResult) -> bytes:
    """The answer in its JSON form; what went wrong inside is named by a reference only."""
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [masked(error).formatted for error in result.errors]
    answer["data"] = result.data
    return orjson.dumps(answer)


def masked(error: GraphQLError) -> GraphQLError:
    """The error as it may be shown: one that nobody foresaw keeps its place, and its text goes to the log."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return error
    reference = uuid4().hex[:12]
    log.error("An operation failed (reference %s)", reference, exc_info=cause)
    return GraphQLError(
        f"Something went wrong. Reference: {reference}.",
        error.nodes,
        path=error.path,
        extensions={"code": "INTERNAL", "reference": reference},
    )
