"""The log: history, outbox and feed in one. Append-only; a position is given after commit.

Invariants:
- Positions are contiguous from 1, and the order in which they are given never changes.
- A position is given only to a committed event, by `number_events()`, under one advisory lock, in id order.
- Events that are numbered together may have been committed in another order than that of their ids; an event says how
  far that goes (`numbered_to`).
- Workflows lock the row that they change before they write its event, so one subject's events are in causal order.
- An event holds ids and transitions, never note texts.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Id, reference

CHANNEL = "throughline"
"""The channel on which numbering tells every process that the log has grown."""


class Event(Base):
    """Something that happened."""

    __tablename__ = "events"
    __table_args__ = (
        Index("events_unnumbered_idx", "id", postgresql_where=text("position is null")),
        Index("events_record_idx", "record_id", "id"),
        Index("events_topics_idx", "topics", postgresql_using="gin"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    numbered_to: Mapped[int | None] = mapped_column(BigInteger)
    """The last position that was given together with its own: what lies between may have been committed before it."""
    action: Mapped[str]
    """What happened, as noun and verb: `referral.status_set`."""
    subject_id: Mapped[Id] = mapped_column(Uuid(as_uuid=False))
    version: Mapped[int]
    """The subject's version after it."""
    kind: Mapped[str]
    """The noun on whose dashboards it shows: a note's event shows on its referral."""
    record_id: Mapped[Id] = mapped_column(Uuid(as_uuid=False))
    """The one of that noun."""
    actor_id: Mapped[Id | None] = reference("users", nullable=True)
    """Who did it; null where the system did."""
    on_behalf_of_id: Mapped[Id | None] = reference("users", nullable=True)
    internal_to_id: Mapped[Id | None] = reference("organizations", nullable=True)
    """Only members of this organization may know of it."""
    before: Mapped[Any | None] = mapped_column(JSONB)
    after: Mapped[Any | None] = mapped_column(JSONB)
    topics: Mapped[list[str]]
    """Whose streams it may concern; the policy decides at delivery."""
    ended_topics: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """Whose sight of the record may have ended with it."""
    at: Mapped[datetime]


class Log(Base):
    """One row: how far the log is numbered, and which log it is."""

    __tablename__ = "log"

    epoch: Mapped[Id] = mapped_column(Uuid(as_uuid=False), primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger, server_default="0")
    home: Mapped[str] = mapped_column(server_default="")
    """Where it is kept: a log that finds itself elsewhere is a restored copy, and so another one."""


NUMBER_EVENTS = f"""
create function number_events() returns bigint language plpgsql as $$
declare
    old_head bigint;
    new_head bigint;
begin
    -- Its own statement: in READ COMMITTED the next one then sees all that committed before we got the lock.
    perform pg_advisory_xact_lock({0x7468726F75676821});
    select head into old_head from log;
    with unnumbered as (
        select id, old_head + row_number() over (order by id) as given, old_head + count(*) over () as last
        from events where position is null
    ), numbered as (
        update events set position = given, numbered_to = last
        from unnumbered where events.id = unnumbered.id returning given
    )
    select max(given) into new_head from numbered;
    if new_head is null then
        return old_head;
    end if;
    update log set head = new_head;
    perform pg_notify('{CHANNEL}', '');
    return new_head;
end $$;
"""  # noqa: S608 -- our own constants

SETTLE_EPOCH = """
create function settle_epoch() returns void language sql as $$
    update log set epoch = gen_random_uuid(), home = here.home
    from (
        select concat_ws(
            '/',
            (select system_identifier from pg_control_system()),
            (select timeline_id from pg_control_checkpoint()),
            (select oid from pg_database where datname = current_database()),
            'log'::regclass::oid
        ) as home
    ) as here
    where log.home <> here.home;
$$;
"""
