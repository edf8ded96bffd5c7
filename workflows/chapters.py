"""Chapters: their calendars, and the settings of their intake."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import bindparam, select

from models.base import Id
from models.chapters import Chapter
from models.database import Reads, Row, Statement, Transaction
from policies.actors import UUID
from workflows import clock, text
from workflows.business_days import Calendar, calendar
from workflows.refusals import Refusal, RefusedError, not_found

_BY_ID = Chapter.id == bindparam("id", type_=UUID)
_FIND = Statement(select(Chapter).where(_BY_ID))
_NATIONAL = Statement(select(Chapter).where(Chapter.national))


async def found(
    transaction: Transaction,
    organization_id: Id,
    *,
    district: str,
    region: str,
    time_zone: str,
    public_holidays: str | None = None,
    own_holidays: Collection[date] = (),
    live: bool = True,
    national: bool = False,
    stagnation_days: int | None = None,
) -> None:
    """Make an organization a chapter. For set-up, before it has people: it changes the rights of those it has."""
    calendar(time_zone, public_holidays, own_holidays)
    now = clock.now()
    await transaction.insert(
        Chapter,
        id=organization_id,
        district=text.required(district, text.NAME, "district"),
        region=text.required(region, text.NAME, "region"),
        time_zone=time_zone,
        calendar=public_holidays,
        own_holidays=sorted(own_holidays),
        live=live,
        national=national,
        stagnation_days=stagnation_days,
        created_at=now,
        updated_at=now,
    )


async def find(reads: Reads, id: str, *field: str) -> Row:
    """The chapter with this id."""
    chapter = await reads.row(_FIND, id=text.known_id(id, "chapter", *field))
    if chapter is None:
        raise not_found("chapter", *field)
    return chapter


async def queue_for(reads: Reads, chapter: Row, *field: str) -> Row:
    """Whose queue takes in what is meant for this chapter: its own, or the national one where it is not live."""
    if chapter["live"]:
        return chapter
    national = await reads.row(_NATIONAL)
    if national is None or national["id"] == chapter["id"]:
        raise RefusedError(Refusal.INVALID, "The chapter takes no requests, and there is no national queue.", *field)
    return national


def calendar_of(chapter: Row) -> Calendar:
    """The calendar that the chapter keeps."""
    return calendar(chapter["time_zone"], chapter["calendar"], chapter["own_holidays"])


def deadline(chapter: Row, start: datetime) -> datetime:
    """Until when a mentor has time to answer."""
    return calendar_of(chapter).deadline(start, chapter["answer_days"])
