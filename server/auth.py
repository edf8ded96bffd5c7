"""Tokens: our own short-lived ones, and those of an OpenID Connect issuer that the settings name."""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from typing import Any

import httpx
import jwt
from jwt.types import Options

from models.database import Database
from schema.context import Credentials
from workflows.sessions import SignedIn, find_user
from workflows.text import as_id

log = logging.getLogger("throughline.auth")

_AUDIENCE = "throughline"
_REMEMBERED = 10_000
_MAX_LENGTH = 16_384
_RETRY_SECONDS = 5.0


class InvalidTokenError(Exception):
    """The token is not good: forged, expired, or of nobody we know."""


class Tokens:
    """Issues and checks access tokens. A token says who, never what they may do."""

    def __init__(self, secret: str, lifetime: float, database: Database, issuer: "Issuer | None" = None) -> None:
        self._secret = secret
        self._lifetime = lifetime
        self._database = database
        self._issuer = issuer
        self._known: OrderedDict[str, Credentials] = OrderedDict()

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
        if len(token) > _MAX_LENGTH:
            raise InvalidTokenError
        known = self._known.get(token)
        if known is not None and known.expires_at > time.time():
            return known
        credentials = await self._checked(token)
        # What was signed once stays signed; sessions and bans are asked for anew with every request.
        self._known[token] = credentials
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return credentials

    async def _checked(self, token: str) -> Credentials:
        try:
            if jwt.get_unverified_header(token).get("alg") == "HS256":
                options: Options = {"require": ["exp", "sub", "sid"], "verify_iat": False}
                claims = jwt.decode(token, self._secret, ["HS256"], audience=_AUDIENCE, options=options)
                return Credentials(_id(claims["sub"]), _id(claims["sid"]), float(claims["exp"]))
            if self._issuer is not None:
                return await self._from_issuer(self._issuer, token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
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
        self._failed_at = float("-inf")
        self._lock = threading.Lock()

    async def check(self, token: str) -> dict[str, Any]:
        """The claims of a token of this issuer for this audience; raises jwt.PyJWTError."""
        return await asyncio.to_thread(self._check, token)

    def _check(self, token: str) -> dict[str, Any]:
        key = self._key(jwt.get_unverified_header(token).get("kid"))
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            ["RS256", "ES256", "EdDSA"],
            audience=self._audience,
            # Some issuers name themselves with a slash at the end, and some people write one.
            issuer=[self._url, f"{self._url}/"],
            leeway=30,
            options={"require": ["exp", "iss", "aud"]},
        )
        return claims

    def _key(self, kid: Any) -> jwt.PyJWK:
        """The issuer's key of this name; while the issuer cannot be reached, it is not asked for each token."""
        with self._lock:
            if time.monotonic() < self._failed_at + _RETRY_SECONDS:
                raise jwt.PyJWKClientConnectionError("The issuer could not be reached a moment ago.")
            try:
                if self._keys is None:
                    url = f"{self._url}/.well-known/openid-configuration"
                    self._keys = jwt.PyJWKClient(
                        httpx.get(url, timeout=5).raise_for_status().json()["jwks_uri"], timeout=5
                    )
                return self._keys.get_signing_key(kid)
            except (httpx.HTTPError, jwt.PyJWKClientConnectionError, ValueError, KeyError, TypeError) as error:
                self._failed_at = time.monotonic()
                log.warning("The issuer %s does not tell its keys: %s", self._url, error)
                raise jwt.PyJWKClientConnectionError("no keys") from error
