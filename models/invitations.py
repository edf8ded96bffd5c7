"""Invitations: to a client's own account in the portal, and to membership in an organization."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, identity, reference


class InvitationKind(StrEnum):
    """What an invitation is to."""

    PORTAL = "portal"
    MEMBERSHIP = "membership"


class Invitation(Base):
    """A letter to an address; whoever gets it may accept, once, until it is revoked or expires."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("num_nonnulls(accepted_at, revoked_at) < 2", name="one_end"),
        Index(
            "invitations_one_open_of_client_key",
            "client_id",
            unique=True,
            postgresql_where=text("accepted_at is null and revoked_at is null"),
        ),
        Index(
            "invitations_one_open_of_address_key",
            "organization_id",
            func.lower(text("address")),
            unique=True,
            postgresql_where=text("client_id is null and accepted_at is null and revoked_at is null"),
        ),
        Index("invitations_address_idx", func.lower(text("address"))),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    client_id: Mapped[Id | None] = reference("clients", nullable=True)
    """Whose account it will be; null where it is an invitation to membership."""
    role_ids: Mapped[list[str]] = mapped_column(ARRAY(Uuid(as_uuid=False)), server_default=text("'{}'"))
    """The roles that the member will have."""
    address: Mapped[str]
    invited_by_id: Mapped[Id | None] = reference("users", nullable=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    """When it was last sent."""
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
