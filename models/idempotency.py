"""What a repeated request has already done."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, reference


class IdempotencyKey(Base):
    """A person's request that acted: the same key answers with its result instead of acting again."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[Id] = reference("users", primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[str]
    result: Mapped[Any | None] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(index=True)
