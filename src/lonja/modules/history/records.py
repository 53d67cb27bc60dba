"""What histories show: immutable rows of orders, fills and bills, all numbers integers in the core's units."""

from enum import IntEnum
from typing import NamedTuple, Protocol


class OrderChange(IntEnum):
    """What happened to an order."""

    PLACED = 1
    FILLED = 2
    CANCELED = 3
    AMENDED = 4


class AmendResult(IntEnum):
    """What became of a request to amend."""

    AMENDED = 0
    CANCELED = 1


class BillKind(IntEnum):
    """Why a balance changed. Numbers are stored and never reused."""

    TRANSFER = 1
    TRADE = 2
    DEPOSIT = 3
    WITHDRAWAL = 4
    CORRECTION = 5
    DELIVERY = 6
    LIQUIDATION = 7
    MARGIN = 8
    FUNDING = 9
    DELEVERAGING = 10
    CLAWBACK = 11
    INTEREST = 12
    LOAN = 13
    REPAYMENT = 14
    FORCED_REPAYMENT = 15


class BillSubkind(IntEnum):
    """Which way it changed. Numbers are stored and never reused.

    Those with LONG and SHORT are of positions with a side, in net mode BUY and SELL say what closed or opened them.
    """

    BUY = 1
    SELL = 2
    TRANSFER_IN = 3
    TRANSFER_OUT = 4
    DEPOSIT = 5
    WITHDRAWAL = 6
    CORRECTION_IN = 7
    CORRECTION_OUT = 8
    OPEN_LONG = 9
    OPEN_SHORT = 10
    CLOSE_LONG = 11
    CLOSE_SHORT = 12
    LIQUIDATED_PARTLY_LONG = 13
    LIQUIDATED_PARTLY_SHORT = 14
    LIQUIDATED_PARTLY_BUY = 15
    LIQUIDATED_PARTLY_SELL = 16
    LIQUIDATED_LONG = 17
    LIQUIDATED_SHORT = 18
    LIQUIDATED_BUY = 19
    LIQUIDATED_SELL = 20
    LIQUIDATION_PENALTY = 21
    CLAWBACK = 22
    DELIVERED_LONG = 23
    DELIVERED_SHORT = 24
    DELEVERAGED_LONG = 25
    DELEVERAGED_SHORT = 26
    DELEVERAGED_BUY = 27
    DELEVERAGED_SELL = 28
    MARGIN_ADDED = 29
    MARGIN_REMOVED = 30
    MARGIN_TOPPED_UP = 31
    FUNDING_PAID = 32
    FUNDING_RECEIVED = 33
    INTEREST_PAID = 34
    LOAN_TAKEN = 35
    LOAN_REPAID = 36
    COLLATERAL_SOLD = 37
    DEBT_BOUGHT = 38
    DEBT_COVERED = 39


class OrderCategory(IntEnum):
    """Who wanted an order. Numbers are stored and never reused."""

    NORMAL = 0
    PARTIAL_LIQUIDATION = 1
    FULL_LIQUIDATION = 2
    DELEVERAGING = 3
    DELIVERY = 4


class OrderRecord(NamedTuple):
    """An order, open or ended, as of the event ``sequence``.

    ``fee`` (paid) and ``rebate`` (received) are totals, both at least 0, in ``fee_currency``: the currency the order
    receives, or the settlement currency of a contract. ``cancel_reason`` is 0 unless the order ended before its first
    size was filled. The ``last_`` fields describe the last fill and are 0 while ``last_trade_id`` is 0; ``last_fee`` is
    negative when it was received.

    ``margin_mode`` is -1 for spot orders. ``leverage`` (hundredths) is the position's when the order was placed, ``pnl``
    what closing by this order has gained, before fees. ``algo_id`` is the algo order that placed it, 0 for none, and
    ``source`` what placed it (0: its owner). ``category`` is an ``OrderCategory``: what the house did to a position stands
    among orders as one that was filled at once, with a negative number of its trade and without ``notional``.
    ``margin_currency`` is -1 unless it is known in which one the margin of an order of a pocket is.
    """

    order_id: int
    account: int
    instrument: int
    instrument_type: int
    side: int
    order_type: int
    time_in_force: int
    post_only: int
    price: int
    size: int
    size_unit: int
    filled: int
    notional: int
    fee: int
    rebate: int
    fee_currency: int
    state: int
    cancel_reason: int
    self_trade_prevention: int
    client_order_id: str
    tag: str
    created_time_ms: int
    updated_time_ms: int
    last_trade_id: int
    last_price: int
    last_size: int
    last_fee: int
    last_liquidity: int
    last_time_ms: int
    sequence: int
    margin_mode: int = -1
    position_side: int = 0
    reduce_only: int = 0
    leverage: int = 0
    pnl: int = 0
    algo_id: int = 0
    source: int = 0
    category: int = 0
    margin_currency: int = -1


