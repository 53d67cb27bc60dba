"""What the exchange remembers of its markets over time: marks and indices, takers, and who holds how much of contracts.

Why beside prices and history: these are sums over everybody, simulated traders included, that no row of anybody's tells.
Invariants: everything follows from the engine's events, in whatever pieces they were heard; what is kept and the sequence
up to which it is known change together; the space it takes is bounded.
"""

import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, and_, func, select
from sqlalchemy.orm import Session

from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import (
    ContractDelivered,
    Event,
    Filled,
    IndexPriceSet,
    InstrumentStateChanged,
    MarkPriceSet,
)
from lonja.core.kinds import InstrumentState, Liquidity, Side
from lonja.engine.api import EventBatch
from lonja.modules.statistics import records
from lonja.modules.statistics.database import LAYOUT
from lonja.modules.statistics.records import INDEX, MARK, Pending, PriceCandle, SetPrice, TakerSum
from lonja.modules.statistics.standings import UTC8_MIDNIGHT_MS, Standing, Standings
from lonja.modules.statistics.tables import HeldRow, PriceCandleRow, PriceRow, ProgressRow, StandingRow, TakerRow
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.storage.database import transaction

_TAKER: Final = int(Liquidity.TAKER)
_BUY: Final = int(Side.BUY)
_PRUNED_EACH_MS: Final = 6 * HOUR_MS
_PENDING_MAX: Final = 50_000


