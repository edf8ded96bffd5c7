"""Tokens that only we can have made: feed cursors, links in e-mails."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

_SIZE = 16


class Signer:
    """Signs short payloads; a token of one purpose is worth nothing for another."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(secret.encode()).digest()

    def sign(self, purpose: str, payload: bytes) -> str:
        """The payload with its signature, as text that is safe in a URL."""
        return urlsafe_b64encode(self._signature(purpose, payload) + payload).rstrip(b"=").decode()

    def verify(self, purpose: str, token: str) -> bytes | None:
        """The payload, or None if we did not sign it for this purpose."""
        try:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            return None
        signature, payload = raw[:_SIZE], raw[_SIZE:]
        return payload if hmac.compare_digest(signature, self._signature(purpose, payload)) else None

    def _signature(self, purpose: str, payload: bytes) -> bytes:
        # BLAKE2 with a key is a MAC of its own (RFC 7693), at a fifth of what HMAC costs; every message has a cursor.
        return hashlib.blake2b(purpose.encode() + b"\0" + payload, key=self._key, digest_size=_SIZE).digest()
