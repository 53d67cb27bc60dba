"""Orders as the sum of their events, for customers' accounts.

Why here: the tracker in memory and the projection in SQL must agree, so both use this one fold.
Invariant: an order is in ``open_orders`` exactly while its state is live or partially filled.
"""

from typing import NamedTuple

from lonja.core.events import (
    ContractListed,
    FamilyDefined,
    Filled,
    InstrumentListed,
    OrderAmended,
    OrderCanceled,
    OrderMargined,
    OrderPlaced,
    PositionChanged,
)
from lonja.core.kinds import (
    AccountKind,
    CancelReason,
    InstrumentType,
    MarginMode,
    OrderState,
    PositionCause,
    Side,
)
from lonja.core.views import ContractView, InstrumentView, OrderView
from lonja.modules.history.records import NO_PRICES, FillPrices, FillRecord, OrderRecord

IDS_PER_SEQUENCE = 4
"""How many bills one event can give; bill and fill ids are the event's sequence times this, plus the leg."""

_CUSTOMER = int(AccountKind.CUSTOMER)
_BUY = int(Side.BUY)
_LIVE = int(OrderState.LIVE)
_PARTIALLY_FILLED = int(OrderState.PARTIALLY_FILLED)
_FILLED = int(OrderState.FILLED)
_CANCELED = int(OrderState.CANCELED)
_AMENDED_TO_FILLED = int(CancelReason.AMENDED_TO_FILLED)
_BY_FILL = int(PositionCause.FILLED)
_CROSS = int(MarginMode.CROSS)
_SPOT = -1
MARGIN = int(InstrumentType.MARGIN)
"""What orders of pockets are for: a spot pair, traded with borrowed money."""


OrderFields = tuple[
    int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, str,
    str, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int, int,
]  # fmt: skip
"""The fields of an ``OrderRecord`` without its name, which takes a third of the time to make."""


class InstrumentFacts(NamedTuple):
    """What never changes about an instrument and matters to histories.

    A size is ``lots * lot_step * 10**-size_scale``, of base or of contracts. ``contract_value`` is 0 for spot; else one
    contract is worth ``contract_value * 10**-contract_scale * multiplier`` of base, or of quote when ``inverse`` is 1.
    """

    instrument_type: int
    base: int
    quote: int
    size_scale: int
    lot_step: int
    settle: int
    inverse: int = 0
    contract_value: int = 0
    contract_scale: int = 0
    multiplier: int = 1


class PocketName(NamedTuple):
    """Whose a pocket is, which pair it trades, with which ``MarginMode``, and in which currency its margin is (-1: both).

    What it does is shown to its owner, as the owner's own.
    """

    owner: int
    instrument: int
    margin_mode: int
    currency: int = -1


class TrackedOrder:
    """An ``OrderRecord`` that can still change; see there for the fields."""

    __slots__ = OrderRecord._fields

    account: int
    algo_id: int
    cancel_reason: int
    category: int
    client_order_id: str
    created_time_ms: int
    fee: int
    fee_currency: int
    filled: int
    instrument: int
    instrument_type: int
    last_fee: int
    last_liquidity: int
    last_price: int
    last_size: int
    last_time_ms: int
    last_trade_id: int
    leverage: int
    margin_currency: int
    margin_mode: int
    notional: int
    order_id: int
    order_type: int
    pnl: int
    position_side: int
    post_only: int
    price: int
    rebate: int
    reduce_only: int
    self_trade_prevention: int
    sequence: int
    side: int
    size: int
    size_unit: int
    source: int
    state: int
    tag: str
    time_in_force: int
    updated_time_ms: int

    def __init__(self, record: OrderRecord | OrderFields) -> None:
        """Go on from ``record``, or from the fields of one."""
        (
            self.order_id,
            self.account,
            self.instrument,
            self.instrument_type,
            self.side,
            self.order_type,
            self.time_in_force,
            self.post_only,
            self.price,
            self.size,
            self.size_unit,
            self.filled,
            self.notional,
            self.fee,
            self.rebate,
            self.fee_currency,
            self.state,
            self.cancel_reason,
            self.self_trade_prevention,
            self.client_order_id,
            self.tag,
            self.created_time_ms,
            self.updated_time_ms,
            self.last_trade_id,
            self.last_price,
            self.last_size,
            self.last_fee,
            self.last_liquidity,
            self.last_time_ms,
            self.sequence,
            self.margin_mode,
            self.position_side,
            self.reduce_only,
            self.leverage,
            self.pnl,
            self.algo_id,
            self.source,
            self.category,
            self.margin_currency,
        ) = record

    def record(self) -> OrderRecord:
        """The order as it is now."""
        return OrderRecord._make(self.fields())

    def fields(self) -> OrderFields:
        """The fields of ``record``, in order."""
        return (
            self.order_id,
            self.account,
            self.instrument,
            self.instrument_type,
            self.side,
            self.order_type,
            self.time_in_force,
            self.post_only,
            self.price,
            self.size,
            self.size_unit,
            self.filled,
            self.notional,
            self.fee,
            self.rebate,
            self.fee_currency,
            self.state,
            self.cancel_reason,
            self.self_trade_prevention,
            self.client_order_id,
            self.tag,
            self.created_time_ms,
            self.updated_time_ms,
            self.last_trade_id,
            self.last_price,
            self.last_size,
            self.last_fee,
            self.last_liquidity,
            self.last_time_ms,
            self.sequence,
            self.margin_mode,
            self.position_side,
            self.reduce_only,
            self.leverage,
            self.pnl,
            self.algo_id,
            self.source,
            self.category,
            self.margin_currency,
        )


