"""The people whose care it is about."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference
from models.search import FULL_NAME, by_words, key_of, words_of


class ContactPreference(StrEnum):
    """How a client wants to hear from us."""

    EMAIL = "email"
    TEXT = "text"
    PHONE = "phone"
    NONE = "none"


class RecordKind(StrEnum):
    """Whom a record is about."""

    CLIENT = "client"
    EMPLOYEE = "employee"


class RecordStatus(StrEnum):
    """Whether a record is worked with."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    CLOSED = "closed"


class PortalStatus(StrEnum):
    """Whether the person of a record may sign in to the portal with their account."""

    PENDING = "pending"
    ACTIVE = "active"
    BANNED = "banned"


class Client(Versioned, Base):
    """A client's record in one organization; `user_id` is their portal account, where they have one."""

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint("contact_preference in ('email', 'text', 'phone', 'none')", name="contact_preference"),
        CheckConstraint("kind in ('client', 'employee')", name="kind"),
        CheckConstraint("status in ('active', 'inactive', 'closed')", name="status"),
        CheckConstraint("portal_status in ('pending', 'active', 'banned')", name="portal_status"),
        Index("clients_organization_id_last_name_idx", "organization_id", "last_name", "first_name", "id"),
        Index("clients_name_key_idx", "name_key", postgresql_using="gin", postgresql_ops={"name_key": "gin_trgm_ops"}),
        by_words("clients"),
        Index("clients_email_search_idx", text("lower(email)")),
        Index("clients_phone_search_idx", text("phone_key(phone)")),
        Index("clients_case_number_search_idx", text("lower(case_number)")),
        Index("clients_case_number_key", "organization_id", func.lower(text("case_number")), unique=True),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    user_id: Mapped[Id | None] = reference("users", nullable=True, index=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    name_key: Mapped[str] = key_of(FULL_NAME)
    name_words: Mapped[Any] = words_of(FULL_NAME)
    email: Mapped[str | None]
    phone: Mapped[str | None]
    postal_code: Mapped[str | None]
    birth_date: Mapped[date | None]
    contact_preference: Mapped[str] = mapped_column(server_default="email")
    consented_at: Mapped[datetime | None]
    """When the client agreed that live referrals may be made; null where they have not, or no longer."""
    kind: Mapped[str] = mapped_column(server_default="client")
    status: Mapped[str] = mapped_column(server_default="active")
    case_number: Mapped[str | None]
    """Unique in the organization, whatever its case; a deleted record keeps its own."""
    type_id: Mapped[Id | None] = reference("client_types", nullable=True, index=True)
    portal_status: Mapped[str | None]
    """Null where there is no account."""
    enrolled_at: Mapped[datetime | None]
    """When they were enrolled in the organization's enrolment program."""
    record_version: Mapped[int] = mapped_column(server_default=text("1"))
    """Counts the changes of what only the keepers of the record see, so that nobody else can tell of them."""
    deleted_at: Mapped[datetime | None]
    deleted_by_id: Mapped[Id | None] = reference("users", nullable=True)


class ClientType(Versioned, Base):
    """What an organization calls some of its clients; a retired type is given to nobody any more."""

    __tablename__ = "client_types"
    __table_args__ = (Index("client_types_name_key", "organization_id", func.lower(text("name")), unique=True),)

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    name: Mapped[str]
    retired_at: Mapped[datetime | None]


class ClientWarning(Base):
    """A warning indicator on a client's record: what whoever meets the client has to know."""

    __tablename__ = "client_warnings"

    id: Mapped[Id] = identity()
    client_id: Mapped[Id] = reference("clients", index=True)
    text: Mapped[str]
    added_by_id: Mapped[Id | None] = reference("users", nullable=True)
    created_at: Mapped[datetime]


class ClientGroup(Base):
    """That a client is in a group of the organization that keeps the record."""

    __tablename__ = "client_groups"

    client_id: Mapped[Id] = reference("clients", primary_key=True)
    group_id: Mapped[Id] = reference("groups", primary_key=True, index=True)
    added_at: Mapped[datetime]


class ClientNavigator(Base):
    """A member of the client's organization who is there for this client."""

    __tablename__ = "client_navigators"

    client_id: Mapped[Id] = reference("clients", primary_key=True)
    user_id: Mapped[Id] = reference("users", primary_key=True, index=True)
    assigned_at: Mapped[datetime]
