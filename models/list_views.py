"""Lists as somebody wants to see them: saved under a name, one of them pinned."""

from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, Versioned, identity, reference


class ListView(Versioned, Base):
    """One person's view of a list of the API: the arguments with which they ask for it."""

    __tablename__ = "list_views"
    __table_args__ = (
        UniqueConstraint("user_id", "list", "name"),
        Index("list_views_one_pinned_key", "user_id", "list", unique=True, postgresql_where=text("pinned")),
    )

    id: Mapped[Id] = identity()
    user_id: Mapped[Id] = reference("users")
    list: Mapped[str]
    """As `Viewer.approvals`: the type, and its field."""
    name: Mapped[str]
    arguments: Mapped[Any] = mapped_column(JSONB, server_default="{}")
    pinned: Mapped[bool] = mapped_column(server_default="false")
