"""Partner companies: their business units, and the case managers who work with us, with a login or without."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference
from models.search import FULL_NAME, by_words, key_of, words_of


class RecruitmentStatus(StrEnum):
    """How far a case manager has come towards booking with us."""

    RECRUITING = "recruiting"
    ONBOARDING = "onboarding"
    ONBOARDED = "onboarded"
    NON_BOOKING_CONTACT = "non_booking_contact"


class ConsentMethod(StrEnum):
    """How somebody agreed to promotions."""

    EMAIL = "email"
    PHONE = "phone"
    IN_PERSON = "in_person"
    WEBSITE = "website"
    PAPER = "paper"


class BusinessUnit(Versioned, Base):
    """A part of a partner company; its members see the referrals that their colleagues in it make."""

    __tablename__ = "business_units"
    __table_args__ = (
        UniqueConstraint("company_id", "name"),
        # What a case manager's unit is held against: it is of their company.
        UniqueConstraint("id", "company_id"),
    )

    id: Mapped[Id] = identity()
    company_id: Mapped[Id] = reference("organizations")
    name: Mapped[str]


class Position(Versioned, Base):
    """A value of the list from which an organization chooses the positions of its partners' case managers."""

    __tablename__ = "positions"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    name: Mapped[str]
    retired_at: Mapped[datetime | None]
    """Since when it is not chosen any more; those who have it keep it."""


class CaseManager(Versioned, Base):
    """Somebody at a partner company; `user_id` is their login, where they have one."""

    __tablename__ = "case_managers"
    __table_args__ = (
        CheckConstraint(
            "recruitment_status in ('recruiting', 'onboarding', 'onboarded', 'non_booking_contact')",
            name="recruitment_status",
        ),
        CheckConstraint(
            "promotions_method in ('email', 'phone', 'in_person', 'website', 'paper')", name="promotions_method"
        ),
        CheckConstraint("(promotions_since is null) = (promotions_method is null)", name="promotions_when_and_how"),
        CheckConstraint("(bso_id is null) = (bso_assigned_at is null)", name="bso_with_date"),
        CheckConstraint("user_id is null or email is not null", name="login_needs_email"),
        ForeignKeyConstraint(
            ["business_unit_id", "company_id"],
            ["business_units.id", "business_units.company_id"],
            name="case_managers_business_unit_id_fkey",
        ),
        Index("case_managers_user_id_key", "user_id", unique=True),
        Index("case_managers_company_id_last_name_idx", "company_id", "last_name", "first_name", "id"),
        Index("case_managers_business_unit_id_idx", "business_unit_id"),
        by_words("case_managers"),
        Index("case_managers_email_search_idx", text("lower(email)")),
        Index("case_managers_phone_search_idx", text("phone_key(phone)")),
    )

    id: Mapped[Id] = identity()
    company_id: Mapped[Id] = reference("organizations")
    business_unit_id: Mapped[Id | None] = mapped_column(Uuid(as_uuid=False))
    user_id: Mapped[Id | None] = reference("users", nullable=True)
    first_name: Mapped[str]
    last_name: Mapped[str]
    name_key: Mapped[str] = key_of(FULL_NAME)
    name_words: Mapped[Any] = words_of(FULL_NAME)
    email: Mapped[str | None]
    title: Mapped[str | None]
    phone: Mapped[str | None]
    mobile: Mapped[str | None]
    position_id: Mapped[Id | None] = reference("positions", nullable=True)
    suburb: Mapped[str | None]
    postcode: Mapped[str | None]
    state: Mapped[str | None]
    linkedin: Mapped[str | None]
    referral_source: Mapped[str | None]
    recruitment_status: Mapped[str] = mapped_column(server_default="recruiting")
    bso_id: Mapped[Id | None] = reference("users", nullable=True)
    """The business support officer who looks after them."""
    bso_assigned_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    """When a person confirmed the contact details; null since they were last changed."""
    verified_by_id: Mapped[Id | None] = reference("users", nullable=True)
    promotions_since: Mapped[datetime | None]
    promotions_method: Mapped[str | None]
    deactivated_at: Mapped[datetime | None]
    created_by_id: Mapped[Id] = reference("users")


class Activation(Base):
    """A link in an e-mail with which the owner of a new login chooses their password, once."""

    __tablename__ = "activations"

    id: Mapped[Id] = identity()
    user_id: Mapped[Id] = reference("users", index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class Confirmation(Base):
    """That a case manager was told by e-mail that the referral they made has been sent."""

    __tablename__ = "confirmations"

    referral_id: Mapped[Id] = reference("referrals", primary_key=True)
    mailed_at: Mapped[datetime]
