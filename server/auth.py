"""Tokens: our own short-lived ones, and those of an OpenID Connect issuer that the settings name."""

import asyncio
import logging
import time
from typing import Any

import httpx
import jwt

from models.database import Database
from schema.context import Credentials
from workflows.sessions import SignedIn, find_user
from workflows.text import as_id

log = logging.getLogger("throughline.auth")

_AUDIENCE = "throughline"


class InvalidTokenError(Exception):
    """The token is not good: forged, expired, or of nobody we know."""


class Tokens:
    """Issues and checks access tokens. A token says who, never what they may do."""

    def __init__(self, secret: str, lifetime: float, database: Database, issuer: "Issuer | None" = None) -> None:
        self._secret = secret
        self._lifetime = lifetime
        self._database = database
        self._issuer = issuer

    def issue(self, signed_in: SignedIn) -> tuple[str, float]:
        """A token for a session, and when it expires, in seconds since 1970."""
        now = int(time.time())
        expires_at = now + self._lifetime
        claims = {
            "sub": signed_in.user_id,
            "sid": signed_in.session_id,
            "iat": now,
            "exp": expires_at,
            "aud": _AUDIENCE,
        }
        return jwt.encode(claims, self._secret, "HS256"), expires_at

    async def check(self, token: str) -> Credentials:
        """Whose token it is; raises InvalidTokenError."""
        try:
            if jwt.get_unverified_header(token).get("alg") == "HS256":
                claims = jwt.decode(
                    token, self._secret, ["HS256"], audience=_AUDIENCE, options={"require": ["exp", "sub", "sid"]}
                )
                return Credentials(_id(claims["sub"]), _id(claims["sid"]), float(claims["exp"]))
            if self._issuer is not None:
                return await self._from_issuer(self._issuer, token)
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise InvalidTokenError from error
        raise InvalidTokenError

    async def check_header(self, header: str) -> Credentials:
        """Whose `Bearer …` header it is; raises InvalidTokenError."""
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise InvalidTokenError
        return await self.check(token.strip())

    async def _from_issuer(self, issuer: "Issuer", token: str) -> Credentials:
        claims = await issuer.check(token)
        email = claims.get("email")
        # An address that the issuer has not verified may be anybody's.
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            raise InvalidTokenError
        user_id = await find_user(self._database, email)
        if user_id is None:
            raise InvalidTokenError
        return Credentials(user_id, None, float(claims["exp"]))


def _id(value: Any) -> str:
    id = as_id(value)
    if id is None:
        raise InvalidTokenError
    return id


class Issuer:
    """An OpenID Connect issuer: its keys are found by discovery and kept."""

    def __init__(self, url: str, audience: str) -> None:
        self._url = url.rstrip("/")
        self._audience = audience
        self._keys: jwt.PyJWKClient | None = None

    async def check(self, token: str) -> dict[str, Any]:
        """The claims of a token of this issuer for this audience; raises jwt.PyJWTError."""
        return await asyncio.to_thread(self._check, token)

    def _check(self, token: str) -> dict[str, Any]:
        key = self._key_client().get_signing_key_from_jwt(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            ["RS256", "ES256", "EdDSA"],
            audience=self._audience,
            issuer=self._url,
            options={"require": ["exp", "iss", "aud"]},
        )
        return claims

    def _key_client(self) -> jwt.PyJWKClient:
        if self._keys is None:
            try:
                found = httpx.get(f"{self._url}/.well-known/openid-configuration", timeout=5).raise_for_status().json()
                self._keys = jwt.PyJWKClient(found["jwks_uri"], timeout=5)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                log.warning("The issuer %s does not tell its keys: %s", self._url, error)
                raise jwt.PyJWKClientError("no keys") from error
        return self._keys
