"""Volunteers to whom mentoring requests are assigned, and when they can take one."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class MentorKind(StrEnum):
    """As what a volunteer helps."""

    MENTOR = "mentor"
    EXPERT = "expert"


class Mentor(Versioned, Base):
    """A member of a chapter who mentors, or is an expert on a subject."""

    __tablename__ = "mentors"
    __table_args__ = (
        CheckConstraint("kind in ('mentor', 'expert')", name="kind"),
        CheckConstraint("weekly_limit between 1 and 100", name="weekly_limit"),
        CheckConstraint("paused_until > paused_from", name="pause_has_length"),
        UniqueConstraint("chapter_id", "user_id"),
        Index("mentors_pauses_idx", "paused_from", postgresql_where=text("paused_from is not null")),
    )

    id: Mapped[Id] = identity()
    chapter_id: Mapped[Id] = reference("chapters")
    user_id: Mapped[Id] = reference("users", index=True)
    kind: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default="true")
    languages: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    expertise: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    weekly_limit: Mapped[int | None]
    """How many new requests a week they take; null: as many as their chapter says."""
    paused: Mapped[bool] = mapped_column(server_default="false")
    """Whether they take no new requests now; follows the period below."""
    paused_from: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    """The end of the pause; null beside a beginning: until further notice."""
