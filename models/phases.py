"""The phases of a program, and what entering each of them takes: all of it data."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class ApproverKind(StrEnum):
    """How the one who approves is found."""

    LEADER = "leader"
    ROLE = "role"
    PERSON = "person"


class Phase(Versioned, Base):
    """A stage of a program; clients go from one to the next."""

    __tablename__ = "phases"
    __table_args__ = (UniqueConstraint("program_id", "position"),)

    id: Mapped[Id] = identity()
    program_id: Mapped[Id] = reference("programs")
    name: Mapped[str]
    position: Mapped[int]
    """Its place in the program's order, from 1."""


class PhaseApprover(Base):
    """Who decides, first or second, whether a client enters the phase."""

    __tablename__ = "phase_approvers"
    __table_args__ = (
        UniqueConstraint("phase_id", "number"),
        CheckConstraint("number in (1, 2)", name="number"),
        CheckConstraint(
            "(kind = 'leader' and num_nonnulls(role_id, user_id) = 0)"
            " or (kind = 'role' and role_id is not null and user_id is null)"
            " or (kind = 'person' and user_id is not null and role_id is null)",
            name="kind",
        ),
    )

    id: Mapped[Id] = identity()
    phase_id: Mapped[Id] = reference("phases")
    number: Mapped[int]
    kind: Mapped[str]
    role_id: Mapped[Id | None] = reference("roles", nullable=True, index=True)
    user_id: Mapped[Id | None] = reference("users", nullable=True, index=True)


class PhaseWarning(Base):
    """An outcome area in which a client should have reached so much before they enter the phase."""

    __tablename__ = "phase_warnings"
    __table_args__ = (
        UniqueConstraint("phase_id", "area"),
        CheckConstraint("threshold between 1 and 100", name="threshold"),
    )

    id: Mapped[Id] = identity()
    phase_id: Mapped[Id] = reference("phases")
    area: Mapped[str]
    threshold: Mapped[int]
    """In percent: less than this is a warning."""


class AutomaticAssignment(Base):
    """At this campus, whoever enters the phase is given a new case manager by itself."""

    __tablename__ = "automatic_assignments"
    __table_args__ = (
        UniqueConstraint("phase_id", "campus_id"),
        CheckConstraint("delay_seconds >= 0", name="delay_seconds"),
    )

    id: Mapped[Id] = identity()
    phase_id: Mapped[Id] = reference("phases")
    campus_id: Mapped[Id] = reference("sites", index=True)
    delay_seconds: Mapped[int] = mapped_column(server_default=text("120"))


class Persona(Base):
    """How an organization describes some of its clients, so that they are met in the right way."""

    __tablename__ = "personas"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: Mapped[Id] = identity()
    organization_id: Mapped[Id] = reference("organizations")
    name: Mapped[str]
