"""Executing an operation: by a plan where it has one (server/executor), else by graphql-core."""

import inspect
import logging
import os
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import uuid4

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from schema.context import Context
from server.documents import Document
from server.executor import Executor

log = logging.getLogger("throughline.graphql")

BY_PLAN = os.environ.get("EXECUTOR") != "off"
"""Whether plans are used; the answers are the same without them, later."""


@cache
def executor_for(schema: GraphQLSchema) -> Executor:
    """The executor of this schema, with its plans."""
    return Executor(schema)


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
    operation = document.operation(operation_name)
    if BY_PLAN and operation is not None:
        data = await executor_for(schema).execute(document, operation, context, variables, root)
        if data is not None:
            return ExecutionResult(data, None)
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
        answer["errors"] = [error.formatted for error in masked(result.errors)]
    if began(result):
        answer["data"] = result.data
    return orjson.dumps(answer)


def began(result: ExecutionResult) -> bool:
    """Whether it was executed at all: wrong variables are found before, and then there is no data, not even null."""
    return result.data is not None or any(error.path for error in result.errors or ())


def masked(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """The errors as they may be shown: those that nobody foresaw keep their place, and the log has what they say."""
    unforeseen = [error for error in errors if _is_unforeseen(error)]
    if not unforeseen:
        return list(errors)
    # One list of a thousand rows may fail a thousand times: the log has the first of them.
    reference = uuid4().hex[:12]
    log.error(
        "An operation failed in %d places (reference %s)",
        len(unforeseen),
        reference,
        exc_info=unforeseen[0].original_error,
    )
    message, extensions = f"Something went wrong. Reference: {reference}.", {"code": "INTERNAL", "reference": reference}
    return [
        GraphQLError(message, error.nodes, path=error.path, extensions=extensions) if _is_unforeseen(error) else error
        for error in errors
    ]


def _is_unforeseen(error: GraphQLError) -> bool:
    cause = error.original_error
    return cause is not None and not isinstance(cause, GraphQLError)
