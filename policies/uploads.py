"""Addresses to which one person may send the image of one client, for a while."""

import struct
from typing import NamedTuple
from uuid import UUID

from models.base import Id
from policies.signing import Signer

_PURPOSE = "image-upload"
_LAYOUT = "!16s16sd"


class Upload(NamedTuple):
    """Who may send the image of whom, and until when, in seconds since 1970."""

    user_id: Id
    client_id: Id
    expires_at: float


def token(signer: Signer, upload: Upload) -> str:
    """The signed part of the address."""
    packed = struct.pack(_LAYOUT, UUID(upload.user_id).bytes, UUID(upload.client_id).bytes, upload.expires_at)
    return signer.sign(_PURPOSE, packed)


def read(signer: Signer, token: str) -> Upload | None:
    """What the address says, or None if we did not sign it."""
    payload = signer.verify(_PURPOSE, token)
    if payload is None or len(payload) != struct.calcsize(_LAYOUT):
        return None
    user, client, expires_at = struct.unpack(_LAYOUT, payload)
    return Upload(str(UUID(bytes=user)), str(UUID(bytes=client)), expires_at)
