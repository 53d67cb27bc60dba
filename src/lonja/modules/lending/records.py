"""What lending remembers beyond the life of a process: interest that accounts paid, and which hours are accrued.

Why here: an hour's interest is taken exactly once, so a new process must know what the last one took. Of whoever owed,
that is read from the engine's events, and an event that a crash kept from these tables is read again from the journal;
an hour in which nobody owed leaves no event and is noted when the engine accepted it. Invariants: accruals and the
sequence up to which they are known change together; the hour of a currency never goes back; ``flush`` may be repeated.
"""

import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from lonja.core.collateral_events import BorrowTermsDefined, InterestAccrued
from lonja.engine.api import EventBatch
from lonja.modules.lending.database import LAYOUT
from lonja.modules.lending.tables import AccrualRow, HourRow, ProgressRow
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.storage.database import transaction

KEPT_MS: Final = 365 * DAY_MS
"""How long accruals can be read."""
_EVENTS: Final = "events"
_PAGE_MAX: Final = 400


class Accrual(NamedTuple):
    """An account paid ``amount`` for ``liability`` of a currency at ``rate`` (millionths of a millionth an hour).

    ``hour_ms`` is when the hour began; amounts are smallest units. ``account`` may be a pocket for isolated margin.
    """

    sequence: int
    time_ms: int
    account: int
    currency: int
    hour_ms: int
    liability: int
    rate: int
    amount: int


class Records:
    """Accruals and hours; events are taken on the engine's thread, the database is written by ``flush``."""

    def __init__(self, database: Engine) -> None:
        """Read what is known; blocking."""
        self._database = database
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._accruals: list[Accrual] = []
        with self._transaction() as session:
            progress = session.get(ProgressRow, _EVENTS)
            self.last_sequence = 0 if progress is None else progress.last_sequence
            self._hours = {row.currency: row.hour_ms for row in session.scalars(select(HourRow))}
        self._is_new = progress is None
        self._written = (-1 if self._is_new else self.last_sequence, dict(self._hours))

    # -- Taking what happens

    def begin_at(self, sequence: int) -> None:
        """Nothing was ever lent up to ``sequence``."""
        self.last_sequence = max(self.last_sequence, sequence)
        self._is_new = False

    def start_over(self) -> None:
        """Forget everything: what is kept is of another history than the engine's, such as one before a restore; blocking."""
        with self._transaction() as session:
            for table in (AccrualRow, HourRow, ProgressRow):
                session.execute(delete(table))
        self._accruals.clear()
        self._hours.clear()
        self.last_sequence, self._is_new, self._written = 0, True, (-1, {})

    def on_batch(self, batch: EventBatch) -> None:
        """Take what a batch tells of interest; quick, and repeated events change nothing."""
        if batch.last_sequence <= self.last_sequence:
            return
        with self._lock:
            for event in batch.events:
                if event.sequence <= self.last_sequence:
                    continue
                if isinstance(event, InterestAccrued):
                    self._on_accrued(event)
                elif isinstance(event, BorrowTermsDefined) and event.currency not in self._hours:
                    # Whoever borrows from now on pays from the next full hour on.
                    self._hours[event.currency] = event.time_ms - event.time_ms % HOUR_MS
            self.last_sequence = batch.last_sequence

    def _on_accrued(self, event: InterestAccrued) -> None:
        hour_ms = max(self._hours.get(event.currency, 0), event.hour_ms)
        self._hours[event.currency] = hour_ms
        owed = (event.account, event.currency, event.hour_ms, event.liability, event.rate, event.amount)
        self._accruals.append(Accrual(event.sequence, event.time_ms, *owed))

    def note_hour(self, currency: int, hour_ms: int) -> None:
        """The engine accepted the interest of an hour, whether or not anybody owed."""
        with self._lock:
            self._hours[currency] = max(self._hours.get(currency, 0), hour_ms)

    def catch_up(self, batches: Iterable[EventBatch]) -> None:
        """Take what was missed, and keep it; blocking.

        When nothing was kept before, all hours up to the last event count as accrued: those in which nobody owed are
        not known any more, and nobody pays for an hour twice.
        """
        last_ms = 0
        for batch in batches:
            self.on_batch(batch)
            last_ms = max([last_ms, *(event.time_ms for event in batch.events)])
        if self._is_new:
            for currency in list(self._hours):
                self.note_hour(currency, last_ms - last_ms % HOUR_MS)
        self.flush()

    # -- Keeping it

    def flush(self) -> None:
        """Write what was taken since the last time; blocking. Raises ``DataError``, and then nothing is lost."""
        with self._flushing:
            with self._lock:
                accruals, written = list(self._accruals), (self.last_sequence, dict(self._hours))
            if written == self._written:
                return
            with self._transaction() as session:
                _write(session, accruals, written[1])
                session.merge(ProgressRow(part=_EVENTS, last_sequence=written[0]))
            with self._lock:
                del self._accruals[: len(accruals)]
            self._written, self._is_new = written, False

    # -- Reading it

    def accrued_ms(self, currency: int) -> int:
        """The last hour for which interest of a currency is accrued; 0 while it is not borrowed."""
        return self._hours.get(currency, 0)

    def accruals(
        self,
        accounts: Sequence[int],
        currencies: Sequence[int] | None = None,
        *,
        before_ms: int | None = None,
        after_ms: int = -1,
        limit: int = 100,
    ) -> list[Accrual]:
        """What accounts paid for hours that began between two times, both exclusive, newest first; blocking.

        All currencies, or those that are named.
        """
        self.flush()
        row = AccrualRow
        wanted = select(row).where(row.account.in_(accounts), row.hour_ms > after_ms)
        if currencies is not None:
            wanted = wanted.where(row.currency.in_(currencies))
        if before_ms is not None:
            wanted = wanted.where(row.hour_ms < before_ms)
        newest = wanted.order_by(row.hour_ms.desc(), row.sequence.desc()).limit(min(limit, _PAGE_MAX))
        with self._transaction() as session:
            return [_accrual(found) for found in session.scalars(newest)]

    def close(self) -> None:
        """Keep what is left, and let the database go."""
        self.flush()
        self._database.dispose()

    def _transaction(self) -> AbstractContextManager[Session]:
        return transaction(self._database, LAYOUT.name)


def _write(session: Session, accruals: Sequence[Accrual], hours: dict[int, int]) -> None:
    for made in accruals:
        session.merge(AccrualRow(**made._asdict()))
    for currency, hour_ms in hours.items():
        session.merge(HourRow(currency=currency, hour_ms=hour_ms))
    if accruals:
        oldest_ms = max(made.hour_ms for made in accruals) - KEPT_MS
        session.execute(delete(AccrualRow).where(AccrualRow.hour_ms < oldest_ms))


def _accrual(row: AccrualRow) -> Accrual:
    owed = (row.account, row.currency, row.hour_ms, row.liability, row.rate, row.amount)
    return Accrual(row.sequence, row.time_ms, *owed)
