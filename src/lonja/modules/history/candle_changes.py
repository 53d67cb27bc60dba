"""What a run of events changes in the stored candles of all instruments.

Why changes: the stored candle is merged with its new trades by the database, so nothing needs to be read first.
Invariant: an hour is the sum of its minutes; an imported minute replaces what was stored of that minute.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, Connection, bindparam, select

from lonja.core.events import CandleImported, Filled
from lonja.modules.history.models import CandleRow
from lonja.modules.history.statements import WORD_MAX, Row, Statements, write
from lonja.primitives.instant import HOUR_MS, MINUTE_MS

Key = tuple[int, int, int]
"""Instrument, length of the period, time it opened."""

_MINUTES: Final = HOUR_MS // MINUTE_MS
_MINUTES_OF_HOUR: Final = (
    select(CandleRow.open, CandleRow.high, CandleRow.low, CandleRow.close, CandleRow.volume, CandleRow.quote_volume)
    .where(CandleRow.instrument == bindparam("instrument"), CandleRow.period_ms == MINUTE_MS)
    .where(
        CandleRow.open_time_ms >= bindparam("hour_ms", type_=BigInteger),
        CandleRow.open_time_ms < bindparam("hour_ms", type_=BigInteger) + HOUR_MS,
    )
    .order_by(CandleRow.open_time_ms)
)
"""Built once: building it costs more than asking."""


class CandleChanges:
    """Changes not yet written."""

    def __init__(self) -> None:
        """Start with none."""
        self._merged: dict[Key, list[int]] = {}
        self._replaced: dict[Key, list[int]] = {}
        self._stale_hours: set[tuple[int, int]] = set()

    def add_trade(self, event: Filled) -> None:
        """Count a trade, told by one of its fills."""
        for period_ms in (MINUTE_MS, HOUR_MS):
            key = (event.instrument, period_ms, event.time_ms - event.time_ms % period_ms)
            candle = self._replaced.get(key) or self._merged.get(key)
            price = event.price
            if candle is None:
                self._merged[key] = [price, price, price, price, event.size, event.notional]
                continue
            candle[1] = max(candle[1], price)
            candle[2] = min(candle[2], price)
            candle[3] = price
            candle[4] = min(candle[4] + event.size, WORD_MAX)
            candle[5] = min(candle[5] + event.notional, WORD_MAX)

    def put_minute(self, event: CandleImported) -> None:
        """Replace a minute."""
        key = (event.instrument, MINUTE_MS, event.open_time_ms)
        self._merged.pop(key, None)
        self._replaced[key] = [event.open, event.high, event.low, event.close, event.volume, event.quote_volume]
        self._stale_hours.add((event.instrument, event.open_time_ms - event.open_time_ms % HOUR_MS))

    def drop(self, instrument: int) -> None:
        """Forget what was traded of an instrument so far."""
        for changes in (self._merged, self._replaced):
            for key in [key for key in changes if key[0] == instrument]:
                del changes[key]
        self._stale_hours = {stale for stale in self._stale_hours if stale[0] != instrument}

    def write(self, connection: Connection, statements: Statements) -> None:
        """Write all changes."""
        for instrument, hour_ms in self._stale_hours:
            self._merged.pop((instrument, HOUR_MS, hour_ms), None)
        write(connection, statements.put_candles, _rows(self._replaced))
        write(connection, statements.merge_candles, _rows(self._merged))
        hours = {
            (instrument, HOUR_MS, hour_ms): self._hour(connection, instrument, hour_ms)
            for instrument, hour_ms in sorted(self._stale_hours)
        }
        write(connection, statements.put_candles, _rows(hours))

    def _hour(self, connection: Connection, instrument: int, hour_ms: int) -> list[int]:
        """The sum of its minutes. A whole hour that is imported at once, as a past is, need not be asked for."""
        keys = ((instrument, MINUTE_MS, time_ms) for time_ms in range(hour_ms, hour_ms + HOUR_MS, MINUTE_MS))
        imported = [minute for minute in map(self._replaced.get, keys) if minute is not None]
        if len(imported) == _MINUTES:
            return _sum(imported)
        return _sum(connection.execute(_MINUTES_OF_HOUR, {"instrument": instrument, "hour_ms": hour_ms}).all())


def _rows(candles: dict[Key, list[int]]) -> list[Row]:
    return [(*key, *candle) for key, candle in candles.items()]


def _sum(minutes: Sequence[Sequence[int]]) -> list[int]:
    opens, highs, lows, closes, volumes, quote_volumes = zip(*minutes, strict=True)
    return [opens[0], max(highs), min(lows), closes[-1], min(sum(volumes), WORD_MAX), min(sum(quote_volumes), WORD_MAX)]