class Statistics:
    """Statistics of one exchange; events are taken on the engine's thread, the database is written by ``flush``."""

    def __init__(self, database: Engine) -> None:
        """Read what is known; blocking. Then tell of funds that exist, and call ``begin``."""
        self._database = database
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._pending = Pending()
        with self._transaction() as session:
            self._load(session)

    def _load(self, session: Session) -> None:
        progress = session.get(ProgressRow, records.EVENTS)
        self.last_sequence = self._written_sequence = 0 if progress is None else progress.last_sequence
        self._prices = {(row.instrument, row.kind): row.price for row in session.scalars(select(PriceRow))}
        held = [
            ((row.account, row.instrument, row.margin_mode, row.position_side), row.lots)
            for row in session.scalars(select(HeldRow))
        ]
        marks = [(instrument, price) for (instrument, kind), price in self._prices.items() if kind == MARK]
        self._standings = Standings(held, marks, 0 if progress is None else progress.time_ms)
        self._pruned_ms = self._standings.time_ms
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._takes: dict[type[Event], Any] = {
            **self._standings.takes,
            Filled: self._on_filled,
            IndexPriceSet: self._on_index,
            ContractIndexSet: self._on_index,
            MarkPriceSet: self._on_mark,
            ContractDelivered: self._on_delivered,
            InstrumentStateChanged: self._on_state,
        }

    # -- Taking what happens

    def know_fund(self, fund_account: int) -> None:
        """A Security Fund that the engine had before the first event told here; before ``begin``."""
        self._standings.know_fund(fund_account)

    def begin(self) -> None:
        """Go on with what was held."""
        self._standings.begin()

    def begin_at(self, sequence: int) -> None:
        """Nothing of interest happened up to ``sequence``."""
        self.last_sequence = max(self.last_sequence, sequence)

    def start_over(self) -> None:
        """Forget everything: what is kept is of another history than the engine's; blocking."""
        with self._transaction() as session:
            records.forget_all(session)
        with self._transaction() as session:
            self._load(session)
        self._pending = Pending()

    def on_batch(self, batch: EventBatch) -> None:
        """Take what a batch tells; quick, and repeated events change nothing."""
        if batch.last_sequence <= self.last_sequence:
            return
        takes, standings, last_sequence = self._takes, self._standings, self.last_sequence
        with self._lock:
            for event in batch.events:
                take = takes.get(type(event))
                if take is None or event.sequence <= last_sequence:
                    continue
                if event.time_ms >= standings.due_ms:
                    self._pending.standings += standings.pass_to(event.time_ms)
                take(event)
            if batch.events:
                self._pending.standings += standings.pass_to(batch.events[-1].time_ms)
            self.last_sequence = batch.last_sequence

    def catch_up(self, batches: Iterable[EventBatch]) -> None:
        """Take what was missed, and keep it; blocking."""
        for batch in batches:
            self.on_batch(batch)
            if len(self._pending) > _PENDING_MAX:
                self.flush()
        self.flush()

    def _on_filled(self, event: Filled) -> None:
        if event.liquidity == _TAKER:
            bought, sold = (event.size, 0) if event.side == _BUY else (0, event.size)
            self._pending.add_taker(event.instrument, event.time_ms, bought, sold)

    def _on_index(self, event: IndexPriceSet | ContractIndexSet) -> None:
        self._on_price(event.instrument, INDEX, event.price, event.time_ms)

    def _on_mark(self, event: MarkPriceSet) -> None:
        self._standings.marked(event)
        self._on_price(event.instrument, MARK, event.price, event.time_ms)

    def _on_delivered(self, event: ContractDelivered) -> None:
        self._end(event.instrument, event.time_ms)

    def _on_state(self, event: InstrumentStateChanged) -> None:
        if event.state == InstrumentState.DELISTED:
            self._end(event.instrument, event.time_ms)
        elif event.state == InstrumentState.PREOPEN:
            self._begin_again(event.instrument, event.time_ms)

    def _end(self, instrument: int, time_ms: int) -> None:
        self._standings.end(instrument)
        if (instrument, MARK) in self._prices:
            self._on_price(instrument, MARK, 0, time_ms)

    def _on_price(self, instrument: int, kind: int, price: int, time_ms: int) -> None:
        key = (instrument, kind)
        self._pending.set_price(instrument, kind, self._prices.get(key, 0), price, time_ms)
        self._prices[key] = price

    def _begin_again(self, instrument: int, time_ms: int) -> None:
        """What goes back to before its opening has no past; what is set stays as it is, since now."""
        self._pending.drop(instrument)
        for kind in (INDEX, MARK):
            price = self._prices.get((instrument, kind), 0)
            if price:
                self._pending.set_price(instrument, kind, 0, price, time_ms)

    # -- Keeping it

    def flush(self) -> None:
        """Write what was taken since the last time; blocking. Raises ``DataError``, and then nothing is lost."""
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            taken, sequence, time_ms = self._pending, self.last_sequence, self._standings.time_ms
            taken.held |= self._standings.changed
            if not len(taken) and sequence == self._written_sequence:
                return
            self._pending, self._standings.changed = Pending(), {}
        try:
            with self._transaction() as session:
                taken.write(session, sequence, time_ms)
                if time_ms // _PRUNED_EACH_MS > self._pruned_ms // _PRUNED_EACH_MS:
                    records.prune(session, time_ms)
        except Exception:
            with self._lock:
                taken.absorb(self._pending)
                self._pending = taken
            raise
        self._written_sequence = sequence
        self._pruned_ms = time_ms

    def put_past(self, standings: Sequence[Standing]) -> None:
        """Keep samples from before the exchange opened, also of the minutes in which it was made ready. Blocking."""
        self.flush()
        with self._flushing, self._transaction() as session:
            records.write_standings(session, standings, are_better=True)

    def knows_past(self, time_ms: int) -> bool:
        """Whether there are samples from before ``time_ms``; blocking."""
        with self._transaction() as session:
            return session.scalar(select(StandingRow.time_ms).where(StandingRow.time_ms < time_ms).limit(1)) is not None

    # -- Reading it

    def set_prices(self) -> list[SetPrice]:
        """Every index and mark as it was set last; blocking, for the start."""
        with self._transaction() as session:
            rows = session.scalars(select(PriceRow))
            return [SetPrice(row.instrument, row.kind, row.price, row.time_ms) for row in rows]

    def price_candles(self, period_ms: int) -> list[PriceCandle]:
        """Minutes or hours of indices and marks that are kept, oldest first; blocking, for the start."""
        table = PriceCandleRow.__table__
        wanted = select(*(table.c[name] for name in PriceCandle._fields)).where(table.c.period_ms == period_ms)
        with self._transaction() as session:
            return [PriceCandle._make(row) for row in session.execute(wanted.order_by(table.c.open_time_ms))]

    def taker_sums(self, period_ms: int) -> list[TakerSum]:
        """What takers bought and sold in five minutes or hours, oldest first; blocking, for the start."""
        table = TakerRow.__table__
        wanted = select(*(table.c[name] for name in TakerSum._fields)).where(table.c.period_ms == period_ms)
        with self._transaction() as session:
            return [TakerSum._make(row) for row in session.execute(wanted.order_by(table.c.open_time_ms))]

    def standings(
        self, instruments: Sequence[int], step_ms: int, begin_ms: int, end_ms: int, now_ms: int
    ) -> list[Standing]:
        """Samples of contracts in [begin, end] as of ``now_ms``, and before them the last one of each; oldest first, blocking.

        Of steps of five minutes all samples count, of an hour those of full hours, of a day those of midnights (UTC and
        UTC+8); where one lacks, the one before holds.
        """
        with self._lock:
            self._pending.standings += self._standings.pass_to(now_ms)
        self.flush()
        table = StandingRow.__table__
        columns, time_ms = [table.c[name] for name in Standing._fields], table.c.time_ms
        on_grid = and_(table.c.instrument.in_(instruments), *_on_grid(time_ms, step_ms))
        before = select(table.c.instrument, func.max(time_ms)).where(on_grid, time_ms < begin_ms)
        with self._transaction() as session:
            inside = session.execute(select(*columns).where(on_grid, time_ms >= begin_ms, time_ms <= end_ms)).all()
            last = session.execute(before.group_by(table.c.instrument)).all()
            older = [
                session.execute(select(*columns).where(table.c.instrument == code, time_ms == at_ms)).one()
                for code, at_ms in last
            ]
        return sorted((Standing._make(row) for row in (*older, *inside)), key=lambda one: (one.time_ms, one.instrument))

    def close(self) -> None:
        """Keep what is left, and let the database go."""
        self.flush()
        self._database.dispose()

    def _transaction(self) -> AbstractContextManager[Session]:
        return transaction(self._database, LAYOUT.name)


def _on_grid(time_ms: ColumnElement[int], step_ms: int) -> list[ColumnElement[bool]]:
    """What holds of the moments that samples of a step are taken at."""
    if step_ms < HOUR_MS:
        return []
    return [time_ms % HOUR_MS == 0] if step_ms < DAY_MS else [time_ms % DAY_MS % UTC8_MIDNIGHT_MS == 0]
