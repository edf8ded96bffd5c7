"""Images of clients, in two sizes, re-encoded by us."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, identity, reference


class ClientImage(Base):
    """A client's image; another one has another id, so that what is at an address never changes."""

    __tablename__ = "client_images"

    id: Mapped[Id] = identity()
    client_id: Mapped[Id] = reference("clients", unique=True)
    large: Mapped[bytes] = mapped_column(LargeBinary())
    small: Mapped[bytes] = mapped_column(LargeBinary())
    uploaded_by_id: Mapped[Id] = reference("users")
    uploaded_at: Mapped[datetime]
