"""Signing in and out: what it is given and what it answers."""

from datetime import datetime

import strawberry

from schema.errors import UserError
from schema.fields import arguments, described


@arguments
class LoginInput:
    """An account and its password."""

    email: str = strawberry.field(description="The account's e-mail address.")
    password: str = strawberry.field(description="Its password.")


@arguments
class TokenRefreshInput:
    """A refresh token, good for one use."""

    refresh_token: str = strawberry.field(description="The newest refresh token of the session.")


@described
class LoginPayload:
    """A session's tokens."""

    access_token: str | None = strawberry.field(
        description="Goes into the header `Authorization: Bearer …`, and into `connection_init`."
    )
    refresh_token: str | None = strawberry.field(description="For `tokenRefresh`, once.")
    expires_at: datetime | None = strawberry.field(description="When the access token ends.")
    user_errors: list[UserError] = strawberry.field(description="Why nobody was signed in.")


@described
class LogoutPayload:
    """That the session ended."""

    user_errors: list[UserError] = strawberry.field(description="Empty: signing out always succeeds.")
