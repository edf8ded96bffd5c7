"""The people whose care it is about."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class ContactPreference(StrEnum):
    """How a client wants to hear from us."""

    EMAIL = "email"
    TEXT = "text"
    PHONE = "phone"
    NONE = "none"


class Client(Versioned, Base):
    """A client's record in one organization; `user_id` is their portal account, where they have one."""

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("contact_preference in ('email', 'text', 'phone', 'none')", name="contact_preference"),
        Index("clients_organization_id_last_name_idx", "organization_id", "last_name", "first_name", "id"),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    user_id: Mapped[Id | None] = reference("users", nullable=True, index=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    postal_code: Mapped[str | None]
    contact_preference: Mapped[str] = mapped_column(server_default="email")
    consented_at: Mapped[datetime | None]
    """When the client agreed that live referrals may be made; null where they have not, or no longer."""
    deleted_at: Mapped[datetime | None]


class ClientNavigator(Base):
    """A member of the client's organization who is there for this client."""

    __tablename__ = "client_navigators"

    client_id: Mapped[Id] = reference("clients", primary_key=True)
    user_id: Mapped[Id] = reference("users", primary_key=True, index=True)
    assigned_at: Mapped[datetime]
