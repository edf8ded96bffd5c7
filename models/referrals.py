"""A client and a program, joined; and the links in e-mails that set a referral's status."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class ReferralStatus(StrEnum):
    """What came of a referral so far."""

    NOT_UPDATED = "not_updated"
    NEEDS_CLIENT_ACTION = "needs_client_action"
    PENDING = "pending"
    REFERRED_ELSEWHERE = "referred_elsewhere"
    ELIGIBLE = "eligible"
    GOT_HELP = "got_help"
    COULDNT_CONTACT = "couldnt_contact"
    NOT_ELIGIBLE = "not_eligible"
    NO_CAPACITY = "no_capacity"
    COULDNT_GET_HELP = "couldnt_get_help"
    NO_LONGER_INTERESTED = "no_longer_interested"


class Category(StrEnum):
    """What a status amounts to (FH3)."""

    NOT_UPDATED = "not_updated"
    IN_PROGRESS = "in_progress"
    HELPED = "helped"
    NOT_HELPED = "not_helped"


CATEGORIES = {
    ReferralStatus.NOT_UPDATED: Category.NOT_UPDATED,
    ReferralStatus.NEEDS_CLIENT_ACTION: Category.IN_PROGRESS,
    ReferralStatus.PENDING: Category.IN_PROGRESS,
    ReferralStatus.REFERRED_ELSEWHERE: Category.IN_PROGRESS,
    ReferralStatus.ELIGIBLE: Category.IN_PROGRESS,
    ReferralStatus.GOT_HELP: Category.HELPED,
    ReferralStatus.COULDNT_CONTACT: Category.NOT_HELPED,
    ReferralStatus.NOT_ELIGIBLE: Category.NOT_HELPED,
    ReferralStatus.NO_CAPACITY: Category.NOT_HELPED,
    ReferralStatus.COULDNT_GET_HELP: Category.NOT_HELPED,
    ReferralStatus.NO_LONGER_INTERESTED: Category.NOT_HELPED,
}


class ReferralMaker(StrEnum):
    """In which part its maker made a referral."""

    HELPER = "helper"
    PROGRAM = "program"
    SEEKER = "seeker"


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} in ({', '.join(repr(value.value) for value in values)})"


class Referral(Versioned, Base):
    """A client is referred to a program."""

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint(_one_of("status", ReferralStatus), name="status"),
        CheckConstraint(_one_of("made_as", ReferralMaker), name="made_as"),
        CheckConstraint("not live or consented_at is not null", name="live_needs_consent"),
        # With what decides whether it reaches the program: both answer who sees it without looking at the row.
        Index(
            "referrals_program_id_created_at_idx",
            "program_id",
            "created_at",
            "id",
            postgresql_include=["live", "consent_ended_at"],
        ),
        Index(
            "referrals_client_id_created_at_idx",
            "client_id",
            "created_at",
            "id",
            postgresql_include=["program_id", "live", "consent_ended_at"],
        ),
        Index("referrals_made_by_id_created_at_idx", "made_by_id", "created_at", "id"),
        Index("referrals_shared_with_idx", "shared_with", postgresql_using="gin"),
    )

    id: Mapped[Id] = identity()
    client_id: Mapped[Id] = reference("clients")
    program_id: Mapped[Id] = reference("programs")
    made_by_id: Mapped[Id] = reference("users")
    made_as: Mapped[str]
    organization_id: Mapped[Id | None] = reference("organizations", nullable=True, index=True)
    """The organization for which it was made; null where a seeker refers themself."""
    shared_with: Mapped[list[str]] = mapped_column(ARRAY(Uuid(as_uuid=False)), server_default=text("'{}'"))
    """The maker's groups and programs whose team sharing was on when it was made; sharing is not retroactive."""
    status: Mapped[str] = mapped_column(server_default="not_updated")
    live: Mapped[bool]
    """False: record keeping only, and never reaches the program."""
    consented_at: Mapped[datetime | None]
    consent_ended_at: Mapped[datetime | None]
    comments: Mapped[str | None]
    goal_id: Mapped[Id | None] = reference("goals", nullable=True, index=True)
    replaced_by_id: Mapped[Id | None] = reference("referrals", nullable=True, index=True)


class StatusLink(Base):
    """A link in one person's e-mail that sets the status of one referral, once."""

    __tablename__ = "status_links"
    __table_args__ = (UniqueConstraint("referral_id", "user_id"),)

    id: Mapped[Id] = identity()
    referral_id: Mapped[Id] = reference("referrals")
    user_id: Mapped[Id] = reference("users", index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    mailed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
