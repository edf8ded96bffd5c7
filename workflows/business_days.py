"""Business days: Monday to Friday, less the holidays that a chapter keeps, in its time zone (SC11)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from workflows.refusals import Refusal, RefusedError

SEARCHED = 3660
"""Days after which a calendar without enough business days is given up: ten years."""


@dataclass(frozen=True)
class Calendar:
    """Which days are business days somewhere, and when they begin and end there."""

    zone: ZoneInfo
    public: str | None
    """Whose public holidays are kept: a country, or a country and a subdivision, such as US-CA."""
    own: frozenset[date] = frozenset()

    def is_business_day(self, day: date) -> bool:
        """Whether people are at work that day."""
        return day.weekday() < 5 and day not in self.own and not (self.public and day in _public(self.public))

    def deadline(self, start: datetime, days: int) -> datetime:
        """When so many business days have passed.

        For what begins on a business day, that is the same time of day, so many business days on. For what begins on
        another day, it is the end of the last of so many business days.
        """
        local = start.astimezone(self.zone)
        day = local.date()
        at, end = (local.time(), timedelta(0)) if self.is_business_day(day) else (time(0), timedelta(days=1))
        for _ in range(days):
            day = self._next(day)
        return self._moment(datetime.combine(day + end, at))

    def _next(self, day: date) -> date:
        for _ in range(SEARCHED):
            day += timedelta(days=1)
            if self.is_business_day(day):
                return day
        raise RefusedError(Refusal.INVALID, "The calendar of the chapter has no business days.")

    def _moment(self, local: datetime) -> datetime:
        """The moment that clocks there show; the later one where they show it twice, or pass over it."""
        return max(local.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))


@lru_cache(256)
def _public(code: str) -> holidays.HolidayBase:
    country, _, subdivision = code.partition("-")
    return holidays.country_holidays(country, subdiv=subdivision or None)


def calendar(time_zone: str, public: str | None, own: Collection[date]) -> Calendar:
    """The calendar of a chapter; refused where its zone or its holidays are not known."""
    try:
        zone = ZoneInfo(time_zone)
    except (ValueError, OSError, LookupError):
        raise RefusedError(Refusal.INVALID, "It is not the name of a time zone.", "timeZone") from None
    if public is not None:
        try:
            _public(public)
        except NotImplementedError:
            raise RefusedError(Refusal.INVALID, "The holidays of this place are not known.", "calendar") from None
    return Calendar(zone, public, frozenset(own))
