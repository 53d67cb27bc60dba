"""What is heard of prices that are set and of takers, between two writings, and how it becomes rows.

Why summed first: marks of hundreds of contracts change several times a second, of which a minute keeps four numbers.
Invariant: a period that is written twice is the same as one that was written once with everything in it.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from sqlalchemy import case, delete, select
from sqlalchemy.orm import DeclarativeBase, Session, aliased

from lonja.modules.statistics.standings import SAMPLED_MS, UTC8_MIDNIGHT_MS, Key, Standing
from lonja.modules.statistics.tables import HeldRow, PriceCandleRow, PriceRow, ProgressRow, StandingRow, TakerRow
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from lonja.storage.rows import insert_into

INDEX: Final = 0
MARK: Final = 1
CANDLES_KEPT_MS: Final = {MINUTE_MS: 2 * DAY_MS, HOUR_MS: 62 * DAY_MS}
TAKERS_KEPT_MS: Final = {SAMPLED_MS: 2 * DAY_MS, HOUR_MS: 62 * DAY_MS}
STANDINGS_KEPT_MS: Final = {SAMPLED_MS: 5 * DAY_MS, HOUR_MS: 62 * DAY_MS, DAY_MS: 1_440 * DAY_MS}
"""How long samples of five minutes, of full hours and of midnights (UTC and UTC+8) are kept."""

EVENTS: Final = "events"
_WORD_MAX: Final = 2**63 - 1
_ROWS_AT_ONCE: Final = 2_000


class SetPrice(NamedTuple):
    """The price of an instrument that was set last, ``kind`` INDEX or MARK; 0 when nobody knows it any more."""

    instrument: int
    kind: int
    price: int
    time_ms: int


class PriceCandle(NamedTuple):
    """Where an index or a mark stood in a minute or an hour in which it was set, ticks."""

    instrument: int
    kind: int
    period_ms: int
    open_time_ms: int
    open: int
    high: int
    low: int
    close: int


class TakerSum(NamedTuple):
    """Lots that takers bought and sold in five minutes or an hour."""

    instrument: int
    period_ms: int
    open_time_ms: int
    bought: int
    sold: int


class Pending:
    """What was heard and is not yet written."""

    def __init__(self) -> None:
        """Nothing."""
        self.begun_again: set[int] = set()
        """Instruments of which nothing counts that was written before."""
        self.prices: dict[tuple[int, int], SetPrice] = {}
        self.candles: dict[tuple[int, int, int], list[int]] = {}
        """Minutes, by instrument, kind and time; hours are made of them when all is written."""
        self.takers: dict[tuple[int, int], list[int]] = {}
        """Five minutes, by instrument and time; so are hours."""
        self.held: dict[Key, int] = {}
        self.standings: list[Standing] = []

    def __len__(self) -> int:
        """About how many rows it will be."""
        return len(self.begun_again) + len(self.candles) + len(self.takers) + len(self.standings) + len(self.held)

    def set_price(self, instrument: int, kind: int, before: int, price: int, time_ms: int) -> None:
        """A price that was ``before`` (0: unknown) is ``price`` from ``time_ms`` on; a candle begins where it stood."""
        self.prices[instrument, kind] = SetPrice(instrument, kind, price, time_ms)
        if not price:
            return
        key = (instrument, kind, time_ms - time_ms % MINUTE_MS)
        candle = self.candles.get(key)
        if candle is None:
            first = before or price
            self.candles[key] = [first, max(first, price), min(first, price), price]
        else:
            _extend(candle, price, price, price)

    def add_taker(self, instrument: int, time_ms: int, bought: int, sold: int) -> None:
        """A taker bought or sold so many lots."""
        key = (instrument, time_ms - time_ms % SAMPLED_MS)
        sums = self.takers.get(key)
        if sums is None:
            self.takers[key] = [bought, sold]
        else:
            sums[0] += bought
            sums[1] += sold

    def drop(self, instrument: int) -> None:
        """Forget everything about an instrument but what is held of it."""
        self.begun_again.add(instrument)
        self.candles = {key: candle for key, candle in self.candles.items() if key[0] != instrument}
        self.takers = {key: sums for key, sums in self.takers.items() if key[0] != instrument}
        self.standings = [one for one in self.standings if one.instrument != instrument]

    def absorb(self, later: "Pending") -> None:
        """Take what was heard after all this."""
        for instrument in later.begun_again:
            self.drop(instrument)
        self.prices |= later.prices
        self.held |= later.held
        self.standings += later.standings
        for key, candle in later.candles.items():
            _merge(self.candles, key, candle)
        for (instrument, time_ms), sums in later.takers.items():
            self.add_taker(instrument, time_ms, *sums)

    def write(self, session: Session, last_sequence: int, time_ms: int) -> None:
        """Keep all of it, and how far it goes."""
        for table in (PriceCandleRow, TakerRow, StandingRow) if self.begun_again else ():
            session.execute(delete(table).where(table.instrument.in_(self.begun_again)))
        _write_prices(session, self.prices.values())
        _write_candles(session, self._candles())
        _write_takers(session, self._takers())
        _write_held(session, self.held)
        # A leap of the clock by months gives samples that are too old before they are written.
        write_standings(session, [one for one in self.standings if _is_kept(one.time_ms, time_ms)])
        session.merge(ProgressRow(part=EVENTS, last_sequence=last_sequence, time_ms=time_ms))

    def _candles(self) -> Iterator[PriceCandle]:
        hours: dict[tuple[int, int, int], list[int]] = {}
        for (instrument, kind, time_ms), candle in sorted(self.candles.items()):
            yield PriceCandle(instrument, kind, MINUTE_MS, time_ms, *candle)
            _merge(hours, (instrument, kind, time_ms - time_ms % HOUR_MS), list(candle))
        for (instrument, kind, time_ms), candle in hours.items():
            yield PriceCandle(instrument, kind, HOUR_MS, time_ms, *candle)

    def _takers(self) -> Iterator[TakerSum]:
        hours: dict[tuple[int, int], list[int]] = {}
        for (instrument, time_ms), (bought, sold) in self.takers.items():
            yield TakerSum(instrument, SAMPLED_MS, time_ms, min(bought, _WORD_MAX), min(sold, _WORD_MAX))
            sums = hours.setdefault((instrument, time_ms - time_ms % HOUR_MS), [0, 0])
            sums[0] += bought
            sums[1] += sold
        for (instrument, time_ms), (bought, sold) in hours.items():
            yield TakerSum(instrument, HOUR_MS, time_ms, min(bought, _WORD_MAX), min(sold, _WORD_MAX))


def _merge(candles: dict[tuple[int, int, int], list[int]], key: tuple[int, int, int], later: list[int]) -> None:
    """Go on with ``later``, which begins where the candle of the same period ended."""
    known = candles.get(key)
    if known is None:
        candles[key] = later
    else:
        _extend(known, *later[1:])


def _extend(candle: list[int], high: int, low: int, close: int) -> None:
    candle[1] = max(candle[1], high)
    candle[2] = min(candle[2], low)
    candle[3] = close


def _write_prices(session: Session, prices: Iterable[SetPrice]) -> None:
    insert = insert_into(session.connection(), PriceRow)
    renewed = {"price": insert.excluded.price, "time_ms": insert.excluded.time_ms}
    rows = [price._asdict() for price in prices]
    if rows:
        session.execute(insert.on_conflict_do_update(index_elements=["instrument", "kind"], set_=renewed), rows)


def _write_candles(session: Session, candles: Iterable[PriceCandle]) -> None:
    """Insert candles, or go on with what is stored of the same period."""
    insert, row = insert_into(session.connection(), PriceCandleRow), PriceCandleRow
    more = insert.excluded
    renewed = {
        "high": case((more.high > row.high, more.high), else_=row.high),
        "low": case((more.low < row.low, more.low), else_=row.low),
        "close": more.close,
    }
    rows = [candle._asdict() for candle in candles]
    if rows:
        keys = ["instrument", "kind", "period_ms", "open_time_ms"]
        session.execute(insert.on_conflict_do_update(index_elements=keys, set_=renewed), rows)


def _write_takers(session: Session, sums: Iterable[TakerSum]) -> None:
    insert, row = insert_into(session.connection(), TakerRow), TakerRow
    more = insert.excluded
    renewed = {
        "bought": case((row.bought > _WORD_MAX - more.bought, _WORD_MAX), else_=row.bought + more.bought),
        "sold": case((row.sold > _WORD_MAX - more.sold, _WORD_MAX), else_=row.sold + more.sold),
    }
    rows = [one._asdict() for one in sums]
    if rows:
        keys = ["instrument", "period_ms", "open_time_ms"]
        session.execute(insert.on_conflict_do_update(index_elements=keys, set_=renewed), rows)


def _write_held(session: Session, held: dict[Key, int]) -> None:
    names = ("account", "instrument", "margin_mode", "position_side")
    insert = insert_into(session.connection(), HeldRow)
    rows = [{**dict(zip(names, key, strict=True)), "lots": lots} for key, lots in held.items()]
    if rows:
        renewed = {"lots": insert.excluded.lots}
        session.execute(insert.on_conflict_do_update(index_elements=list(names), set_=renewed), rows)
        session.execute(delete(HeldRow).where(HeldRow.lots == 0))


def _is_kept(moment_ms: int, now_ms: int) -> bool:
    """Whether a sample of a moment is not yet pruned."""
    age_ms = now_ms - moment_ms
    if age_ms <= STANDINGS_KEPT_MS[SAMPLED_MS]:
        return True
    if age_ms <= STANDINGS_KEPT_MS[HOUR_MS]:
        return moment_ms % HOUR_MS == 0
    return age_ms <= STANDINGS_KEPT_MS[DAY_MS] and moment_ms % DAY_MS in (0, UTC8_MIDNIGHT_MS)


def write_standings(session: Session, standings: Iterable[Standing], *, are_better: bool = False) -> None:
    """Keep samples. Those that are there already were written before a crash and are the same, unless these are better."""
    insert = insert_into(session.connection(), StandingRow)
    renewed = {name: insert.excluded[name] for name in Standing._fields[2:]}
    if are_better:
        insert = insert.on_conflict_do_update(index_elements=["instrument", "time_ms"], set_=renewed)
    else:
        insert = insert.on_conflict_do_nothing()
    rows = [standing._asdict() for standing in standings]
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        session.execute(insert, rows[first : first + _ROWS_AT_ONCE])


def prune(session: Session, now_ms: int) -> None:
    """Let go of what is too old to be asked for; the last candle before that stays, since its price held on."""
    for period_ms, kept_ms in CANDLES_KEPT_MS.items():
        _prune_candles(session, period_ms, now_ms - kept_ms)
    for period_ms, kept_ms in TAKERS_KEPT_MS.items():
        too_old = (TakerRow.period_ms == period_ms) & (TakerRow.open_time_ms < now_ms - kept_ms)
        session.execute(delete(TakerRow).where(too_old))
    time_ms = StandingRow.time_ms
    no_midnight = (time_ms % DAY_MS != 0) & (time_ms % DAY_MS != UTC8_MIDNIGHT_MS)
    session.execute(delete(StandingRow).where(time_ms < now_ms - STANDINGS_KEPT_MS[DAY_MS]))
    session.execute(delete(StandingRow).where(time_ms < now_ms - STANDINGS_KEPT_MS[HOUR_MS], no_midnight))
    session.execute(delete(StandingRow).where(time_ms < now_ms - STANDINGS_KEPT_MS[SAMPLED_MS], time_ms % HOUR_MS != 0))


def _prune_candles(session: Session, period_ms: int, before_ms: int) -> None:
    row, later = PriceCandleRow, aliased(PriceCandleRow)
    of_the_same = (later.instrument == row.instrument) & (later.kind == row.kind) & (later.period_ms == row.period_ms)
    follows = of_the_same & (later.open_time_ms > row.open_time_ms) & (later.open_time_ms <= before_ms)
    is_followed = select(later.open_time_ms).where(follows).correlate(row).exists()
    too_old = (row.period_ms == period_ms) & (row.open_time_ms < before_ms)
    session.execute(delete(row).where(too_old, is_followed).execution_options(synchronize_session=False))


def forget_all(session: Session) -> None:
    """Remove every row that came from events."""
    tables: tuple[type[DeclarativeBase], ...] = (PriceRow, PriceCandleRow, TakerRow, HeldRow, StandingRow, ProgressRow)
    for table in tables:
        session.execute(delete(table))
