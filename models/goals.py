"""What a client wants to reach."""

from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class GoalStatus(StrEnum):
    """Where a goal stands."""

    OPEN = "open"
    REACHED = "reached"
    DROPPED = "dropped"


class Goal(Versioned, Base):
    """A goal of one client; referrals can be filed under it."""

    __tablename__ = "goals"
    __table_args__ = (CheckConstraint("status in ('open', 'reached', 'dropped')", name="status"),)

    id: Mapped[Id] = identity()
    client_id: Mapped[Id] = reference("clients", index=True)
    title: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="open")
