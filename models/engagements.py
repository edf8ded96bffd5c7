"""Clients in programs: where each of them stands, and who is their case manager."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class EngagementStatus(StrEnum):
    """Whether it is the one that counts."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Engagement(Versioned, Base):
    """A client in one phase of a program, at one campus; entering the next phase begins another engagement."""

    __tablename__ = "engagements"
    __table_args__ = (
        CheckConstraint("status in ('active', 'inactive')", name="status"),
        CheckConstraint("(status = 'inactive') = (ended_at is not null)", name="ended"),
        Index(
            "engagements_one_active_key",
            "client_id",
            "program_id",
            unique=True,
            postgresql_where=text("status = 'active'"),
        ),
        Index("engagements_client_id_started_at_idx", "client_id", "started_at", "id"),
        Index("engagements_organization_id_started_at_idx", "organization_id", "started_at", "id"),
        Index("engagements_caseload_idx", "case_manager_id", postgresql_where=text("status = 'active'")),
    )

    id: Mapped[Id] = identity()
    client_id: Mapped[Id] = reference("clients")
    organization_id: Mapped[Id] = reference("organizations")
    """Whose program it is, and who keeps the client's record."""
    program_id: Mapped[Id] = reference("programs", index=True)
    phase_id: Mapped[Id] = reference("phases", index=True)
    campus_id: Mapped[Id] = reference("sites", index=True)
    persona_id: Mapped[Id | None] = reference("personas", nullable=True)
    status: Mapped[str] = mapped_column(server_default="active")
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    """Grows with each change of phase, persona or status: what was submitted on an older one is stale."""
    previous_id: Mapped[Id | None] = reference("engagements", nullable=True)
    case_manager_id: Mapped[Id | None] = reference("users", nullable=True)
    leader_id: Mapped[Id | None] = reference("users", nullable=True, index=True)
    """Who is alerted where nobody can be assigned."""
    assignment_due_at: Mapped[datetime | None]
    """When a new case manager is assigned by itself; null where none is."""
    alerted_at: Mapped[datetime | None]
    """Since when the leader is alerted that nobody was eligible."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CaseManagerAssignment(Base):
    """Who was a client's case manager in an engagement, from one day to another, and why."""

    __tablename__ = "case_manager_assignments"
    __table_args__ = (
        Index(
            "case_manager_assignments_one_current_key",
            "engagement_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("case_manager_assignments_engagement_id_started_at_idx", "engagement_id", "started_at", "id"),
    )

    id: Mapped[Id] = identity()
    engagement_id: Mapped[Id] = reference("engagements")
    case_manager_id: Mapped[Id] = reference("users", index=True)
    assigned_by_id: Mapped[Id | None] = reference("users", nullable=True)
    """Null: the system did."""
    reason: Mapped[str]
    candidates: Mapped[Any] = mapped_column(JSONB, server_default="[]")
    """Of an automatic one: who was eligible, with how many clients, in the order of choice."""
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Outcome(Versioned, Base):
    """How far a client has come in an outcome area."""

    __tablename__ = "outcomes"
    __table_args__ = (
        UniqueConstraint("engagement_id", "area"),
        CheckConstraint("percent between 0 and 100", name="percent"),
    )

    id: Mapped[Id] = identity()
    engagement_id: Mapped[Id] = reference("engagements")
    area: Mapped[str]
    percent: Mapped[int]