class ContractFill:
    """A fill of a contract whose position has not told yet what it gained: ``lots`` are still missing.

    ``sequence`` is that of the last change it caused.
    """

    __slots__ = ("event", "gained", "lots", "order", "sequence")

    def __init__(self, order: TrackedOrder, event: Filled) -> None:
        """Wait for all of it."""
        self.order = order
        self.event = event
        self.lots = event.size
        self.gained = 0
        self.sequence = event.sequence

    def record(self, prices: FillPrices) -> FillRecord:
        """The fill with what it gained; its id is that of the bill of the last change it caused."""
        return fill_record(self.order, self.sequence, self.event.notional, self.gained, prices)


class OrderFold:
    """Open orders of customers, event by event."""

    def __init__(self) -> None:
        """Know nobody and nothing."""
        self.open_orders: dict[int, TrackedOrder] = {}
        self.instruments: dict[int, InstrumentFacts] = {}
        self.families: dict[int, tuple[int, int]] = {}
        self.pockets: dict[int, PocketName] = {}
        self._pockets_of: dict[int, list[int]] = {}
        self._awaited: dict[int, ContractFill] = {}
        self._kinds = bytearray()
        self._origins: dict[int, tuple[int, int]] = {}

    def forget(self) -> None:
        """Drop all orders."""
        self.open_orders.clear()
        self._awaited.clear()
        self._origins.clear()

    def expect(self, order_id: int, algo_id: int, source: int) -> None:
        """An algo order places the order ``order_id``, which follows at once or is refused."""
        self._origins[order_id] = algo_id, source

    def expect_no_more(self, order_id: int) -> bool:
        """Expect ``order_id`` no longer; False when it has come."""
        return self._origins.pop(order_id, None) is not None

    def add_spot(self, event: InstrumentListed) -> InstrumentFacts:
        """Learn of a pair."""
        facts = InstrumentFacts(
            event.instrument_type, event.base, event.quote, event.size_scale, event.lot_step, event.settle
        )
        self.instruments[event.instrument] = facts
        return facts

    def add_family(self, event: FamilyDefined) -> None:
        """Learn of what kind the contracts of a family are, and how they are settled."""
        self.families[event.family] = event.instrument_type, event.settle

    def add_contract(self, event: ContractListed) -> InstrumentFacts:
        """Learn of a contract."""
        instrument_type, settle = self.families[event.family]
        facts = InstrumentFacts(
            instrument_type,
            event.base,
            event.quote,
            event.size_scale,
            event.lot_step,
            settle,
            int(settle == event.base),
            event.contract_value,
            event.contract_scale,
            event.multiplier,
        )
        self.instruments[event.instrument] = facts
        return facts

    def add_account(self, account: int, kind: int) -> None:
        """Learn whose account it is."""
        kinds = self._kinds
        if len(kinds) <= account:
            kinds.extend(bytes(account + 1 - len(kinds)))
        kinds[account] = kind

    def add_pocket(self, pocket: int, name: PocketName) -> bool:
        """Learn of a pocket; whether it is a customer's."""
        is_customer = self.is_customer(name.owner)
        if is_customer:
            self.add_account(pocket, _CUSTOMER)
            if pocket not in self.pockets:
                self._pockets_of.setdefault(name.owner, []).append(pocket)
            self.pockets[pocket] = name
        return is_customer

    def accounts_of(self, account: int) -> list[int]:
        """``account`` and its pockets, the earliest opened first."""
        return [account, *self._pockets_of.get(account, ())]

    def owner_of(self, account: int) -> int:
        """Under whose account histories show ``account``: that of its owner when it is a pocket."""
        name = self.pockets.get(account)
        return account if name is None else name.owner

    def is_customer(self, account: int) -> bool:
        """Whether histories show the account."""
        return account < len(self._kinds) and self._kinds[account] == _CUSTOMER

    def placed(self, event: OrderPlaced) -> TrackedOrder | None:
        """The new order, or None when it is no customer's."""
        (
            sequence,
            time_ms,
            order_id,
            account,
            instrument,
            side,
            order_type,
            time_in_force,
            post_only,
            price,
            size,
            size_unit,
            self_trade_prevention,
            client_order_id,
            tag,
        ) = event  # taken apart at once, and put together by position: this runs for every order, beside the engine
        if not self.is_customer(account):
            return None
        facts = self.instruments[instrument]
        account, kind, margin_mode = self._shown(account, facts)
        order = TrackedOrder(
            (
                order_id,
                account,
                instrument,
                kind,
                side,
                order_type,
                time_in_force,
                post_only,
                price,
                size,
                size_unit,
                0,
                0,
                0,
                0,
                _fee_currency(facts, side),
                _LIVE,
                0,
                self_trade_prevention,
                client_order_id,
                tag,
                time_ms,
                time_ms,
                0,
                0,
                0,
                0,
                0,
                0,
                sequence,
                margin_mode,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                -1,
            )
        )
        self.open_orders[order_id] = order
        if self._origins:
            order.algo_id, order.source = self._origins.pop(order_id, (0, 0))
        return order

    def _shown(self, account: int, facts: InstrumentFacts) -> tuple[int, int, int]:
        """Under whose account, as what and with which margin mode an order is shown."""
        name = self.pockets.get(account)
        if name is not None:
            return name.owner, MARGIN, name.margin_mode
        return account, facts.instrument_type, _CROSS if facts.contract_value else _SPOT

    def margined(self, event: OrderMargined) -> TrackedOrder | None:
        """The new order for a contract with all that was missing, or None when it is not tracked."""
        order = self.open_orders.get(event.order_id)
        if order is None:
            return None
        order.margin_mode = event.margin_mode
        order.position_side = event.position_side
        order.reduce_only = event.reduce_only
        order.leverage = event.leverage
        order.sequence = event.sequence
        return order

    def filled(self, event: Filled) -> TrackedOrder | None:
        """The order after a fill, or None when it is not tracked.

        When it is for a contract, ``position_changed`` tells soon what the fill gained.
        """
        order = self.open_orders.get(event.order_id)
        if order is None:
            return None
        order.filled = event.order_filled
        order.notional = event.order_notional
        if event.fee >= 0:
            order.fee += event.fee
        else:
            order.rebate -= event.fee
        order.fee_currency = event.fee_currency
        order.last_trade_id = event.trade_id
        order.last_price = event.price
        order.last_size = event.size
        order.last_fee = event.fee
        order.last_liquidity = event.liquidity
        order.last_time_ms = event.time_ms
        order.state = event.order_state
        order.updated_time_ms = event.time_ms
        order.sequence = event.sequence
        if event.order_state > _PARTIALLY_FILLED:
            del self.open_orders[event.order_id]
        if order.instrument_type > MARGIN:
            self._awaited[event.order_id] = ContractFill(order, event)
        return order

    def awaited(self, event: PositionChanged) -> ContractFill | None:
        """The fill that causes the change, or None when no fill of a customer does."""
        return self._awaited.get(event.order_id) if event.cause == _BY_FILL else None

    def position_changed(self, event: PositionChanged) -> ContractFill | None:
        """The fill that caused the change, once its last part is told; None when there is none, or not yet."""
        fill = self.awaited(event)
        if fill is None:
            return None
        fill.lots -= abs(event.lots_changed)
        fill.gained += event.gained
        if fill.lots > 0:
            return None
        del self._awaited[event.order_id]
        fill.order.pnl += fill.gained
        fill.order.sequence = fill.sequence = event.sequence
        return fill

    def canceled(self, event: OrderCanceled) -> TrackedOrder | None:
        """The order after its end, or None when it is not tracked."""
        order = self.open_orders.pop(event.order_id, None)
        if order is None:
            return None
        order.state = _FILLED if event.reason == _AMENDED_TO_FILLED else _CANCELED
        order.cancel_reason = event.reason
        order.updated_time_ms = event.time_ms
        order.sequence = event.sequence
        return order

    def amended(self, event: OrderAmended) -> TrackedOrder | None:
        """The order after a change, or None when it is not tracked."""
        order = self.open_orders.get(event.order_id)
        if order is None:
            return None
        order.price = event.new_price
        order.size = event.new_size
        order.updated_time_ms = event.time_ms
        order.sequence = event.sequence
        return order

    def adopt(self, view: OrderView, sequence: int) -> TrackedOrder:
        """Go on with an open order told by the engine, which no longer knows its last fill."""
        facts = self.instruments[view.instrument]
        name = self.pockets.get(view.account)
        order = TrackedOrder(
            OrderRecord(
                order_id=view.order_id,
                account=self.owner_of(view.account),
                instrument=view.instrument,
                instrument_type=facts.instrument_type if name is None else MARGIN,
                side=view.side,
                order_type=view.order_type,
                time_in_force=view.time_in_force,
                post_only=view.post_only,
                price=view.price,
                size=view.size,
                size_unit=0,
                filled=view.filled,
                notional=view.notional,
                fee=view.fee,
                rebate=view.rebate,
                fee_currency=_fee_currency(facts, view.side),
                state=_PARTIALLY_FILLED if view.filled else _LIVE,
                cancel_reason=0,
                self_trade_prevention=view.self_trade_prevention,
                client_order_id=view.client_order_id,
                tag=view.tag,
                created_time_ms=view.created_time_ms,
                updated_time_ms=view.updated_time_ms,
                last_trade_id=0,
                last_price=0,
                last_size=0,
                last_fee=0,
                last_liquidity=0,
                last_time_ms=0,
                sequence=sequence,
                margin_mode=view.margin_mode if name is None else name.margin_mode,
                position_side=view.position_side,
                reduce_only=view.reduce_only,
            )
        )
        self.open_orders[view.order_id] = order
        return order


