"""Requests for a mentor: their way from the queue to a session, and what is kept with them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class MentoringStatus(StrEnum):
    """Who has to act on a request. That there was a session is a fact of its own."""

    UNASSIGNED = "unassigned"
    ASSIGNED_PENDING = "assigned_pending"
    ASSIGNED = "assigned"
    PENDING_REASSIGNMENT = "pending_reassignment"


class RequestSource(StrEnum):
    """Who sent a request in."""

    CLIENT = "client"
    COORDINATOR = "coordinator"
    PUBLIC = "public"


class MatchedBy(StrEnum):
    """How a request's client is known already."""

    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


class AssignmentEnding(StrEnum):
    """How an assignment ended."""

    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    PUT_BACK = "put_back"
    HANDED_BACK = "handed_back"
    REASSIGNED = "reassigned"
    TRANSFERRED = "transferred"


class MailKind(StrEnum):
    """What an e-mail about a request says."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    PUT_BACK = "put_back"
    TRANSFERRED = "transferred"
    STAGNANT = "stagnant"
    TO_CLIENT = "to_client"


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} in ({', '.join(repr(value.value) for value in values)})"


class MentoringRequest(Versioned, Base):
    """Somebody asks for a mentor."""

    __tablename__ = "mentoring_requests"
    __table_args__ = (
        CheckConstraint(_one_of("status", MentoringStatus), name="status"),
        CheckConstraint(_one_of("source", RequestSource), name="source"),
        CheckConstraint(_one_of("matched_by", MatchedBy), name="matched_by"),
        CheckConstraint("num_nonnulls(email, phone) > 0", name="can_be_reached"),
        CheckConstraint("(mentor_id is not null) = (status in ('assigned_pending', 'assigned'))", name="mentor"),
        CheckConstraint("(mentor_id is null) = (mentor_chapter_id is null)", name="mentor_chapter"),
        Index("mentoring_requests_chapter_id_created_at_idx", "chapter_id", "created_at", "id"),
        Index("mentoring_requests_mentor_id_idx", "mentor_id", "created_at", "id"),
        Index(
            "mentoring_requests_moved_at_idx",
            "moved_at",
            postgresql_where=text("session_at is null and stagnant_since is null"),
        ),
    )

    id: Mapped[Id] = identity()
    chapter_id: Mapped[Id] = reference("chapters")
    """In whose queue it is."""
    source: Mapped[str]
    submitted_by_id: Mapped[Id | None] = reference("users", nullable=True)
    client_id: Mapped[Id | None] = reference("clients", nullable=True, index=True)
    """The client's record that it matches."""
    matched_by: Mapped[str | None]
    """How the client is known already: by a record or by an earlier request; null: they are new."""
    first_name: Mapped[str]
    last_name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    postal_code: Mapped[str | None]
    help: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="unassigned")
    status_since: Mapped[datetime]
    moved_at: Mapped[datetime]
    """When something was last done about it."""
    stagnant_since: Mapped[datetime | None]
    session_at: Mapped[datetime | None]
    """When the first session was; it has then left the queue."""
    mentor_id: Mapped[Id | None] = reference("users", nullable=True)
    """Whose it is, pending or accepted."""
    mentor_chapter_id: Mapped[Id | None] = reference("chapters", nullable=True)
    """The chapter for which that person mentors."""


