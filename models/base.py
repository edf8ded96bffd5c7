"""What every table shares: ids, versions, times, and where an imported row came from."""

import os
import time
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, MetaData, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Id = str
"""A UUID in its canonical text form. It is unique across all nouns, so it is also the id that clients see."""


def new_id() -> Id:
    """A UUID of version 7: unique, and growing with time, so that new rows land at the end of an index."""
    stamp = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (stamp & (1 << 48) - 1) << 80 | 7 << 76 | (random >> 68) << 64 | 2 << 62 | random & (1 << 62) - 1
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Base(DeclarativeBase):
    """The tables. They are never instantiated: reads select columns as rows, writes go through Transaction."""

    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads it from the class
        str: Text(),
        datetime: DateTime(timezone=True),
        list[str]: ARRAY(Text()),
    }
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "ck": "%(table_name)s_%(constraint_name)s_check",
        }
    )


def identity() -> Mapped[Id]:
    """The primary key of a noun."""
    return mapped_column(Uuid(as_uuid=False), primary_key=True)


def reference(target: str, *, nullable: bool = False, index: bool = False, **options: Any) -> Mapped[Any]:
    """A foreign key to the `id` of another table."""
    return mapped_column(Uuid(as_uuid=False), ForeignKey(f"{target}.id"), nullable=nullable, index=index, **options)


class Versioned:
    """A row that people change: it counts its changes, so that the loser of a race can be told."""

    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Imported:
    """A row that another directory owns: reading it again from there updates it instead of doubling it."""

    source: Mapped[str | None]
    source_id: Mapped[str | None]
