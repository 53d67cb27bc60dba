"""When dated contracts expire, and what they are called.

Invariant: an expiry that was there a week ago is there until it has passed, so a contract is listed once and lives on.
Source: public announcements on the expiries of November 2023 and June 2024: Fridays at 08:00 UTC; weekly and bi-weekly
every Friday, monthly on the last Friday of a month, quarterly on the last Friday of March, June, September and December;
when two coincide the longer one moves on. From this follow the published days of listing: bi-weekly every Friday,
bi-monthly every third-to-last Friday of a month, bi-quarterly that of January, April, July and October.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from lonja.modules.pricing.terms import ListingTerms
from lonja.primitives.instant import DAY_MS, HOUR_MS

EXPIRY_HOUR: Final = 8
WEEK_MS: Final = 7 * DAY_MS
_FIRST_FRIDAY_MS: Final = DAY_MS + EXPIRY_HOUR * HOUR_MS
"""The first expiry since the epoch began, which was a Thursday."""


class Duration(StrEnum):
    """What people call a dated contract by how long it lives."""

    THIS_WEEK = "this_week"
    NEXT_WEEK = "next_week"
    THIS_MONTH = "this_month"
    NEXT_MONTH = "next_month"
    QUARTER = "quarter"
    NEXT_QUARTER = "next_quarter"


_WEEKS: Final = (Duration.THIS_WEEK, Duration.NEXT_WEEK)
_MONTHS: Final = (Duration.THIS_MONTH, Duration.NEXT_MONTH)
_QUARTERS: Final = (Duration.QUARTER, Duration.NEXT_QUARTER)


class Expiry(NamedTuple):
    """One expiry, and what it is called now."""

    expiry_ms: int
    duration: Duration


def expiries(now_ms: int, terms: ListingTerms) -> list[Expiry]:
    """The expiries after ``now_ms``, by time."""
    taken: dict[int, Duration] = {}
    series = ((_WEEKS, terms.weeks, weeks), (_MONTHS, terms.months, months), (_QUARTERS, terms.quarters, quarters))
    for durations, count, ends in series:
        new = (end for end in ends(now_ms) if end not in taken)
        taken.update(zip(islice(new, count), durations, strict=False))
    return [Expiry(end, taken[end]) for end in sorted(taken)]


class Durations:
    """What dated contracts are called, kept until the next of them ends."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self._called: dict[tuple[str, int], str] = {}
        self._until_ms = 0

    def of(self, underlying: str, expiry_ms: int, now_ms: int, terms: ListingTerms) -> str:
        """What a contract is called at ``now_ms``; "" for one that the calendar does not list."""
        if now_ms >= self._until_ms:
            self._called.clear()
            self._until_ms = next(weeks(now_ms))
        key = (underlying, expiry_ms)
        if key not in self._called:
            self._called[key] = ""
            self._called |= {(underlying, one.expiry_ms): one.duration.value for one in expiries(now_ms, terms)}
        return self._called[key]


def weeks(now_ms: int) -> Iterator[int]:
    """The Fridays at 08:00 UTC after ``now_ms``."""
    end_ms = now_ms - (now_ms - _FIRST_FRIDAY_MS) % WEEK_MS
    while True:
        end_ms += WEEK_MS
        yield end_ms


def months(now_ms: int) -> Iterator[int]:
    """Those that are the last of a month."""
    return (end for end in weeks(now_ms) if _moment(end).month != _moment(end + WEEK_MS).month)


def quarters(now_ms: int) -> Iterator[int]:
    """Those that are the last of March, June, September or December."""
    return (end for end in months(now_ms) if _moment(end).month % 3 == 0)


def name_of(underlying: str, expiry_ms: int) -> str:
    """What a contract is called, such as ``BTC-USDT-251226``."""
    return f"{underlying}-{_moment(expiry_ms):%y%m%d}"


def _moment(time_ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)
