"""What is kept of liquidations and of Security Funds: a week of each, so that anybody can look at a bad day afterwards.

Why here: the core knows a fund's balance, not how it came to it. Invariants: a balance is the one that the engine told
with the event; of every fund the last change before that week is kept, so that its balance is known at each moment of it.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from lonja.core.events import Event, FamilyDefined, FundChanged, FundEndowed, PositionChanged, PositionTakenOver
from lonja.core.kinds import PositionCause
from lonja.modules.pricing.tables import FundChangeRow, LiquidationRow
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.storage.rows import insert_into

KEPT_MS: Final = 7 * DAY_MS
ROWS_MAX: Final = 50_000
"""How many rows of a table are kept at most: a storm liquidates many."""

PEAK_KNOWN_MS: Final = 9 * HOUR_MS
"""How far back balances of funds are held in memory: the eight hours that a peak is of, and the hour that runs."""
_PEAKS_MAX: Final = 10_000

ENDOWED: Final = "endowed"
GAINED: Final = "gained"
LOST: Final = "lost"
DELEVERAGED: Final = "deleveraged"


class FundChange(NamedTuple):
    """A Security Fund changed by ``amount`` to ``balance``, smallest units of what it is settled in.

    ``kind``: the house endowed it; it gained or lost by positions that were liquidated, by taking them over, by trading or
    holding them, or by covering what an account owed; or it closed them against winners.
    """

    sequence: int
    family: int
    kind: str
    time_ms: int
    amount: int
    balance: int


class FundBalance(NamedTuple):
    """What a fund had, and when."""

    balance: int
    time_ms: int


class Peaks:
    """When each fund had the highest balances of the last hours, in memory, since warnings ask for it every second.

    Of balances in a row only those are kept that no later one reaches, so the first is the highest.
    """

    def __init__(self) -> None:
        """Nothing is known."""
        self._of: dict[int, deque[FundBalance]] = {}

    def note(self, family: int, time_ms: int, balance: int) -> None:
        """A fund has ``balance`` from ``time_ms`` on."""
        known = self._of.setdefault(family, deque(maxlen=_PEAKS_MAX))
        while known and known[-1].balance < balance:
            known.pop()
        if not known or known[-1].balance != balance:
            known.append(FundBalance(balance, time_ms))
        # What stood when the last hours began counts for them.
        while len(known) > 1 and known[1].time_ms < time_ms - PEAK_KNOWN_MS:
            known.popleft()

    def time_ms(self, family: int, balance: int) -> int | None:
        """Since when a fund had ``balance``, which is its highest of the last hours; None when that is not known."""
        return next((known.time_ms for known in self._of.get(family, ()) if known.balance == balance), None)


class Taken(NamedTuple):
    """What was heard and is not yet written."""

    liquidations: list[PositionTakenOver]
    changes: list[FundChange]


class RiskRecords:
    """Liquidations and changes of funds. Events are taken and handed over under the lock of ``Records``."""

    def __init__(self, session: Session) -> None:
        """Read the last balance of every fund."""
        self._taken = Taken([], [])
        self._family_of: dict[int, int] = {}
        self._balances = {row.family: row.balance for row in session.scalars(_newest_changes())}
        self.peaks = Peaks()
        row = FundChangeRow
        for family, time_ms, balance in session.execute(
            select(row.family, row.time_ms, row.balance).order_by(row.sequence)
        ):
            self.peaks.note(family, time_ms, balance)
        self.takes: Mapping[type[Event], Any] = {
            FamilyDefined: self._on_family,
            FundEndowed: self._on_endowed,
            FundChanged: self._on_changed,
            PositionChanged: self._on_position,
            PositionTakenOver: self._taken.liquidations.append,
        }

    def know(self, family: int, fund_account: int) -> None:
        """The fund of ``family`` belongs to ``fund_account``."""
        self._family_of[fund_account] = family

    def _on_family(self, event: FamilyDefined) -> None:
        self.know(event.family, event.fund_account)

    def _on_endowed(self, event: FundEndowed) -> None:
        self._note(FundChange(event.sequence, event.family, ENDOWED, event.time_ms, event.amount, event.balance))

    def _on_changed(self, event: FundChanged) -> None:
        kind = GAINED if event.amount > 0 else LOST
        self._note(FundChange(event.sequence, event.family, kind, event.time_ms, event.amount, event.balance))

    def _on_position(self, event: PositionChanged) -> None:
        """What a fund took over belongs to its account, and is told like anybody's position."""
        family = self._family_of.get(event.account)
        if family is None:
            return
        amount = event.balance - self._balances.setdefault(family, event.balance)
        is_last_resort = event.cause == PositionCause.DELEVERAGED
        if amount or is_last_resort:
            kind = GAINED if amount > 0 else LOST
            kind = DELEVERAGED if is_last_resort else kind
            self._note(FundChange(event.sequence, family, kind, event.time_ms, amount, event.balance))

    def _note(self, change: FundChange) -> None:
        self._balances[change.family] = change.balance
        self.peaks.note(change.family, change.time_ms, change.balance)
        self._taken.changes.append(change)

    # -- Keeping it

    def taken(self) -> Taken:
        """What is not yet written."""
        return Taken(list(self._taken.liquidations), list(self._taken.changes))

    def forget(self, taken: Taken) -> None:
        """``taken`` is written."""
        del self._taken.liquidations[: len(taken.liquidations)]
        del self._taken.changes[: len(taken.changes)]

    def start_over(self, session: Session) -> None:
        """Forget everything but whose the funds are."""
        for table in (LiquidationRow, FundChangeRow):
            session.execute(delete(table))
        self.forget(self._taken)
        self._balances.clear()
        self.peaks = Peaks()