class MentoringAssignment(Base):
    """A request is given to a mentor, who has until the deadline to answer."""

    __tablename__ = "mentoring_assignments"
    __table_args__ = (
        CheckConstraint(_one_of("ending", AssignmentEnding), name="ending"),
        CheckConstraint("(ended_at is null) = (ending is null)", name="ended"),
        Index(
            "mentoring_assignments_one_current_key",
            "request_id",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("mentoring_assignments_request_id_idx", "request_id", "assigned_at", "id"),
        Index("mentoring_assignments_mentor_id_idx", "mentor_id", "assigned_at"),
        Index(
            "mentoring_assignments_deadline_idx",
            "deadline",
            postgresql_where=text("accepted_at is null and ended_at is null"),
        ),
    )

    id: Mapped[Id] = identity()
    request_id: Mapped[Id] = reference("mentoring_requests")
    mentor_id: Mapped[Id] = reference("mentors")
    user_id: Mapped[Id] = reference("users", index=True)
    """The mentor as a person."""
    assigned_by_id: Mapped[Id | None] = reference("users", nullable=True)
    direct: Mapped[bool]
    """Whether the client asked for this mentor themself."""
    assigned_at: Mapped[datetime]
    deadline: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ending: Mapped[str | None]
    reason: Mapped[str | None]
    """Why it was declined, handed back or put back, where somebody said."""
    override_reason: Mapped[str | None]
    """Why it was assigned although the mentor was at their limit."""


class MentoringSession(Base):
    """A mentor and a client have met."""

    __tablename__ = "mentoring_sessions"
    __table_args__ = (Index("mentoring_sessions_request_id_idx", "request_id", "held_at", "id"),)

    id: Mapped[Id] = identity()
    request_id: Mapped[Id] = reference("mentoring_requests")
    mentor_id: Mapped[Id] = reference("users")
    recorded_by_id: Mapped[Id] = reference("users")
    held_at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class MentoringNote(Base):
    """What those who work on a request write for each other."""

    __tablename__ = "mentoring_notes"
    __table_args__ = (Index("mentoring_notes_request_id_idx", "request_id", "created_at", "id"),)

    id: Mapped[Id] = identity()
    request_id: Mapped[Id] = reference("mentoring_requests")
    author_id: Mapped[Id] = reference("users")
    body: Mapped[str]
    created_at: Mapped[datetime]


class MentoringMail(Base):
    """An e-mail about a request: to somebody who works on it, or written to its client."""

    __tablename__ = "mentoring_mails"
    __table_args__ = (
        CheckConstraint(_one_of("kind", MailKind), name="kind"),
        CheckConstraint("(kind = 'to_client') = (num_nulls(address, subject, body, sender_id) = 0)", name="letter"),
        CheckConstraint("(kind = 'to_client') = (user_id is null)", name="recipient"),
        Index("mentoring_mails_request_id_idx", "request_id", "created_at", "id"),
    )

    id: Mapped[Id] = identity()
    request_id: Mapped[Id] = reference("mentoring_requests")
    kind: Mapped[str]
    user_id: Mapped[Id | None] = reference("users", nullable=True)
    address: Mapped[str | None]
    subject: Mapped[str | None]
    body: Mapped[str | None]
    sender_id: Mapped[Id | None] = reference("users", nullable=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class MentoringTransfer(Base):
    """A request goes from one chapter to another."""

    __tablename__ = "mentoring_transfers"
    __table_args__ = (Index("mentoring_transfers_request_id_idx", "request_id", "at", "id"),)

    id: Mapped[Id] = identity()
    request_id: Mapped[Id] = reference("mentoring_requests")
    from_chapter_id: Mapped[Id] = reference("chapters")
    named_chapter_id: Mapped[Id] = reference("chapters")
    """The chapter that was named; where it is not live, the request went to the national queue."""
    to_chapter_id: Mapped[Id] = reference("chapters")
    by_id: Mapped[Id] = reference("users")
    reason: Mapped[str]
    at: Mapped[datetime]


class MentoringOpening(Base):
    """A coordinator has a request open, unless they have not said so for a while."""

    __tablename__ = "mentoring_openings"

    id: Mapped[Id] = identity()
    request_id: Mapped[Id] = reference("mentoring_requests")
    user_id: Mapped[Id] = reference("users")
    opened_at: Mapped[datetime]
    until: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("mentoring_openings_one_key", "request_id", "user_id", unique=True),)