def facts_of(instrument: InstrumentView, contract: ContractView | None) -> InstrumentFacts:
    """The facts of an instrument that the engine tells."""
    facts = InstrumentFacts(
        instrument.instrument_type,
        instrument.base,
        instrument.quote,
        instrument.size_scale,
        instrument.lot_step,
        instrument.settle,
    )
    if contract is None:
        return facts
    return facts._replace(
        inverse=contract.inverse,
        contract_value=contract.contract_value,
        contract_scale=contract.contract_scale,
        multiplier=contract.multiplier,
    )


def _fee_currency(facts: InstrumentFacts, side: int) -> int:
    if facts.contract_value:
        return facts.settle
    return facts.base if side == _BUY else facts.quote


def fill_record(
    order: TrackedOrder, sequence: int, notional: int, pnl: int = 0, prices: FillPrices = NO_PRICES
) -> FillRecord:
    """The last fill of ``order``, told by the event ``sequence``, with what it was worth and what a position gained."""
    return FillRecord(
        sequence * IDS_PER_SEQUENCE,
        order.account,
        order.order_id,
        order.instrument,
        order.instrument_type,
        order.client_order_id,
        order.tag,
        order.side,
        order.last_liquidity,
        order.last_trade_id,
        order.last_price,
        order.last_size,
        notional,
        order.last_fee,
        order.fee_currency,
        order.last_time_ms,
        order.margin_mode,
        order.position_side,
        pnl,
        order.category,
        *prices,
    )