def write(session: Session, taken: Taken) -> None:
    """Keep what was taken, and let go of what is too old or too much."""
    if taken.liquidations:
        _insert(session, LiquidationRow, taken.liquidations)
        _trim(session, LiquidationRow, taken.liquidations[-1].time_ms, ())
    if taken.changes:
        _insert(session, FundChangeRow, taken.changes)
        now_ms = taken.changes[-1].time_ms
        newest = select(func.max(FundChangeRow.sequence)).group_by(FundChangeRow.family)
        older = newest.where(FundChangeRow.time_ms < now_ms - KEPT_MS)
        _trim(session, FundChangeRow, now_ms, {*session.scalars(newest), *session.scalars(older)})


def _insert(session: Session, table: type[DeclarativeBase], rows: Sequence[PositionTakenOver | FundChange]) -> None:
    """Insert ``rows``; those that are there already were written before a crash and are the same."""
    insert = insert_into(session.connection(), table)
    session.execute(insert.on_conflict_do_nothing(), [row._asdict() for row in rows])


def _trim(session: Session, table: type[LiquidationRow | FundChangeRow], now_ms: int, kept: Collection[int]) -> None:
    surplus = select(table.sequence).order_by(table.sequence.desc()).offset(ROWS_MAX).limit(1)
    last = session.scalar(surplus) or -1
    too_old = (table.time_ms < now_ms - KEPT_MS) | (table.sequence <= last)
    session.execute(delete(table).where(too_old, table.sequence.not_in(kept)))


def read_liquidations(
    session: Session, instruments: Sequence[int], margin_mode: int | None, before_ms: int, after_ms: int, limit: int
) -> list[PositionTakenOver]:
    """Liquidations in ``instruments`` between two times, both exclusive, newest first."""
    row = LiquidationRow
    wanted = select(row).where(row.instrument.in_(instruments), row.time_ms > after_ms, row.time_ms < before_ms)
    if margin_mode is not None:
        wanted = wanted.where(row.margin_mode == margin_mode)
    found = session.scalars(wanted.order_by(row.sequence.desc()).limit(limit))
    return [PositionTakenOver(*(getattr(one, name) for name in PositionTakenOver._fields)) for one in found]


def read_changes(
    session: Session, family: int, kinds: Sequence[str], before_ms: int, after_ms: int, limit: int
) -> list[FundChange]:
    """Changes of ``kinds`` of a family's fund between two times, both exclusive, newest first."""
    row = FundChangeRow
    wanted = select(row).where(row.family == family, row.kind.in_(kinds))
    between = wanted.where(row.time_ms > after_ms, row.time_ms < before_ms)
    return [_change(one) for one in session.scalars(between.order_by(row.sequence.desc()).limit(limit))]


def read_last_change(session: Session, family: int, until_ms: int) -> FundChange | None:
    """The last change of a family's fund up to ``until_ms``, or None when none is kept."""
    row = FundChangeRow
    wanted = select(row).where(row.family == family, row.time_ms <= until_ms)
    found = session.scalar(wanted.order_by(row.sequence.desc()).limit(1))
    return None if found is None else _change(found)


def read_balances(session: Session, family: int, last_ms: int, step_ms: int, count: int) -> list[FundBalance]:
    """What a family's fund had at ``last_ms`` and ``count`` - 1 times before, ``step_ms`` apart; as far as it is known."""
    row, begin_ms = FundChangeRow, last_ms - count * step_ms
    step = (last_ms - row.time_ms) // step_ms
    last_of_steps = select(func.max(row.sequence)).where(row.family == family, row.time_ms > begin_ms)
    wanted = select(row).where(row.sequence.in_(last_of_steps.where(row.time_ms <= last_ms).group_by(step)))
    changed = {(last_ms - one.time_ms) // step_ms: one.balance for one in session.scalars(wanted)}
    before = read_last_change(session, family, begin_ms)
    balance = None if before is None else before.balance
    found = []
    for number in reversed(range(count)):
        balance = changed.get(number, balance)
        if balance is not None:
            found.append(FundBalance(balance, last_ms - number * step_ms))
    return found[::-1]


def read_peak(session: Session, change: FundChange, length_ms: int) -> FundBalance:
    """The highest balance within ``length_ms`` before and with ``change``, what the fund had at their begin included."""
    row, begin_ms = FundChangeRow, change.time_ms - length_ms
    wanted = select(row).where(row.family == change.family, row.sequence <= change.sequence, row.time_ms > begin_ms)
    highest = session.scalar(wanted.order_by(row.balance.desc(), row.sequence).limit(1))
    before = read_last_change(session, change.family, begin_ms)
    known = [one for one in (before, None if highest is None else _change(highest)) if one is not None]
    peak = max(known or [change], key=lambda one: one.balance)
    return FundBalance(peak.balance, peak.time_ms)


def _change(row: FundChangeRow) -> FundChange:
    return FundChange(row.sequence, row.family, row.kind, row.time_ms, row.amount, row.balance)


def _newest_changes() -> Select[Any]:
    newest = select(func.max(FundChangeRow.sequence)).group_by(FundChangeRow.family)
    return select(FundChangeRow).where(FundChangeRow.sequence.in_(newest))
