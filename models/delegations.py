"""Approvers who are away, and who stands in for them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class DelegationStatus(StrEnum):
    """Where in its period a delegation is."""

    PLANNED = "planned"
    ACTIVE = "active"
    ENDED = "ended"


class Delegation(Versioned, Base):
    """For a period, one member of an organization decides for another."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("status in ('planned', 'active', 'ended')", name="status"),
        CheckConstraint("starts_at < ends_at", name="period"),
        CheckConstraint("delegator_id <> delegate_id", name="two_people"),
        Index("delegations_active_idx", "delegate_id", "delegator_id", postgresql_where=text("status = 'active'")),
        Index("delegations_delegator_id_idx", "delegator_id"),
    )

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations", index=True)
    delegator_id: Mapped[Id] = reference("users")
    delegate_id: Mapped[Id] = reference("users")
    status: Mapped[str] = mapped_column(server_default="planned")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
