"""What a person can be referred to."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Imported, Versioned, identity, reference
from models.search import by_words, key_of, words_of


class Program(Versioned, Imported, Base):
    """A service of an organization that receives referrals."""

    __tablename__ = "programs"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("programs_name_id_idx", "name", "id"),
        by_words("programs"),
        Index("programs_enrolment_key", "organization_id", unique=True, postgresql_where=text("is_enrolment")),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations", index=True)
    name: Mapped[str]
    name_key: Mapped[str] = key_of("name")
    name_words: Mapped[Any] = words_of("name")
    description: Mapped[str | None]
    eligibility: Mapped[str | None]
    fees: Mapped[str | None]
    website: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    categories: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    shares_outbound_since: Mapped[datetime | None]
    """Team sharing of what its people refer elsewhere is on since then; null where it is off."""
    is_enrolment: Mapped[bool] = mapped_column(server_default="false")
    """Whether it is the organization's enrolment program: whoever is enrolled in it may use the portal fully."""


class ProgramSite(Base):
    """Where a program is offered."""

    __tablename__ = "program_sites"

    program_id: Mapped[Id] = reference("programs", primary_key=True)
    site_id: Mapped[Id] = reference("sites", primary_key=True, index=True)
