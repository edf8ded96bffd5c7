"""Chapters: organizations that take in mentoring requests, each with a queue, a calendar and settings of its own."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned


class Chapter(Versioned, Base):
    """What an organization of the kind "chapter" is besides; its id is the organization's."""

    __tablename__ = "chapters"
    __table_args__ = (
        CheckConstraint("answer_days between 1 and 60", name="answer_days"),
        CheckConstraint("stagnation_days between 1 and 365", name="stagnation_days"),
        CheckConstraint("weekly_limit between 1 and 100", name="weekly_limit"),
        Index("chapters_one_national_key", "national", unique=True, postgresql_where=text("national")),
    )

    id: Mapped[Id] = mapped_column(Uuid(as_uuid=False), ForeignKey("organizations.id"), primary_key=True)
    district: Mapped[str]
    region: Mapped[str]
    time_zone: Mapped[str]
    """Its IANA name."""
    calendar: Mapped[str | None]
    """The public holidays that it keeps, as country or country and subdivision: US, US-CA."""
    own_holidays: Mapped[list[date]] = mapped_column(ARRAY(Date()), server_default=text("'{}'"))
    """The days that it keeps besides."""
    live: Mapped[bool] = mapped_column(server_default="true")
    """Whether it takes in requests; those of others go to the national queue."""
    national: Mapped[bool] = mapped_column(server_default="false")
    """Whether its queue is the national one."""
    answer_days: Mapped[int] = mapped_column(server_default="5")
    """How many business days a mentor has to answer."""
    stagnation_days: Mapped[int | None]
    """After how many days without movement a request is stagnant; null: never."""
    weekly_limit: Mapped[int | None]
    """How many new requests a week a mentor gets who has set no limit; null: any number."""
