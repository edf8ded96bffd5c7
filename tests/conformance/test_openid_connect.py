"""Tokens of an OpenID Connect issuer: a real one over HTTP, with its discovery and its keys."""

import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from jwt.utils import base64url_encode

from server.auth import InvalidTokenError, Issuer, Tokens
from tests.journeys.server import SECRET
from tests.world import World
from workflows import people

AUDIENCE = "throughline-county"


class Provider:
    """The issuer's side: it signs, and tells its public keys to whoever asks."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.kid = "first"
        self.asked: list[str] = []
        self.down = False
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                answers = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys}
                found = None if provider.down else answers.get(self.path)
                self.send_response(503 if found is None else 200)
                self.end_headers()
                self.wfile.write(b"" if found is None else json.dumps(found()).encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def discovery(self) -> dict[str, Any]:
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}

    def keys(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "RS256"}]}

    def token(self, key: Any = None, algorithm: str = "RS256", kid: str | None = None, **changes: Any) -> str:
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "exp": int(time.time()) + 300,
            "email": "helen@example.test",
            "email_verified": True,
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.key if key is None else key, algorithm, headers={"kid": kid or self.kid})


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    thread = threading.Thread(target=provider.server.serve_forever, daemon=True)
    thread.start()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()
    thread.join()


@pytest.fixture
def tokens(provider: Provider, world: World) -> Tokens:
    # People write addresses with a slash at the end, or without.
    return Tokens(SECRET, 900, world.database, Issuer(f"{provider.url}/", AUDIENCE))


async def test_a_good_token_is_the_account_with_its_address(provider: Provider, tokens: Tokens, world: World) -> None:
    for changes in ({}, {"email": "HELEN@example.test"}, {"iss": f"{provider.url}/"}, {"aud": ["other", AUDIENCE]}):
        credentials = await tokens.check(provider.token(**changes))
        assert (credentials.user_id, credentials.session_id) == (world.people["helen"], None)
        assert 0 < credentials.expires_at - time.time() <= 300
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "somebody"},
        {"aud": None},
        {"iss": "https://issuer.example"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"nbf": int(time.time()) + 86_400},
        {"email": None},
        {"email": 1},
        {"email": "nobody@example.test"},
        {"email": "helen\0@example.test"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"kid": "unknown"},
        {"key": rsa.generate_private_key(65537, 2048)},
        {"key": "", "algorithm": "none"},
        {"algorithm": "RS512"},
        {"algorithm": "PS256"},
    ],
)
async def test_every_other_token_is_refused(provider: Provider, tokens: Tokens, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenError):
        await tokens.check(provider.token(**changes))


async def test_the_public_key_is_no_secret_to_sign_with(provider: Provider, tokens: Tokens, world: World) -> None:
    public = provider.key.public_key()
    for secret in (
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(provider.keys()["keys"][0]).encode(),
    ):
        # The library would refuse to sign with a key that looks public; an attacker's does not.
        for algorithm in ("HS256", "HS384", "HS512"):
            head = base64url_encode(json.dumps({"alg": algorithm, "typ": "JWT", "kid": provider.kid}).encode())
            signed = head + b"." + provider.token(sub=world.people["helen"], sid="x").split(".")[1].encode()
            signature = hmac.digest(secret, signed, algorithm.replace("HS", "sha"))
            with pytest.raises(InvalidTokenError):
                await tokens.check((signed + b"." + base64url_encode(signature)).decode())


async def test_a_banned_person_is_not_found(provider: Provider, tokens: Tokens, world: World) -> None:
    async with world.database.transaction() as transaction:
        await people.ban(transaction, None, world.people["helen"])
    with pytest.raises(InvalidTokenError):
        await tokens.check(provider.token())


async def test_an_issuer_that_is_away_is_not_asked_for_each_token(
    provider: Provider, tokens: Tokens, caplog: pytest.LogCaptureFixture
) -> None:
    provider.down = True
    for _ in range(5):
        with pytest.raises(InvalidTokenError):
            await tokens.check(provider.token())
    assert len(provider.asked) == 1
    [record] = caplog.records
    assert "does not tell its keys" in record.getMessage()


async def test_strangers_tokens_do_not_make_us_ask_again_and_again(provider: Provider, tokens: Tokens) -> None:
    await tokens.check(provider.token())
    for number in range(20):
        with pytest.raises(InvalidTokenError):
            await tokens.check(provider.token(kid=f"unknown {number}"))
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]
    await tokens.check(provider.token())
