"""Customers' orders in memory: the open ones and those that ended recently.

Why in memory: an order must be readable the moment it is acknowledged, and private pushes need it at every event.
Invariant: equal to the engine's open orders after every batch.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lonja.core.algo_events import ContractIndexSet
from lonja.core.collateral_events import CollateralTaken, PocketOpened
from lonja.core.events import (
    AccountCreated,
    AmendmentFailed,
    ContractListed,
    CurrencyCreated,
    Event,
    FamilyDefined,
    Filled,
    IndexPriceSet,
    InstrumentListed,
    MarkPriceSet,
    OrderAmended,
    OrderCanceled,
    OrderMargined,
    OrderPlaced,
    PositionChanged,
    Transferred,
)
from lonja.core.kinds import CancelReason, MarginMode, OrderState
from lonja.core.margin_events import CrossPocketOpened, OrderReduces, PocketTakenOver
from lonja.core.views import OrderView
from lonja.engine.api import EngineViews, EventBatch
from lonja.modules.history.algo_records import AlgoRecord
from lonja.modules.history.algo_tracker import AlgoTracker, by_id
from lonja.modules.history.fill_prices import PriceFold
from lonja.modules.history.house_orders import house_order, pair_order
from lonja.modules.history.order_fold import MARGIN, OrderFold, PocketName, TrackedOrder, facts_of, fill_record
from lonja.modules.history.pair_tracker import PairTracker
from lonja.modules.history.pocket_terms import PocketTerms
from lonja.modules.history.position_fold import key_of
from lonja.modules.history.position_tracker import PositionTracker
from lonja.modules.history.records import (
    AmendResult,
    FillRecord,
    OrderChange,
    OrderListener,
    OrderRecord,
    OrderUpdate,
)

_AMEND_FAILED = int(CancelReason.AMEND_FAILED)
_AMENDED_TO_FILLED = int(CancelReason.AMENDED_TO_FILLED)
_PARTIALLY_FILLED = int(OrderState.PARTIALLY_FILLED)
_SPOT = -1
_ISOLATED = int(MarginMode.ISOLATED)
_CROSS = int(MarginMode.CROSS)
ENDED_KEPT = 20_000


class OrderTracker:
    """Follows customers' orders. Lives on the engine's thread: subscribe ``on_batch`` and read there."""

    def __init__(self, views: EngineViews, ended_kept: int = ENDED_KEPT) -> None:
        """Keep the last ``ended_kept`` ended orders besides the open ones, which ``views`` also knows.

        Call ``prime`` once before the first batch when the engine already holds anything.
        """
        self._views = views
        self._fold = OrderFold()
        self.algos = AlgoTracker(views, self._fold)
        """Algo orders, read and listened to like orders."""
        self.positions = PositionTracker(views)
        """What the engine does not keep of positions."""
        self.pairs = PairTracker(views, self._fold)
        """What it does not keep of positions in pairs."""
        self._terms = PocketTerms()
        self._prices = PriceFold()
        self._ended_kept = ended_kept
        self._ended: dict[int, TrackedOrder] = {}
        self._ended_order: deque[int] = deque()
        self._ended_by_client_id: dict[tuple[int, str], int] = {}
        self._listeners: list[OrderListener] = []
        self._liquidation_listeners: list[Callable[[OrderRecord], None]] = []
        self._ending_request = ""
        self._ending_rejection = 0
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self._table: dict[type[Event], Callable[[Any], None]] = {
            CurrencyCreated: self._prices.on_currency,
            AccountCreated: self._on_account,
            PocketOpened: self._on_pocket,
            CrossPocketOpened: self._on_cross_pocket,
            InstrumentListed: self._on_listed,
            FamilyDefined: self._fold.add_family,
            ContractListed: self._on_contract,
            OrderPlaced: self._on_placed,
            OrderMargined: self._on_margined,
            OrderReduces: self._terms.reduces,
            PositionChanged: self._on_position_changed,
            Filled: self._on_filled,
            IndexPriceSet: self._prices.on_index,
            ContractIndexSet: self._prices.on_index,
            MarkPriceSet: self._prices.on_mark,
            OrderCanceled: self._on_canceled,
            OrderAmended: self._on_amended,
            AmendmentFailed: self._on_amendment_failed,
            **self.algos.table,
            **self.pairs.table,
            CollateralTaken: self._on_taken,
            PocketTakenOver: self._on_taken,
            Transferred: self._on_transferred,
        }

    def prime(self, stored: Iterable[OrderRecord] = (), stored_algos: Iterable[AlgoRecord] = ()) -> None:
        """Take over the open orders and algo orders that exist, before the first batch.

        ``stored`` may give the same orders as projected earlier; they add what the engine forgets, such as the last fill.
        """
        views = self._views
        for family in views.families():
            self._fold.families[family.family] = family.instrument_type, family.settle
        for instrument in views.instruments():
            code = instrument.instrument
            self._fold.instruments[code] = facts_of(instrument, views.contract(code))
        self._prices.prime(views)
        orders, algos = {record.order_id: record for record in stored}, by_id(stored_algos)
        sequence = views.last_sequence()
        for account in range(views.account_count()):
            view = views.account(account)
            if view is None:
                continue
            self._fold.add_account(account, view.kind)
            pocket = views.pocket_position(account)
            if pocket is not None:
                mode = _ISOLATED if pocket.margin_currency < 0 else _CROSS
                name = PocketName(pocket.owner, pocket.instrument, mode, pocket.margin_currency)
                self._fold.add_pocket(account, name)
            if self._fold.is_customer(account):
                self._adopt(account, orders, sequence)
                self.algos.adopt(account, algos, sequence)

    def _adopt(self, account: int, stored: dict[int, OrderRecord], sequence: int) -> None:
        views = self._views.open_orders(account)
        leverages = self._leverages(account, views)
        name = self._fold.pockets.get(account)
        for view in views:
            order = self._fold.adopt(view, sequence)
            order.leverage = leverages.get((view.instrument, view.margin_mode, view.position_side), 0)
            if name is not None:
                order.leverage, order.margin_currency = self._pocket_leverage(name), name.currency
            known = stored.get(view.order_id)
            if known is None:
                continue
            if known.leverage:
                order.leverage = known.leverage
            order.margin_currency = known.margin_currency
            order.algo_id, order.source, order.category = known.algo_id, known.source, known.category
            if known.filled == view.filled:
                order.pnl = known.pnl
                order.last_trade_id = known.last_trade_id
                order.last_price = known.last_price
                order.last_size = known.last_size
                order.last_fee = known.last_fee
                order.last_liquidity = known.last_liquidity
                order.last_time_ms = known.last_time_ms

    def _leverages(self, account: int, orders: Sequence[OrderView]) -> dict[tuple[int, int, int], int]:
        """Of the positions that ``orders`` mean; asking for positions costs something, so only when there are any."""
        if all(order.margin_mode == _SPOT for order in orders):
            return {}
        return {
            (position.instrument, position.margin_mode, position.position_side): position.leverage
            for position in self._views.positions(account)
        }

    def _pocket_leverage(self, name: PocketName) -> int:
        return self._views.pocket_leverage(name.owner, name.instrument, name.margin_mode)

    def add_listener(self, listener: OrderListener) -> None:
        """Tell ``listener`` of every update from now on."""
        self._listeners.append(listener)

    def add_liquidation_listener(self, listener: Callable[[OrderRecord], None]) -> None:
        """Tell ``listener`` of liquidations of everybody's positions in pairs, inside ``on_batch``; it must be quick."""
        self._liquidation_listeners.append(listener)

    def on_batch(self, batch: EventBatch) -> None:
        """Take the events of a batch and tell the listeners event by event."""
        self.positions.on_batch(batch)
        self.algos.expect(batch.events)
        table = self._table
        for event in batch.events:
            apply = table.get(type(event))
            if apply is not None:
                apply(event)

    # --- events

    def _on_account(self, event: AccountCreated) -> None:
        self._fold.add_account(event.account, event.kind)

    def _on_pocket(self, event: PocketOpened) -> None:
        self._fold.add_pocket(event.pocket, PocketName(event.account, event.instrument, _ISOLATED))

    def _on_cross_pocket(self, event: CrossPocketOpened) -> None:
        name = PocketName(event.account, event.instrument, _CROSS, event.currency)
        self._fold.add_pocket(event.pocket, name)

    def _on_listed(self, event: InstrumentListed) -> None:
        self._fold.add_spot(event)
        self._prices.on_listed(event)

    def _on_contract(self, event: ContractListed) -> None:
        self._fold.add_contract(event)

    def _on_placed(self, event: OrderPlaced) -> None:
        order = self._fold.placed(event)
        name = self._fold.pockets.get(event.account)
        if order is not None and name is not None:
            self._terms.apply(order, event, name, self._pocket_leverage(name))
            if self._terms.came is not None:
                self.pairs.placed(event, self._terms.came)
        # How an order for a contract is margined follows at once, and both are one update.
        if order is not None and order.instrument_type <= MARGIN:
            self._tell_placed(order)

    def _on_margined(self, event: OrderMargined) -> None:
        order = self._fold.margined(event)
        if order is not None:
            self._tell_placed(order)

    def _on_filled(self, event: Filled) -> None:
        order = self._fold.filled(event)
        self.algos.filled(event)
        self.pairs.filled(event)
        # What a fill of a contract gained follows soon, and all of it is one update.
        if order is not None and order.instrument_type <= MARGIN:
            # Most accounts have no listener, and what nobody hears is not put together.
            is_heard = any(listener.follows(order.account) for listener in self._listeners)
            fill = None
            if is_heard:
                prices = self._prices.at_fill(event.instrument)
                fill = fill_record(order, event.sequence, event.notional, 0, prices)
            self._tell(order, OrderChange.FILLED, fill=fill)

    def _on_position_changed(self, event: PositionChanged) -> None:
        fill = self._fold.position_changed(event)
        if fill is not None:
            self._tell(fill.order, OrderChange.FILLED, fill=fill.record(self._prices.at_fill(event.instrument)))
        elif self._fold.is_customer(event.account):
            facts, prices = self._fold.instruments[event.instrument], self._prices.at_fill(event.instrument)
            found = house_order(event, facts, self._views.leverage(*key_of(event)), prices)
            if found is not None:
                self._tell(found[0], OrderChange.FILLED, fill=found[1])

    def _on_transferred(self, event: Transferred) -> None:
        self._terms.transferred(event)
        self.pairs.transferred(event)

    def _on_taken(self, event: CollateralTaken | PocketTakenOver) -> None:
        change = self.pairs.taken(event)
        if change is None:
            return
        instrument = change[1].instrument
        found = pair_order(*change, self._fold.instruments[instrument], self._prices.at_fill(instrument))
        if found is not None:
            name = self._fold.pockets[change[1].pocket]
            found[0].leverage, found[0].margin_currency = self._pocket_leverage(name), name.currency
            for listener in self._liquidation_listeners:
                listener(found[0].record())
            self._tell(found[0], OrderChange.FILLED, fill=found[1])

    def _on_canceled(self, event: OrderCanceled) -> None:
        self.pairs.changed(event)
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
        self.pairs.changed(event)
        order = self._fold.amended(event)
        if order is None:
            return
        if event.new_size_left == 0:
            self._ending_request = event.request_id  # the end follows at once, and both are one update
        else:
            self._tell_amended(order, event.request_id)

    def _on_amendment_failed(self, event: AmendmentFailed) -> None:
        self._ending_request, self._ending_rejection = event.request_id, event.rejection

    def _tell_placed(self, order: TrackedOrder) -> None:
        self.algos.bring(order.order_id)
        self._tell(order, OrderChange.PLACED)

    def _tell_amended(self, order: TrackedOrder, request_id: str) -> None:
        self._tell(order, OrderChange.AMENDED, request_id=request_id, amend_result=AmendResult.AMENDED)

    def _tell(
        self,
        order: TrackedOrder,
        change: OrderChange,
        *,
        fill: FillRecord | None = None,
        request_id: str = "",
        amend_result: AmendResult | None = None,
        rejection: int = 0,
    ) -> None:
        if order.state > _PARTIALLY_FILLED:
            self._keep_ended(order)
        for listener in self._listeners:
            if listener.follows(order.account):
                record = order.record()
                listener.on_order(
                    OrderUpdate(
                        record,
                        change,
                        record.sequence,
                        record.updated_time_ms,
                        fill,
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
        """Open orders of a customer's ``account`` and its pockets, newest first."""
        tracked = self._fold.open_orders
        views = (view for one in self._fold.accounts_of(account) for view in self._views.open_orders(one))
        ids = sorted((view.order_id for view in views), reverse=True)
        return [tracked[order_id].record() for order_id in ids if order_id in tracked]

    def find(self, account: int, client_order_id: str) -> OrderRecord | None:
        """The newest open or recently ended order of ``account`` with this client order id, or None."""
        found = (self._views.find_client_order(one, client_order_id) for one in self._fold.accounts_of(account))
        order_id = next((view.order_id for view in found if view is not None), None)
        if order_id is None:
            order_id = self._ended_by_client_id.get((account, client_order_id))
        return None if order_id is None else self.order(order_id)

    def owner_of(self, account: int) -> int:
        """Under whose account what ``account`` does is shown: its owner's when it is a pocket."""
        return self._fold.owner_of(account)

    def pockets(self, account: int) -> list[tuple[int, PocketName]]:
        """The pockets of a customer's ``account`` with their names, the earliest opened first."""
        known = self._fold.pockets
        return [(pocket, known[pocket]) for pocket in self._fold.accounts_of(account)[1:]]
