"""Changes of images: what they are given and what they answer."""

from datetime import datetime

import strawberry

from schema.errors import UserError, user_errors
from schema.fields import arguments, described, idempotency_key


@arguments
class ClientUploadImageInput:
    """Whose image is to be uploaded."""

    client_id: strawberry.ID = strawberry.field(description="The client.")
    idempotency_key: strawberry.ID | None = idempotency_key()


@described
class ClientUploadImagePayload:
    """Where to send the image."""

    upload_url: str | None = strawberry.field(
        description="PUT the file here with the access token: PNG, JPEG or WebP, at most 10 MB and 40 megapixels."
    )
    expires_at: datetime | None = strawberry.field(description="Until when the address is good.")
    user_errors: list[UserError] = user_errors()
