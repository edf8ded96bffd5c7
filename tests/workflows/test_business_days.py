"""The business-day clock, held against somebody who counts the days on their fingers (SC11)."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.business_days import Calendar, calendar
from workflows.refusals import RefusedError

ZONES = (
    "America/Los_Angeles", "America/New_York", "America/St_Johns", "America/Havana", "America/Sao_Paulo", "UTC",
    "Europe/London", "Asia/Kathmandu", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Auckland",
    "Pacific/Apia", "Pacific/Kiritimati",
)  # fmt: skip
PUBLIC = (None, "US", "US-CA", "GB-SCT", "DE-BY", "NZ", "BR", "JP")
_FIRST, _LAST = datetime.fromisoformat("2010-01-01"), datetime.fromisoformat("2032-01-01")
MOMENTS = st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
OWN = st.frozensets(st.dates(date(2010, 1, 1), date(2032, 12, 31)), max_size=3)
bounded = settings(max_examples=400, derandomize=True, database=None, deadline=None)


def at_work(day: date, public: str | None, own: frozenset[date]) -> bool:
    """Whether people are at work, by a calendar that is made for this one day's year."""
    if day.weekday() in (5, 6) or day in own:
        return False
    if public is None:
        return True
    return day not in _holidays(public, day.year)


@lru_cache(500)
def _holidays(public: str, year: int) -> holidays.HolidayBase:
    country, _, subdivision = public.partition("-")
    return holidays.country_holidays(country, subdiv=subdivision or None, years=year)


def counted(start: datetime, days: int, zone: str, public: str | None, own: frozenset[date]) -> tuple[date, time]:
    """The wall's day and time until which there is time, found by going day by day."""
    here = start.astimezone(ZoneInfo(zone))
    day, left = here.date(), days
    works_today = at_work(day, public, own)
    while left:
        day = day + timedelta(days=1)
        if at_work(day, public, own):
            left -= 1
    return (day, here.time()) if works_today else (day + timedelta(days=1), time(0))


@pytest.mark.rule("SC11")
@bounded
@given(MOMENTS, st.integers(1, 12), st.sampled_from(ZONES), st.sampled_from(PUBLIC), OWN)
def test_the_deadline_is_the_one_that_is_counted_day_by_day(
    start: datetime, days: int, zone: str, public: str | None, own: frozenset[date]
) -> None:
    deadline = calendar(zone, public, own).deadline(start, days)
    day, at = counted(start, days, zone, public, own)
    here = deadline.astimezone(ZoneInfo(zone))
    if (here.date(), here.time()) != (day, at):
        # Only where clocks there pass over that time: then it is as much later as they were put forward.
        gap = here.replace(tzinfo=None) - datetime.combine(day, at)
        before, after = (deadline + timedelta(hours=hours) for hours in (-26, 26))
        jump = after.astimezone(here.tzinfo).utcoffset() - before.astimezone(here.tzinfo).utcoffset()  # type: ignore[operator]
        assert gap == jump > timedelta(0)
    assert deadline > start


@pytest.mark.rule("SC11")
@bounded
@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=3)), st.sampled_from(ZONES), st.sampled_from(PUBLIC))
def test_who_is_asked_later_has_no_less_time(start: datetime, later: timedelta, zone: str, public: str | None) -> None:
    there = calendar(zone, public, ())
    assert there.deadline(start + later, 5) >= there.deadline(start, 5) - timedelta(hours=1)
    assert there.deadline(start, 6) > there.deadline(start, 5)


def here(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo("America/Los_Angeles"))  # type: ignore[misc,arg-type]


LOS_ANGELES = Calendar(ZoneInfo("America/Los_Angeles"), "US-CA", frozenset({date(2026, 3, 20)}))


@pytest.mark.rule("SC11")
@pytest.mark.parametrize(
    ("start", "deadline"),
    [
        # A week without anything in it.
        (here(2026, 6, 1, 10, 30), here(2026, 6, 8, 10, 30)),
        # From a Friday, and from a weekend.
        (here(2026, 6, 5, 17), here(2026, 6, 12, 17)),
        (here(2026, 6, 6, 9), here(2026, 6, 13)),
        (here(2026, 6, 7, 23, 59), here(2026, 6, 13)),
        # Over Thanksgiving, and the day after it, which California keeps, too.
        (here(2026, 11, 24, 9), here(2026, 12, 3, 9)),
        # Over the clocks' going forward on the eighth, and the chapter's own holiday on the twentieth.
        (here(2026, 3, 5, 9), here(2026, 3, 12, 9)),
        (here(2026, 3, 16, 9), here(2026, 3, 24, 9)),
        # Over their going back.
        (here(2026, 10, 29, 8), here(2026, 11, 5, 8)),
    ],
)
def test_weeks_that_people_remember(start: datetime, deadline: datetime) -> None:
    assert LOS_ANGELES.deadline(start, 5) == deadline.astimezone(UTC)


@pytest.mark.rule("SC11")
@pytest.mark.parametrize(("zone", "public"), [("Nowhere/At_All", None), ("", None), ("UTC", "XX"), ("UTC", "US-XX")])
def test_a_calendar_that_nobody_knows_is_refused(zone: str, public: str | None) -> None:
    with pytest.raises(RefusedError):
        calendar(zone, public, ())


def test_a_calendar_without_business_days_is_refused() -> None:
    always = frozenset(date(2026, 1, 1) + timedelta(days=i) for i in range(5000))
    with pytest.raises(RefusedError):
        Calendar(ZoneInfo("UTC"), None, always).deadline(datetime(2026, 1, 1, tzinfo=UTC), 1)
