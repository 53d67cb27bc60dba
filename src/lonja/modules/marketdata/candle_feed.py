"""Candles as they change, for those who are told instead of asking.

Invariant: a reader that takes over every candle it is told of knows each one that closed since, as long as no more
than ``POLLED_MAX`` closed between two polls; a clock that jumps further leaves the older ones to be asked for.
"""

from collections.abc import Callable, Sequence
from typing import Final

from lonja.modules.marketdata.records import CandleView

POLLED_MAX: Final = 1_000

CandleReader = Callable[[str, int | None, int], Sequence[CandleView]]
"""Reads the candles of a bar that open after a time (ms, None for no bound), newest first, at most so many."""


class CandleFeed:
    """The candles of one bar that changed since they were last asked for."""

    def __init__(self, read: CandleReader, bar: str) -> None:
        """Nothing counts as changed before the first ``poll``."""
        self._read = read
        self._bar = bar
        self._shown: CandleView | None = None

    @property
    def shown(self) -> CandleView | None:
        """The newest candle that ``poll`` told of."""
        return self._shown

    def poll(self) -> Sequence[CandleView]:
        """Changed candles, oldest first: those that closed meanwhile (confirmed), then the running one."""
        shown = self._shown
        if shown is None:
            rows = self._read(self._bar, None, 1)
        else:
            rows = self._read(self._bar, shown.open_time_ms - 1, POLLED_MAX)
        if not rows or rows[0] == shown:
            return ()
        self._shown = rows[0]
        return [row for row in reversed(rows) if row != shown]
