"""Submissions of clients for the next phase or another persona, their approvals, and the e-mails of denials."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class ProgressionKind(StrEnum):
    """What is recommended."""

    PHASE = "phase"
    PERSONA = "persona"


class ProgressionStatus(StrEnum):
    """What came of it. Who has to act is said by its approvals."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class ApprovalDecision(StrEnum):
    """What an approver said."""

    APPROVED = "approved"
    DENIED = "denied"


class Progression(Versioned, Base):
    """A case manager's submission of a client, for approval."""

    __tablename__ = "progressions"
    __table_args__ = (
        CheckConstraint("kind in ('phase', 'persona')", name="kind"),
        CheckConstraint("status in ('pending', 'approved', 'denied', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'pending') = (waits_for is not null)", name="waits_for"),
        CheckConstraint("(kind = 'phase') = (phase_id is not null)", name="phase"),
        CheckConstraint("(kind = 'persona') = (persona_id is not null)", name="persona"),
        Index(
            "progressions_one_open_key",
            "client_id",
            "kind",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        Index("progressions_organization_id_created_at_idx", "organization_id", "created_at", "id"),
        Index("progressions_client_id_created_at_idx", "client_id", "created_at", "id"),
        Index("progressions_open_idx", "created_at", "id", postgresql_where=text("status = 'pending'")),
    )

    id: Mapped[Id] = identity()
    client_id: Mapped[Id] = reference("clients")
    organization_id: Mapped[Id] = reference("organizations")
    program_id: Mapped[Id] = reference("programs")
    engagement_id: Mapped[Id] = reference("engagements", index=True)
    engagement_revision: Mapped[int]
    """The revision on which it is based."""
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="pending")
    waits_for: Mapped[int | None]
    """The number of the approval that it waits for."""
    from_phase_id: Mapped[Id] = reference("phases")
    phase_id: Mapped[Id | None] = reference("phases", nullable=True)
    campus_id: Mapped[Id] = reference("sites")
    persona_id: Mapped[Id | None] = reference("personas", nullable=True)
    reason: Mapped[str]
    warnings: Mapped[Any] = mapped_column(JSONB, server_default="[]")
    """What was below a threshold of the phase when it was submitted."""
    submitted_by_id: Mapped[Id] = reference("users")
    replaces_id: Mapped[Id | None] = reference("progressions", nullable=True)
    """The one that was denied or withdrawn before."""
    result_id: Mapped[Id | None] = reference("engagements", nullable=True)
    """The engagement that came of it."""


class Approval(Base):
    """A decision that a submission needs, or has had."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("progression_id", "number"),
        CheckConstraint("number in (1, 2)", name="number"),
        CheckConstraint("num_nonnulls(role_id, approver_id) = 1", name="one_approver"),
        CheckConstraint("decision in ('approved', 'denied')", name="decision"),
        CheckConstraint("num_nulls(decision, decided_at, decided_by_id) in (0, 3)", name="decided"),
        CheckConstraint("decision is distinct from 'denied' or comments is not null", name="denied_with_comments"),
    )

    id: Mapped[Id] = identity()
    progression_id: Mapped[Id] = reference("progressions")
    number: Mapped[int]
    approver_id: Mapped[Id | None] = reference("users", nullable=True, index=True)
    role_id: Mapped[Id | None] = reference("roles", nullable=True, index=True)
    """Whoever has this role may decide."""
    decision: Mapped[str | None]
    comments: Mapped[str | None]
    decided_by_id: Mapped[Id | None] = reference("users", nullable=True)
    on_behalf_of_id: Mapped[Id | None] = reference("users", nullable=True)
    """For whom they stood in."""
    decided_at: Mapped[datetime | None]


class DenialMail(Base):
    """An e-mail that tells one person of a denial."""

    __tablename__ = "denial_mails"
    __table_args__ = (UniqueConstraint("progression_id", "user_id"),)

    id: Mapped[Id] = identity()
    progression_id: Mapped[Id] = reference("progressions")
    user_id: Mapped[Id] = reference("users", index=True)
    mailed_at: Mapped[datetime | None]
