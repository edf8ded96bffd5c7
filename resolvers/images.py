"""Images: what can be done. The file itself goes to the address that the mutation answers (server/images.py)."""

from datetime import UTC, datetime
from typing import Any

import strawberry

from models.database import Transaction
from policies.actors import Actor
from policies.uploads import Upload
from resolvers.acting import act
from schema.changes.images import ClientUploadImageInput, ClientUploadImagePayload
from schema.context import Info
from workflows import clock, images

LIFETIME = 600.0
"""Seconds for which an address is good."""


@strawberry.type
class ImageMutations:
    """Changing images."""

    @strawberry.mutation(
        description="Ask for an address to which a client's image can be uploaded, within ten minutes."
    )
    async def client_upload_image(self, info: Info, input: ClientUploadImageInput) -> ClientUploadImagePayload:
        async def work(transaction: Transaction, actor: Actor) -> dict[str, Any]:
            assert actor.id is not None
            client = await images.editable(transaction, actor, input.client_id)
            expires_at = clock.now().timestamp() + LIFETIME
            upload = Upload(actor.id, client["id"], expires_at)
            return {"upload_url": info.context.services.upload_url(upload), "expires": expires_at}

        payload = await act(info, input, work, subject="client_id")
        expires = payload["expires"]
        payload["expires_at"] = None if expires is None else datetime.fromtimestamp(expires, UTC)
        return payload  # type: ignore[no-any-return]
