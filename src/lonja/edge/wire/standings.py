"""How much of contracts was held, and by how many, as rows over time.

Why here: their columns are the wire's. Invariant: rows stand on the grid of their period; where nothing was sampled at a
moment, what was sampled last holds, and before the first sample there is no row.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from lonja.edge.wire.instruments import InstrumentForm
from lonja.modules.marketdata.api import Bar, CandleView
from lonja.modules.statistics.api import Standing
from lonja.primitives.money import format_scaled

INTEREST_PAST_COLUMNS: Final = ("ts", "oi", "oiCcy", "oiUsd")
ACCOUNT_RATIO_COLUMNS: Final = ("ts", "longShortAcctRatio")
POSITION_RATIO_COLUMNS: Final = ("ts", "longShortPosRatio")
RATIO_COLUMNS: Final = ("ts", "ratio")
INTEREST_VOLUME_COLUMNS: Final = ("ts", "oi", "vol")
_RATIO_SCALE: Final = 8
_USD_SCALE: Final = 4


def moments(bar: Bar, begin_ms: int, end_ms: int, limit: int) -> list[int]:
    """When bars open in [begin, end], newest first, at most ``limit``."""
    found: list[int] = []
    start_ms = bar.start(end_ms)
    while start_ms >= begin_ms and len(found) < limit:
        found.append(start_ms)
        start_ms = bar.preceding(start_ms)
    return found


def at_each(samples: Sequence[Standing], times_ms: Iterable[int]) -> Iterator[tuple[int, Standing]]:
    """The sample of one contract that holds at each of some times; times come newest first, samples oldest first."""
    left = len(samples)
    for time_ms in times_ms:
        while left and samples[left - 1].time_ms > time_ms:
            left -= 1
        if not left:
            return
        yield time_ms, samples[left - 1]


def interest_rows(form: InstrumentForm, held: Iterable[tuple[int, Standing]]) -> list[object]:
    """Open interest of one contract: contracts, base currency and quote currency at the mark of the moment."""
    return [
        [
            str(time_ms),
            form.size_text(one.lots),
            form.base_text(one.lots, one.mark),
            form.quote_text(one.lots, one.mark),
        ]
        for time_ms, one in held
    ]


def account_rows(_: InstrumentForm, held: Iterable[tuple[int, Standing]]) -> list[object]:
    """Accounts that are long to accounts that are short."""
    return _ratio_rows((time_ms, one.longs, one.shorts) for time_ms, one in held)


def top_account_rows(_: InstrumentForm, held: Iterable[tuple[int, Standing]]) -> list[object]:
    """The same of the largest accounts alone."""
    return _ratio_rows((time_ms, one.top_longs, one.top_shorts) for time_ms, one in held)


def top_position_rows(_: InstrumentForm, held: Iterable[tuple[int, Standing]]) -> list[object]:
    """What those of them that are long hold to what those hold that are short."""
    return _ratio_rows((time_ms, one.top_long_lots, one.top_short_lots) for time_ms, one in held)


def all_account_rows(samples: Iterable[Sequence[Standing]], times_ms: Sequence[int]) -> list[object]:
    """Accounts that are long to those that are short, of several contracts; who is in several counts in each."""
    longs: dict[int, int] = defaultdict(int)
    shorts: dict[int, int] = defaultdict(int)
    for some in samples:
        for time_ms, one in at_each(some, times_ms):
            longs[time_ms] += one.longs
            shorts[time_ms] += one.shorts
    return _ratio_rows((time_ms, longs[time_ms], shorts[time_ms]) for time_ms in times_ms if time_ms in longs)


def _ratio_rows(counts: Iterable[tuple[int, int, int]]) -> list[object]:
    """Where one side has nobody there is no ratio, and no row."""
    return [
        [str(time_ms), format_scaled((2 * longs * 10**_RATIO_SCALE + shorts) // (2 * shorts), _RATIO_SCALE)]
        for time_ms, longs, shorts in counts
        if longs and shorts
    ]


class InterestVolume:
    """Open interest and trading volume of several contracts in dollars, those they are settled or quoted in."""

    def __init__(self, times_ms: Sequence[int]) -> None:
        """Of bars that open at these times, newest first."""
        self._times_ms = times_ms
        self._interest: dict[int, int] = defaultdict(int)
        self._volume: dict[int, int] = defaultdict(int)

    def add(self, form: InstrumentForm, samples: Sequence[Standing], candles: Iterable[CandleView]) -> None:
        """Count a contract."""
        for time_ms, one in at_each(samples, self._times_ms):
            self._interest[time_ms] += _usd(form.quote_value(one.lots, one.mark), form.quote.scale)
        for candle in candles:
            self._volume[candle.open_time_ms] += _traded_usd(form, candle)

    def rows(self) -> list[object]:
        """One for each bar at whose opening anything was known."""
        return [
            [str(time_ms), *(format_scaled(sums.get(time_ms, 0), _USD_SCALE) for sums in self._sums())]
            for time_ms in self._times_ms
            if time_ms in self._interest
        ]

    def _sums(self) -> tuple[Mapping[int, int], Mapping[int, int]]:
        return self._interest, self._volume


def _traded_usd(form: InstrumentForm, candle: CandleView) -> int:
    if form.is_inverse:
        return _usd(candle.volume * form.lot_value, form.lot_scale)
    return _usd(candle.quote_volume, form.settle.scale)


def _usd(units: int, scale: int) -> int:
    return units * 10**_USD_SCALE // int(10**scale)
