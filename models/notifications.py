"""What people are told about their clients, and how they want to be told."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, identity, reference


class NotificationKind(StrEnum):
    """What a notification is about."""

    NAVIGATOR_ASSIGNED = "navigator_assigned"
    REFERRAL_SUBMITTED = "referral_submitted"
    REFERRAL_STATUS_SET = "referral_status_set"
    NOTE_ADDED = "note_added"
    CLIENT_UPDATED = "client_updated"
    CONSENT_CHANGED = "consent_changed"
    PORTAL_CHANGED = "portal_changed"


class EmailTiming(StrEnum):
    """Whether, and when, a notification comes by e-mail."""

    NEVER = "never"
    AT_ONCE = "at_once"
    DAILY = "daily"


class Notification(Base):
    """Something happened to a client: for one person, or in an organization's queue."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("notifications_user_id_idx", "user_id", "created_at", "id", postgresql_where=text("cleared_at is null")),
        Index(
            "notifications_queue_idx",
            "organization_id",
            "created_at",
            "id",
            postgresql_where=text("user_id is null and cleared_at is null"),
        ),
        Index("notifications_client_id_idx", "client_id", postgresql_where=text("cleared_at is null")),
        Index("notifications_referral_id_idx", "referral_id", postgresql_where=text("cleared_at is null")),
        Index("notifications_digest_idx", "user_id", postgresql_where=text("email = 'daily' and letter_id is null")),
        Index("notifications_letter_id_idx", "letter_id"),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    """The one that keeps the client's record."""
    user_id: Mapped[Id | None] = reference("users", nullable=True)
    """For whom; null where it waits in the organization's queue."""
    kind: Mapped[str]
    client_id: Mapped[Id] = reference("clients")
    referral_id: Mapped[Id | None] = reference("referrals", nullable=True)
    actor_id: Mapped[Id | None] = reference("users", nullable=True)
    """Who did it; null where the system did."""
    in_app: Mapped[bool]
    email: Mapped[str]
    created_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    letter_id: Mapped[Id | None] = reference("letters", nullable=True)
    """The e-mail that tells of it: its own, or a digest."""


class NotificationPreference(Base):
    """How a person wants to be told of one kind of thing; where there is none, the defaults hold."""

    __tablename__ = "notification_preferences"
    __table_args__ = (CheckConstraint("email in ('never', 'at_once', 'daily')", name="email"),)

    user_id: Mapped[Id] = reference("users", primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    in_app: Mapped[bool]
    email: Mapped[str]
