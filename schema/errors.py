"""Errors: bad input is answered in the payload (XX9); top-level errors are for authentication, limits and bugs."""

from typing import Any

import strawberry
from graphql import GraphQLError

from workflows.refusals import Refusal, RefusedError


class UnauthenticatedError(GraphQLError):
    """Nobody is signed in, or no longer."""

    def __init__(self) -> None:
        super().__init__("Sign in first.", extensions={"code": "UNAUTHENTICATED"})


class BadArgumentError(GraphQLError):
    """An argument of a query that cannot be meant."""

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"{argument}: {message}", extensions={"code": "BAD_USER_INPUT", "argument": argument})


strawberry.enum(Refusal, name="UserErrorCode", description="Why a change was refused.")


@strawberry.type(description="Why a change was refused, and which part of the input it is about.")
class UserError:
    """An entry of `userErrors`."""

    code: Refusal = strawberry.field(description="The kind of refusal.")
    message: str = strawberry.field(description="What is wrong, for a person to read.")
    field: list[str] | None = strawberry.field(description="The path of the input field that it is about.")


def as_user_error(error: RefusedError) -> dict[str, Any]:
    """The source of a `UserError`."""
    path = ["input", *error.field] if error.field else None
    return {"code": error.code, "message": error.message, "field": path}


def user_errors() -> Any:
    """The field of a payload that says why a change was refused."""
    return strawberry.field(description="Why it was refused; empty where it was done.")
