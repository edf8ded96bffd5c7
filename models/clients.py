"""The people whose care it is about."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference
from models.search import NAME_KEY


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
        Index("clients_name_search_idx", text(f"{NAME_KEY} gin_trgm_ops"), postgresql_using="gin"),
        Index("clients_email_search_idx", text("lower(email)")),
        Index("clients_phone_search_idx", text("phone_key(phone)")),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    user_id: Mapped[Id | None] = reference("users", nullable=True, index=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    postal_code: Mapped[str | None]
    birth_date: Mapped[date | None]
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
