"""E-mails on their way: what each is about, to whom it goes, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, identity, reference


class LetterKind(StrEnum):
    """What a letter is about."""

    INVITATION = "invitation"
    NOTIFICATION = "notification"
    DIGEST = "digest"


class Letter(Base):
    """One e-mail to one person. What it says is found when it is sent, and is not kept."""

    __tablename__ = "letters"
    __table_args__ = (
        CheckConstraint("kind in ('invitation', 'notification', 'digest')", name="kind"),
        Index("letters_failed_idx", "organization_id", "failed_at", postgresql_where=text("failed_at is not null")),
        Index(
            "letters_one_digest_key",
            "subject_id",
            unique=True,
            postgresql_where=text("kind = 'digest' and closed_at is null"),
        ),
    )

    id: Mapped[Id] = identity()
    kind: Mapped[str]
    subject_id: Mapped[Id] = mapped_column(Uuid(as_uuid=False))
    """The invitation, the notification, or the person whose digest it is."""
    organization_id: Mapped[Id] = reference("organizations")
    """Whose administrators are told if it cannot be delivered."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    """Since when nothing is added to a digest any more."""
    done_at: Mapped[datetime | None]
    """When it was sent, or was found to be of no more use."""
    failed_at: Mapped[datetime | None]
    """When it was given up: it had been tried too often."""
    reason: Mapped[str | None]
    """Why the last try failed."""
