"""Images of clients."""

from datetime import datetime

import strawberry
from sqlalchemy import func

import models.images as rows
from schema.fields import column, kind


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
