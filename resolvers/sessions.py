"""Signing in, staying signed in, signing out."""

from datetime import UTC, datetime
from typing import Any

import strawberry

from resolvers.acting import Payload, check_text
from resolvers.throttle import Throttle
from schema.changes.sessions import LoginInput, LoginPayload, LogoutPayload, TokenRefreshInput
from schema.context import Info
from schema.errors import as_user_error
from workflows import sessions
from workflows.refusals import Refusal, RefusedError

_LONGEST = 254
"""An e-mail address cannot be longer."""
_guesses = Throttle(failures=10, window=300)


@strawberry.type
class SessionMutations:
    """Changing who is signed in."""

    @strawberry.mutation(description="Sign in with e-mail and password.")
    async def login(self, info: Info, input: LoginInput) -> LoginPayload:
        try:
            check_text(input)
            return await _login(info, input)  # type: ignore[no-any-return]
        except RefusedError as error:
            return Payload({"user_errors": [as_user_error(error)]})  # type: ignore[return-value]

    @strawberry.mutation(description="Exchange a refresh token for new tokens; using one twice ends its session.")
    async def token_refresh(self, info: Info, input: TokenRefreshInput) -> LoginPayload:
        async with info.context.services.database.transaction() as transaction:
            signed_in = await sessions.renew(transaction, input.refresh_token)
        if signed_in is None:
            error = RefusedError(Refusal.INVALID, "Sign in again.", "refreshToken")
            return Payload({"user_errors": [as_user_error(error)]})  # type: ignore[return-value]
        return _tokens(info, signed_in)  # type: ignore[no-any-return]

    @strawberry.mutation(description="End the session: its tokens are refused and its sockets close.")
    async def logout(self, info: Info) -> LogoutPayload:
        credentials = info.context.credentials
        if credentials is not None and credentials.session_id is not None:
            async with info.context.services.database.transaction() as transaction:
                await sessions.close_session(transaction, credentials.session_id)
        return Payload({"user_errors": []})  # type: ignore[return-value]


async def _login(info: Info, input: LoginInput) -> Any:
    # By address and account: a stranger's guesses do not lock the owner out.
    key = f"{info.context.client} {input.email[:_LONGEST].lower()}"
    if not _guesses.is_open(key):
        raise RefusedError(Refusal.RATE_LIMITED, "Too many attempts. Try again in five minutes.", "password")
    # Counted before it is checked: many at once are many.
    _guesses.failed(key)
    database = info.context.services.database
    user_id = await sessions.check_password(database, input.email, input.password)
    if user_id is None:
        raise RefusedError(Refusal.INVALID, "The e-mail address or the password is wrong.", "password")
    _guesses.succeeded(key)
    async with database.transaction() as transaction:
        signed_in = await sessions.open_session(transaction, user_id)
    return _tokens(info, signed_in)


def _tokens(info: Info, signed_in: sessions.SignedIn) -> Any:
    token, expires_at = info.context.services.issue_token(signed_in)
    return Payload(
        {
            "access_token": token,
            "refresh_token": signed_in.refresh_token,
            "expires_at": datetime.fromtimestamp(expires_at, UTC),
            "user_errors": [],
        }
    )
