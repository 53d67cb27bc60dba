"""What prices remember beyond the life of a process: settlements, liquidations, changes of funds, the minutes sampled.

Why here: funding is settled exactly once, so a new process must know what the last one settled. That is read from the
engine's events and from nothing else; an event that a crash kept from these tables is read again from the journal.
Invariants: settlements and the sequence up to which they are known change together; ``flush`` may be repeated.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from lonja.core.events import ContractDelivered, Event, FundingSettled, PositionTakenOver
from lonja.engine.api import EventBatch
from lonja.modules.pricing import risk_records
from lonja.modules.pricing.contract_prices import KEPT_MS
from lonja.modules.pricing.database import LAYOUT
from lonja.modules.pricing.risk_records import FundBalance, FundChange, RiskRecords
from lonja.modules.pricing.sampling import MinuteSum
from lonja.modules.pricing.tables import MinuteRow, ProgressRow, SettlementRow
from lonja.primitives.money import INT_MAX
from lonja.storage.database import transaction
from lonja.storage.rows import insert_into

FUNDING: Final = "funding"
DELIVERY: Final = "delivery"
PREMIUM: Final = "premium"
INDEX: Final = "index"
_EVENTS: Final = "events"
_PAGE_MAX: Final = 400


class Settlement(NamedTuple):
    """Funding settled at ``rate`` (millionths of a millionth), or a delivery; ``price`` in ticks, 0 when not known.

    The sequence of what is told of the time before the exchange opened is below 0.
    """

    sequence: int
    kind: str
    instrument: int
    time_ms: int
    rate: int
    price: int


class Records:
    """Settlements and samples; events are taken on the engine's thread, the database is written by ``flush``."""

    def __init__(self, database: Engine) -> None:
        """Read what is known; blocking."""
        self._database = database
        self._lock, self._flushing = threading.Lock(), threading.Lock()
        self._settlements: list[Settlement] = []
        self._minutes: dict[tuple[str, str, int], MinuteSum] = {}
        with self._transaction() as session:
            progress = session.get(ProgressRow, _EVENTS)
            self.last_sequence = 0 if progress is None else progress.last_sequence
            self._settled = _last_settlements(session)
            self._risk = RiskRecords(session)
        self._written_sequence = self.last_sequence
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._takes: dict[type[Event], Any] = {
            FundingSettled: self._on_settled,
            ContractDelivered: self._on_delivered,
            **self._risk.takes,
        }

    # -- Taking what happens

    def begin_at(self, sequence: int) -> None:
        """Nothing was ever settled up to ``sequence``: there were no contracts."""
        self.last_sequence = max(self.last_sequence, sequence)

    def start_over(self) -> None:
        """Forget everything: what is kept is of another history than the engine's, such as one before a restore; blocking."""
        with self._transaction() as session:
            session.execute(delete(SettlementRow).where(SettlementRow.sequence > 0))
            for table in (MinuteRow, ProgressRow):
                session.execute(delete(table))
            self._risk.start_over(session)
            self._settled = _last_settlements(session)
        self.last_sequence = self._written_sequence = 0

    def know_fund(self, family: int, fund_account: int) -> None:
        """A family that the engine defined before the first event told here."""
        self._risk.know(family, fund_account)

    def on_batch(self, batch: EventBatch) -> None:
        """Take what a batch tells of settlements, liquidations and funds; quick, and repeated events change nothing."""
        if batch.last_sequence <= self.last_sequence:
            return
        takes = self._takes
        with self._lock:
            for event in batch.events:
                take = takes.get(type(event))
                if take is not None and event.sequence > self.last_sequence:
                    take(event)
            self.last_sequence = batch.last_sequence

    def catch_up(self, batches: Iterable[EventBatch]) -> None:
        """Take what was missed, and keep it; blocking."""
        for batch in batches:
            self.on_batch(batch)
        self.flush()

    def note_minutes(self, kind: str, name: str, minutes: Iterable[MinuteSum]) -> None:
        """Keep the samples of some minutes; a minute told again replaces the one before."""
        with self._lock:
            for minute in minutes:
                self._minutes[kind, name, minute.minute_ms] = minute

    def _on_settled(self, event: FundingSettled) -> None:
        made = Settlement(event.sequence, FUNDING, event.instrument, event.time_ms, event.rate, event.price)
        self._settled[event.instrument] = made
        self._settlements.append(made)

    def _on_delivered(self, event: ContractDelivered) -> None:
        made = Settlement(event.sequence, DELIVERY, event.instrument, event.time_ms, 0, event.price)
        self._settlements.append(made)

    # -- Keeping it

    def flush(self) -> None:
        """Write what was taken since the last time; blocking. Raises ``DataError``, and then nothing is lost."""
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            settlements, minutes, sequence = list(self._settlements), dict(self._minutes), self.last_sequence
            risk = self._risk.taken()
        if not minutes and sequence == self._written_sequence:
            return
        with self._transaction() as session:
            for made in settlements:
                session.merge(SettlementRow(**made._asdict()))
            self._write_minutes(session, minutes)
            risk_records.write(session, risk)
            session.merge(ProgressRow(part=_EVENTS, last_sequence=sequence))
        with self._lock:
            del self._settlements[: len(settlements)]
            self._risk.forget(risk)
            self._minutes = {key: kept for key, kept in self._minutes.items() if minutes.get(key) is not kept}
        self._written_sequence = sequence

    def _write_minutes(self, session: Session, minutes: Mapping[tuple[str, str, int], MinuteSum]) -> None:
        """Write samples, and drop those that nobody will ask for any more."""
        if not minutes:
            return
        oldest_ms = max(minute_ms for _, _, minute_ms in minutes) - KEPT_MS
        rows = [
            {"kind": kind, "name": name, "minute_ms": minute_ms, "total": str(kept.total), "samples": kept.samples}
            for (kind, name, minute_ms), kept in minutes.items()
            if minute_ms >= oldest_ms
        ]
        wanted = insert_into(self._database, MinuteRow)
        renewed = {"total": wanted.excluded.total, "samples": wanted.excluded.samples}
        session.execute(wanted.on_conflict_do_update(index_elements=["kind", "name", "minute_ms"], set_=renewed), rows)
        session.execute(delete(MinuteRow).where(MinuteRow.minute_ms < oldest_ms))

    # -- Reading it

    def settled_ms(self, instrument: int) -> int:
        """When funding of a contract was settled last, 0 for never."""
        found = self._settled.get(instrument)
        return 0 if found is None else found.time_ms

    def settled(self, instrument: int) -> Settlement | None:
        """The last settlement of funding of a contract."""
        return self._settled.get(instrument)

    def history(
        self,
        kind: str,
        *instruments: int,
        before_ms: int | None = None,
        after_ms: int = -1,
        limit: int = 100,
    ) -> list[Settlement]:
        """Settlements or deliveries of contracts between two times, both exclusive, newest first; blocking."""
        self.flush()
        wanted = select(SettlementRow).where(
            SettlementRow.kind == kind, SettlementRow.instrument.in_(instruments), SettlementRow.time_ms > after_ms
        )
        if before_ms is not None:
            wanted = wanted.where(SettlementRow.time_ms < before_ms)
        newest = wanted.order_by(SettlementRow.sequence.desc()).limit(min(limit, _PAGE_MAX))
        with self._transaction() as session:
            return [_settlement(row) for row in session.scalars(newest)]

    def liquidations(
        self,
        instruments: Sequence[int],
        margin_mode: int | None = None,
        *,
        before_ms: int | None = None,
        after_ms: int = -1,
        limit: int = 100,
    ) -> list[PositionTakenOver]:
        """What was liquidated in the last week between two times, both exclusive, newest first; blocking."""
        self.flush()
        until_ms, most = INT_MAX if before_ms is None else before_ms, min(limit, _PAGE_MAX)
        with self._transaction() as session:
            return risk_records.read_liquidations(session, instruments, margin_mode, until_ms, after_ms, most)

    def fund_changes(
        self, family: int, kinds: Sequence[str], *, before_ms: int | None = None, after_ms: int = -1, limit: int = 100
    ) -> list[FundChange]:
        """How a Security Fund changed in the last week between two times, both exclusive, newest first; blocking."""
        self.flush()
        until_ms, most = INT_MAX if before_ms is None else before_ms, min(limit, _PAGE_MAX)
        with self._transaction() as session:
            return risk_records.read_changes(session, family, kinds, until_ms, after_ms, most)

    def fund_balances(self, family: int, last_ms: int, step_ms: int, count: int) -> list[FundBalance]:
        """What a Security Fund had at ``last_ms`` and ``count`` - 1 times before, as far as is known; blocking."""
        self.flush()
        with self._transaction() as session:
            return risk_records.read_balances(session, family, last_ms, step_ms, count)

    def fund_peaks(self, changes: Sequence[FundChange], length_ms: int) -> list[FundBalance]:
        """The highest balances within ``length_ms`` before each of ``changes``, and with it; blocking."""
        with self._transaction() as session:
            return [risk_records.read_peak(session, change, length_ms) for change in changes]

    def fund_peak_ms(self, family: int, peak: int) -> int | None:
        """Since when a Security Fund had ``peak``, its highest balance of the last eight hours; None when not known."""
        return self._risk.peaks.time_ms(family, peak)

    def minutes(self, kind: str, name: str, from_ms: int) -> list[MinuteSum]:
        """Samples kept of minutes from ``from_ms`` on, oldest first; blocking."""
        self.flush()
        row = MinuteRow
        wanted = select(row.minute_ms, row.total, row.samples).where(
            row.kind == kind, row.name == name, row.minute_ms >= from_ms
        )
        with self._transaction() as session:
            found = session.execute(wanted.order_by(row.minute_ms))
            return [MinuteSum(minute_ms, int(total), samples) for minute_ms, total, samples in found]

    def knows_past(self) -> bool:
        """Whether anything is told of the time before the exchange opened; blocking."""
        with self._transaction() as session:
            return session.scalar(select(SettlementRow.sequence).where(SettlementRow.sequence < 0).limit(1)) is not None

    def put_past(self, settlements: Sequence[Settlement]) -> None:
        """Keep ``settlements`` from before the exchange opened, oldest first; blocking."""
        with self._transaction() as session:
            rows = [made._asdict() for made in settlements]
            if rows:
                session.execute(insert_into(self._database, SettlementRow).on_conflict_do_nothing(), rows)
        for made in settlements:
            known = self._settled.get(made.instrument)
            if known is None or known.sequence < made.sequence:
                self._settled[made.instrument] = made

    def close(self) -> None:
        """Keep what is left, and let the database go."""
        self.flush()
        self._database.dispose()

    def _transaction(self) -> AbstractContextManager[Session]:
        return transaction(self._database, LAYOUT.name)


def _settlement(row: SettlementRow) -> Settlement:
    return Settlement(row.sequence, row.kind, row.instrument, row.time_ms, row.rate, row.price)


def _last_settlements(session: Session) -> dict[int, Settlement]:
    """The last settlement of funding of every contract."""
    newest = select(func.max(SettlementRow.sequence)).where(SettlementRow.kind == FUNDING)
    rows = session.scalars(
        select(SettlementRow).where(SettlementRow.sequence.in_(newest.group_by(SettlementRow.instrument)))
    )
    return {row.instrument: _settlement(row) for row in rows}
