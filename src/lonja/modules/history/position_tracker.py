"""When positions changed last and by which trade, in memory: what the engine does not keep of them.

Why in memory: it belongs to every row of a position, and private pushes need it at every event. Invariant: known of
every position of a customer that is held.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lonja.core.events import AccountCreated, Event, Filled, PositionChanged
from lonja.core.kinds import AccountKind, PositionCause
from lonja.engine.api import EngineViews, EventBatch
from lonja.modules.history.position_fold import Key, PositionRecord, key_of

_CUSTOMER = int(AccountKind.CUSTOMER)
_BY_FILL = int(PositionCause.FILLED)


class PositionTrace(NamedTuple):
    """When a position changed last, and its last trade (0: none that is known)."""

    time_ms: int = 0
    trade_id: int = 0


class PositionTracker:
    """Follows customers' positions. Lives on the engine's thread: subscribe ``on_batch`` and read there."""

    def __init__(self, views: EngineViews) -> None:
        """Call ``prime`` once before the first batch when the engine already holds anything."""
        self._views = views
        self._traces: dict[Key, PositionTrace] = {}
        self._customers: set[int] = set()
        self._trades: dict[int, int] = {}
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._table: dict[type[Event], Callable[[Any], None]] = {
            AccountCreated: self._on_account,
            Filled: self._on_filled,
            PositionChanged: self._on_changed,
        }

    def prime(self, stored: Iterable[PositionRecord]) -> None:
        """Take over what was ``stored`` of the positions that are held, before the first batch."""
        for number in range(self._views.account_count()):
            view = self._views.account(number)
            if view is not None and view.kind == _CUSTOMER:
                self._customers.add(number)
        for record in stored:
            if record.pocket >= 0:
                continue
            self._traces[record.key] = PositionTrace(record.updated_time_ms, record.last_trade_id)

    def on_batch(self, batch: EventBatch) -> None:
        """Take the events of a batch."""
        table = self._table
        for event in batch.events:
            apply = table.get(type(event))
            if apply is not None:
                apply(event)
        self._trades.clear()

    def trace(self, account: int, instrument: int, margin_mode: int, position_side: int) -> PositionTrace:
        """When a position changed last and by which trade; zeros when nothing is known."""
        return self._traces.get((account, instrument, margin_mode, position_side), PositionTrace())

    def _on_account(self, event: AccountCreated) -> None:
        if event.kind == _CUSTOMER:
            self._customers.add(event.account)

    def _on_filled(self, event: Filled) -> None:
        # The changes that a fill causes follow it at once.
        if event.account in self._customers:
            self._trades[event.order_id] = event.trade_id

    def _on_changed(self, event: PositionChanged) -> None:
        if event.account not in self._customers:
            return
        key = key_of(event)
        trade_id = self._trades.get(event.order_id, 0) if event.cause == _BY_FILL else 0
        known = self._traces.get(key)
        self._traces[key] = PositionTrace(event.time_ms, trade_id or (known.trade_id if known else 0))