class FillPrices(NamedTuple):
    """Prices at the moment of a fill, in ticks, 0 while there was none: the mark of a contract, and the index."""

    mark_price: int
    index_price: int


NO_PRICES = FillPrices(0, 0)


class FillRecord(NamedTuple):
    """One order's half of a trade. ``fill_id`` sorts by time; ``fee`` is negative when it was received.

    ``margin_mode`` is -1 for spot; ``pnl`` is what the position gained by what this fill closed of it, before fees.
    ``category`` is that of the order. The last two are ``FillPrices``; the index is in ticks of ``index_pair``.
    """

    fill_id: int
    account: int
    order_id: int
    instrument: int
    instrument_type: int
    client_order_id: str
    tag: str
    side: int
    liquidity: int
    trade_id: int
    price: int
    size: int
    notional: int
    fee: int
    fee_currency: int
    time_ms: int
    margin_mode: int = -1
    position_side: int = 0
    pnl: int = 0
    category: int = 0
    mark_price: int = 0
    index_price: int = 0


class BillRecord(NamedTuple):
    """One change of one balance: ``change`` (fee included) led to ``balance``, in the currency's smallest units.

    ``bill_id`` sorts by time. Bills of trades tell the fill (``liquidity`` -1 on others), ``fee`` stands on the leg that
    paid or received it, negative when received. Transfers tell both ledgers and the account at the other end.

    ``margin_mode`` is that of the position which a bill is about, -1 for none. ``pnl`` is what that gained, its fee not
    counted; ``margin_change`` led to its ``margin``, both 0 unless it is isolated.

    Of loans by hand ``size`` is what was borrowed of the currency afterwards, of interest what it was paid for.
    ``mark_price`` and ``index_price`` are those of the fill, 0 on others.
    """

    bill_id: int
    account: int
    ledger: int
    currency: int
    kind: int
    subkind: int
    change: int
    balance: int
    fee: int
    instrument: int
    instrument_type: int
    order_id: int
    client_order_id: str
    tag: str
    trade_id: int
    liquidity: int
    price: int
    size: int
    from_ledger: int
    to_ledger: int
    other_account: int
    client_transfer_id: str
    time_ms: int
    margin_mode: int = -1
    pnl: int = 0
    margin_change: int = 0
    margin: int = 0
    mark_price: int = 0
    index_price: int = 0


class TransferRecord(NamedTuple):
    """A transfer, by whichever of its bills: ``amount`` went from ``account`` to ``to_account``."""

    transfer_id: int
    account: int
    to_account: int
    currency: int
    amount: int
    from_ledger: int
    to_ledger: int
    client_transfer_id: str
    time_ms: int


class OrderUpdate(NamedTuple):
    """One thing that happened to an order, and the order after it.

    ``fill`` is set for FILLED only; ``request_id`` is that of the amendment, ``amend_result`` None when nobody amended.
    An amendment to no more than is filled is one AMENDED, after which the order is filled. ``rejection`` says why an
    amendment was refused that took its order with it.
    """

    order: OrderRecord
    change: OrderChange
    sequence: int
    time_ms: int
    fill: FillRecord | None
    request_id: str
    amend_result: AmendResult | None
    rejection: int = 0


class CandleRecord(NamedTuple):
    """A stored period in which something traded, ``period_ms`` long (a minute or an hour)."""

    instrument: int
    period_ms: int
    open_time_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int


class TradeRecord(NamedTuple):
    """One of the last trades of an instrument; ``side`` and ``taker_order_id`` are the taker's."""

    instrument: int
    trade_id: int
    price: int
    size: int
    side: int
    time_ms: int
    sequence: int
    taker_order_id: int


class OrderListener(Protocol):
    """Hears updates of customers' orders inside ``OrderTracker.on_batch``; must be quick and must not raise."""

    def follows(self, account: int) -> bool:
        """Whether updates of the orders of ``account`` matter; others are not told."""

    def on_order(self, update: OrderUpdate) -> None:
        """One update, in the order of events."""
