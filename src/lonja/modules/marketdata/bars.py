"""Bars: the periods that candles are shown in.

Up to four hours a bar starts at a multiple of its length in UTC. Longer ones start at midnight UTC+8 (16:00 UTC)
unless their name ends in ``utc``. Weeks start on Monday, quarters in January, April, July and October.
Invariant: every bar is made of whole stored periods (seconds, minutes or hours).
"""

from datetime import UTC, datetime
from typing import NamedTuple

from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

UTC8_MS = 8 * HOUR_MS
_MONDAY_MS = 4 * DAY_MS
_MONTHS_A_YEAR = 12
_EPOCH_YEAR = 1970


class Bar(NamedTuple):
    """A kind of period: ``length_ms`` long, or ``months`` calendar months.

    ``shift_ms`` is how far its boundaries lie before those counted from 1970-01-01 UTC. ``source_ms`` is the length
    of the stored periods it is made of.
    """

    name: str
    source_ms: int
    length_ms: int
    months: int = 0
    shift_ms: int = 0

    def start(self, time_ms: int) -> int:
        """When the period that contains ``time_ms`` opened."""
        if self.months:
            month = _month_index(time_ms + self.shift_ms)
            return _month_start(month - month % self.months) - self.shift_ms
        return time_ms - (time_ms + self.shift_ms) % self.length_ms

    def following(self, start_ms: int) -> int:
        """When the period after the one that opened at ``start_ms`` opens."""
        if self.months:
            return _month_start(_month_index(start_ms + self.shift_ms) + self.months) - self.shift_ms
        return start_ms + self.length_ms

    def preceding(self, start_ms: int) -> int:
        """When the period before the one that opened at ``start_ms`` opened."""
        return self.start(start_ms - 1)


def _month_index(time_ms: int) -> int:
    day = datetime.fromtimestamp(time_ms // 1000, UTC)
    return (day.year - _EPOCH_YEAR) * _MONTHS_A_YEAR + day.month - 1


def _month_start(index: int) -> int:
    year, month = divmod(index, _MONTHS_A_YEAR)
    return int(datetime(_EPOCH_YEAR + year, month + 1, 1, tzinfo=UTC).timestamp()) * 1000


def _make_bars() -> dict[str, Bar]:
    bars = [Bar("1s", SECOND_MS, SECOND_MS)]
    bars += [Bar(f"{count}m", MINUTE_MS, count * MINUTE_MS) for count in (1, 3, 5, 15, 30)]
    bars += [Bar(f"{count}H", HOUR_MS, count * HOUR_MS) for count in (1, 2, 4)]
    for suffix, shift_ms in (("", UTC8_MS), ("utc", 0)):
        bars += [Bar(f"{count}H{suffix}", HOUR_MS, count * HOUR_MS, 0, shift_ms) for count in (6, 12)]
        bars += [Bar(f"{count}D{suffix}", HOUR_MS, count * DAY_MS, 0, shift_ms) for count in (1, 2, 3, 5)]
        bars.append(Bar(f"1W{suffix}", HOUR_MS, 7 * DAY_MS, 0, shift_ms - _MONDAY_MS))
        bars += [Bar(f"{count}M{suffix}", HOUR_MS, 0, count, shift_ms) for count in (1, 3)]
    return {bar.name: bar for bar in bars}


BARS: dict[str, Bar] = _make_bars()
"""Every bar by its name."""
