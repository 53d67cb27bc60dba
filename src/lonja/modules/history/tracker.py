"""Customers' orders in memory: the open ones and those that ended recently.

Why in memory: an order must be readable the moment it is acknowledged, and private pushes need it at every event.
Invariant: equal to the engine's open orders after every batch.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from lonja.core.events import (
    AccountCreated,
    AmendmentFailed,
    Event,
    Filled,
    InstrumentListed,
    OrderAmended,
    OrderCanceled,
    OrderPlaced,
)
from lonja.core.kinds import CancelReason, OrderState
from lonja.engine.api import EngineViews, EventBatch
from lonja.modules.history.order_fold import InstrumentFacts, OrderFold, TrackedOrder, fill_record
from lonja.modules.history.records import (
    AmendResult,
    OrderChange,
    OrderListener,
    OrderRecord,
    OrderUpdate,
)

_AMEND_FAILED = int(CancelReason.AMEND_FAILED)
_AMENDED_TO_FILLED = int(CancelReason.AMENDED_TO_FILLED)
_PARTIALLY_FILLED = int(OrderState.PARTIALLY_FILLED)
ENDED_KEPT = 20_000


class OrderTracker:
    """Follows customers' orders. Lives on the engine's thread: subscribe ``on_batch`` and read there."""

    def __init__(self, views: EngineViews, ended_kept: int = ENDED_KEPT) -> None:
        """Keep the last ``ended_kept`` ended orders besides the open ones, which ``views`` also knows.

        Call ``prime`` once before the first batch when the engine already holds anything.
        """
        self._views = views
        self._fold = OrderFold()
        self._ended_kept = ended_kept
        self._ended: dict[int, TrackedOrder] = {}
        self._ended_order: deque[int] = deque()
        self._ended_by_client_id: dict[tuple[int, str], int] = {}
        self._listeners: list[OrderListener] = []
        self._ending_request = ""
        self._ending_rejection = 0
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._table: dict[type[Event], Callable[[Any], None]] = {
            AccountCreated: self._on_account,
            InstrumentListed: self._on_listed,
            OrderPlaced: self._on_placed,
            Filled: self._on_filled,
            OrderCanceled: self._on_canceled,
            OrderAmended: self._on_amended,
            AmendmentFailed: self._on_amendment_failed,
        }

    def prime(self, stored: Iterable[OrderRecord] = ()) -> None:
        """Take over the open orders that exist, before the first batch.

        ``stored`` may give the same orders as projected earlier; they add the last fill, which the engine forgets.
        """
        views = self._views
        for instrument in views.instruments():
            self._fold.instruments[instrument.instrument] = InstrumentFacts(
                instrument.instrument_type,
                instrument.base,
                instrument.quote,
                instrument.size_scale,
                instrument.lot_step,
            )
        by_id = {record.order_id: record for record in stored}
        sequence = views.last_sequence()
        for account in range(views.account_count()):
            view = views.account(account)
            if view is None:
                continue
            self._fold.add_account(account, view.kind)
            if self._fold.is_customer(account):
                self._adopt(account, by_id, sequence)

    def _adopt(self, account: int, stored: dict[int, OrderRecord], sequence: int) -> None:
        for view in self._views.open_orders(account):
            order = self._fold.adopt(view, sequence)
            known = stored.get(view.order_id)
            if known is not None and known.filled == view.filled:
                order.last_trade_id = known.last_trade_id
                order.last_price = known.last_price
                order.last_size = known.last_size
                order.last_fee = known.last_fee
                order.last_liquidity = known.last_liquidity
                order.last_time_ms = known.last_time_ms

    def add_listener(self, listener: OrderListener) -> None:
        """Tell ``listener`` of every update from now on."""
        self._listeners.append(listener)

    def on_batch(self, batch: EventBatch) -> None:
        """Take the events of a batch and tell the listeners event by event."""
        table = self._table
        for event in batch.events:
            apply = table.get(type(event))
            if apply is not None:
                apply(event)

    # --- events

    def _on_account(self, event: AccountCreated) -> None:
        self._fold.add_account(event.account, event.kind)

    def _on_listed(self, event: InstrumentListed) -> None:
        self._fold.instruments[event.instrument] = InstrumentFacts(
            event.instrument_type, event.base, event.quote, event.size_scale, event.lot_step
        )

    def _on_placed(self, event: OrderPlaced) -> None:
        order = self._fold.placed(event)
        if order is not None:
            self._tell(order, OrderChange.PLACED)

    def _on_filled(self, event: Filled) -> None:
        order = self._fold.filled(event)
        if order is not None:
            self._tell(order, OrderChange.FILLED, fill=event)

    def _on_canceled(self, event: OrderCanceled) -> None:
        order = self._fold.canceled(event)
        if order is None:
            return
        if event.reason == _AMENDED_TO_FILLED:
            self._tell_amended(order, self._ending_request)
        elif event.reason == _AMEND_FAILED:
            self._tell(
                order,
                OrderChange.CANCELED,
                request_id=self._ending_request,
                amend_result=AmendResult.CANCELED,
                rejection=self._ending_rejection,
            )
        else:
            self._tell(order, OrderChange.CANCELED)

    def _on_amended(self, event: OrderAmended) -> None:
        order = self._fold.amended(event)
        if order is None:
            return
        if event.new_size_left == 0:
            self._ending_request = event.request_id  # the end follows at once, and both are one update
        else:
            self._tell_amended(order, event.request_id)

    def _on_amendment_failed(self, event: AmendmentFailed) -> None:
        self._ending_request, self._ending_rejection = event.request_id, event.rejection

    def _tell_amended(self, order: TrackedOrder, request_id: str) -> None:
        self._tell(order, OrderChange.AMENDED, request_id=request_id, amend_result=AmendResult.AMENDED)

    def _tell(
        self,
        order: TrackedOrder,
        change: OrderChange,
        *,
        fill: Filled | None = None,
        request_id: str = "",
        amend_result: AmendResult | None = None,
        rejection: int = 0,
    ) -> None:
        if order.state > _PARTIALLY_FILLED:
            self._keep_ended(order)
        for listener in self._listeners:
            # Most accounts have no listener, and what nobody hears is not put together.
            if listener.follows(order.account):
                told = None if fill is None else fill_record(fill, order)
                record = order.record()
                listener.on_order(
                    OrderUpdate(
                        record,
                        change,
                        record.sequence,
                        record.updated_time_ms,
                        told,
                        request_id,
                        amend_result,
                        rejection,
                    )
                )

    def _keep_ended(self, order: TrackedOrder) -> None:
        """From now on nothing changes ``order``."""
        self._ended[order.order_id] = order
        self._ended_order.append(order.order_id)
        if order.client_order_id:
            self._ended_by_client_id[order.account, order.client_order_id] = order.order_id
        if len(self._ended_order) <= self._ended_kept:
            return
        oldest = self._ended.pop(self._ended_order.popleft())
        key = (oldest.account, oldest.client_order_id)
        if self._ended_by_client_id.get(key) == oldest.order_id:
            del self._ended_by_client_id[key]

    # --- reads

    def order(self, order_id: int) -> OrderRecord | None:
        """An open or recently ended order, or None."""
        order = self._fold.open_orders.get(order_id) or self._ended.get(order_id)
        return None if order is None else order.record()

    def open_orders(self, account: int) -> list[OrderRecord]:
        """Open orders of a customer's ``account``, newest first."""
        tracked = self._fold.open_orders
        ids = sorted((view.order_id for view in self._views.open_orders(account)), reverse=True)
        return [tracked[order_id].record() for order_id in ids if order_id in tracked]

    def find(self, account: int, client_order_id: str) -> OrderRecord | None:
        """The newest open or recently ended order of ``account`` with this client order id, or None."""
        view = self._views.find_client_order(account, client_order_id)
        order_id = view.order_id if view is not None else self._ended_by_client_id.get((account, client_order_id))
        return None if order_id is None else self.order(order_id)
