"""Members of the network, the places they work at and the groups their people form."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Imported, Versioned, identity, reference


class OrganizationKind(StrEnum):
    """What a member of the network is to it."""

    AGENCY = "agency"
    CHAPTER = "chapter"
    COMPANY = "company"
    MINISTRY = "ministry"


class Organization(Versioned, Imported, Base):
    """A member of the network."""

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("kind in ('agency', 'chapter', 'company', 'ministry')", name="kind"),
        UniqueConstraint("source", "source_id"),
    )

    id: Mapped[Id] = identity()
    name: Mapped[str]
    kind: Mapped[str]
    description: Mapped[str | None]
    website: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    records_views: Mapped[bool] = mapped_column(server_default="false")
    """Whether opening one of its referrals leaves a line in the referral's history."""
    partner_of_id: Mapped[Id | None] = reference("organizations", nullable=True, index=True)
    """For a partner company, the organization whose business support officers look after it."""
    has_portal: Mapped[bool] = mapped_column(server_default="false")
    """Whether its clients may have accounts."""
    silences_closed: Mapped[bool] = mapped_column(server_default="false")
    """Whether nobody is notified of its closed and inactive clients."""


class Site(Versioned, Imported, Base):
    """A place where an organization meets people."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("sites_postal_code_idx", "postal_code"),
        Index("sites_latitude_longitude_idx", "latitude", "longitude"),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations", index=True)
    name: Mapped[str]
    address: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Group(Versioned, Base):
    """Members of one organization who work together; a team may share the referrals it makes."""

    __tablename__ = "groups"

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations", index=True)
    name: Mapped[str]
    shares_outbound_since: Mapped[datetime | None]
    """Team sharing is on since then; null where it is off."""
