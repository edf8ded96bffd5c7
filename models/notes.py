"""What people write on a referral."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from models.base import Base, Id, identity, reference


class Note(Base):
    """A note is added and deleted, never edited; a deleted note keeps everything but its text."""

    __tablename__ = "notes"
    __table_args__ = (
        CheckConstraint("(body is null) = (deleted_at is not null)", name="deleted_text_is_gone"),
        CheckConstraint("shared or organization_id is not null", name="internal_to_someone"),
        Index("notes_referral_id_created_at_idx", "referral_id", "created_at", "id"),
    )

    id: Mapped[Id] = identity()
    referral_id: Mapped[Id] = reference("referrals")
    author_id: Mapped[Id] = reference("users")
    organization_id: Mapped[Id | None] = reference("organizations", nullable=True)
    """The author's organization, to which an internal note is kept."""
    shared: Mapped[bool]
    body: Mapped[str | None]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    deleted_by_id: Mapped[Id | None] = reference("users", nullable=True)
