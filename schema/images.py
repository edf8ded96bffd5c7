"""Images of clients."""

from datetime import datetime

import strawberry
from sqlalchemy import func

import models.images as rows
from schema.errors import UserError
from schema.fields import arguments, column, described, idempotency_key, kind


@kind
class ClientImage:
    """A client's image. Fetch it with the access token; another image has another address."""

    id: strawberry.ID = column(rows.ClientImage.id, "Its id.")
    large_url: str = column(
        func.concat("/images/", rows.ClientImage.id, "/large"), "WebP, at most 1,024 pixels wide and high."
    )
    small_url: str = column(
        func.concat("/images/", rows.ClientImage.id, "/small"), "WebP, at most 128 pixels wide and high."
    )
    uploaded_at: datetime = column(rows.ClientImage.uploaded_at, "When it was uploaded.")


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
    user_errors: list[UserError] = strawberry.field(description="Why it was refused; empty where it was done.")
