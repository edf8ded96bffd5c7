"""Images: read by Pillow and written anew in two sizes; nothing but the picture is kept of what came (EL13)."""

import io
from typing import NamedTuple

import anyio.to_thread
from anyio import CapacityLimiter
from PIL import Image, ImageOps
from sqlalchemy import bindparam, delete, select

from models.base import Id, new_id
from models.clients import Client
from models.database import Row, Statement, Transaction
from models.images import ClientImage
from policies import clients as policy
from policies.actors import ONE, UUID, Actor
from workflows import clock, text
from workflows.clients import change_client
from workflows.refusals import Refusal, RefusedError, not_found, require

LARGEST_FILE = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
LARGE, SMALL = 1024, 128
"""The longest side of each size; smaller pictures stay as they are."""

# We look at the size ourselves, before anything is decoded; Pillow's own limit would only warn.
Image.MAX_IMAGE_PIXELS = None
_decoding = CapacityLimiter(1)
"""A picture of forty megapixels takes some hundred megabytes while it is decoded: one at a time."""

_LOCK = Statement(
    select(Client)
    .where(Client.id == bindparam("id", type_=UUID), policy.visible(ONE))
    .with_for_update(of=Client, key_share=True)
)
_FORGET = Statement(delete(ClientImage).where(ClientImage.client_id == bindparam("client_id", type_=UUID)))


class Encoded(NamedTuple):
    """A picture in both sizes, as WebP without metadata."""

    large: bytes
    small: bytes


async def encode(data: bytes) -> Encoded:
    """Both sizes of an uploaded file; refused where it is too large, or no picture of a kind that we take."""
    if len(data) > LARGEST_FILE:
        raise RefusedError(Refusal.TOO_LONG, "The file is larger than 10 MB.")
    return await anyio.to_thread.run_sync(_encode, data, limiter=_decoding)


def _encode(data: bytes) -> Encoded:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise RefusedError(Refusal.TOO_LONG, "The image has more than 40 megapixels.")
            # A JPEG is read at a fraction of its size where that is enough.
            image.draft("RGB", (LARGE, LARGE))
            # Which side is up is metadata, too.
            ImageOps.exif_transpose(image, in_place=True)
            picture = image.convert("RGBA" if image.has_transparency_data else "RGB")
            picture.thumbnail((LARGE, LARGE))
    except RefusedError:
        raise
    except Exception as error:  # whatever a decoder makes of a file that is none
        message = "The file cannot be read as a PNG, JPEG or WebP image."
        raise RefusedError(Refusal.INVALID, message) from error
    return Encoded(_webp(picture, LARGE), _webp(picture, SMALL))


def _webp(picture: Image.Image, side: int) -> bytes:
    # A new picture of the same pixels: it has nothing of the file's profiles and comments to carry over.
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    bare.thumbnail((side, side))
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=80)
    return written.getvalue()


async def editable(transaction: Transaction, actor: Actor, client_id: str) -> Row:
    """The client, locked, if the actor sees the record and may change it."""
    client = await transaction.row(_LOCK, id=text.known_id(client_id, "client", "clientId"), **actor.parameters())
    if client is None:
        raise not_found("client", "clientId")
    require(policy.edit(actor, client), "clientId")
    return client


async def put(transaction: Transaction, actor: Actor, client_id: str, image: Encoded) -> Id:
    """Make this the client's image, in the place of any that there is; answers the image's id."""
    client = await editable(transaction, actor, client_id)
    id = new_id()
    await transaction.rows(_FORGET, client_id=client["id"])
    await transaction.insert(
        ClientImage,
        id=id,
        client_id=client["id"],
        large=image.large,
        small=image.small,
        uploaded_by_id=actor.id,
        uploaded_at=clock.now(),
    )
    await change_client(transaction, actor, client, "client.image_changed", {})
    return id
