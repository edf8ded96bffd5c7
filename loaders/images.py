"""How images are fetched."""

from sqlalchemy import bindparam, select

from loaders.edges import One
from models.base import Id
from models.database import Reads, Statement
from models.images import ClientImage
from policies import images as policy
from policies.actors import ONE, UUID, Actor

of_client = One(ClientImage, ClientImage.client_id, policy.visible)

SIZES = {
    size: Statement(select(column).where(ClientImage.id == bindparam("id", type_=UUID), policy.visible(ONE)))
    for size, column in (("large", ClientImage.large), ("small", ClientImage.small))
}
"""By the name of a size, the statement that reads it."""


async def content(reads: Reads, actor: Actor, id: Id, size: str) -> bytes | None:
    """The image in this size, as WebP, if the viewer may see it."""
    found: bytes | None = await reads.value(SIZES[size], id=id, **actor.parameters())
    return found
