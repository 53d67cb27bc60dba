"""Everything that can happen in the core, one immutable record type per fact.

Written as packed words like commands (``layout.py``). Each event starts with ``sequence``, the running number of the
event over the whole life of the exchange, and ``time_ms``, the time of the command that caused it.
Fees are positive when paid and negative when received. Balances are those after the event.
Invariant: the events alone rebuild every order, balance, level and candle that projections show.
"""

from typing import NamedTuple

from lonja.core.algo_events import ALGO_EVENT_KINDS, AlgoEvent
from lonja.core.collateral_events import COLLATERAL_EVENT_KINDS, CollateralEvent
from lonja.core.margin_events import MARGIN_EVENT_KINDS, MarginEvent
from lonja.core.texts import Text16, Text32


class CurrencyCreated(NamedTuple):
    """A currency exists."""

    sequence: int
    time_ms: int
    currency: int
    name: Text16
    scale: int


class AccountCreated(NamedTuple):
    """An account exists."""

    sequence: int
    time_ms: int
    account: int
    kind: int
    master: int
    account_mode: int
    self_trade_prevention: int
    fee_tier: int


class AccountConfigured(NamedTuple):
    """An account's settings, after the change."""

    sequence: int
    time_ms: int
    account: int
    account_mode: int
    self_trade_prevention: int
    fee_tier: int
    frozen: int


class InstrumentListed(NamedTuple):
    """An instrument exists; the fields are those of ``commands.ListInstrument``."""

    sequence: int
    time_ms: int
    instrument: int
    instrument_id: Text32
    instrument_type: int
    base: int
    quote: int
    settle: int
    price_scale: int
    tick_step: int
    size_scale: int
    lot_step: int
    size_min: int
    size_limit_max: int
    size_market_max: int
    amount_market_max: int
    band_ppm: int
    fee_group: int
    state: int


class InstrumentStateChanged(NamedTuple):
    """An instrument trades differently from now on."""

    sequence: int
    time_ms: int
    instrument: int
    state: int


class IndexPriceSet(NamedTuple):
    """The index price and the band that follows from it: ``buy_max`` and ``sell_min`` in ticks (0: none)."""

    sequence: int
    time_ms: int
    instrument: int
    price: int
    buy_max: int
    sell_min: int


class FeeTierDefined(NamedTuple):
    """Rates of a tier for a group of instruments."""

    sequence: int
    time_ms: int
    fee_tier: int
    fee_group: int
    maker_rate_ppm: int
    taker_rate_ppm: int


class Deposited(NamedTuple):
    """``amount`` came in from outside."""

    sequence: int
    time_ms: int
    account: int
    currency: int
    ledger: int
    amount: int
    balance: int


class Withdrawn(NamedTuple):
    """``amount`` left the house."""

    sequence: int
    time_ms: int
    account: int
    currency: int
    ledger: int
    amount: int
    balance: int


class Transferred(NamedTuple):
    """``amount`` moved inside the house. Its ``sequence`` is the id of the transfer."""

    sequence: int
    time_ms: int
    account: int
    currency: int
    amount: int
    from_ledger: int
    to_ledger: int
    to_account: int
    from_balance: int
    to_balance: int
    client_transfer_id: Text32


class OrderPlaced(NamedTuple):
    """An order was accepted; fills, rest or cancel follow with the same command.

    ``price`` is the price after clipping to the band, ``size`` the size after reducing to the balance.
    """

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    side: int
    order_type: int
    time_in_force: int
    post_only: int
    price: int
    size: int
    size_unit: int
    self_trade_prevention: int
    client_order_id: Text32
    tag: Text16


class Filled(NamedTuple):
    """One order's half of a trade; the taker's half comes first, the maker's right after it.

    ``notional`` is the quote amount exchanged; ``fee`` is in ``fee_currency``, the currency received.
    ``order_filled`` and ``order_notional`` are running totals, ``size_left`` what rests or still seeks a match (0 for
    orders sized in quote). ``base_balance`` and ``quote_balance`` are cash balances of the trading account.
    """

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    side: int
    liquidity: int
    trade_id: int
    price: int
    size: int
    notional: int
    fee: int
    fee_currency: int
    order_filled: int
    order_notional: int
    size_left: int
    order_state: int
    base_balance: int
    quote_balance: int
    match_order_id: int


class OrderRested(NamedTuple):
    """``size_left`` lots of an order joined the end of the queue at ``price``."""

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    side: int
    price: int
    size_left: int


class OrderCanceled(NamedTuple):
    """An order ended. ``rested`` is 1 when ``size_left`` lots leave the book at ``price``."""

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    side: int
    price: int
    size_left: int
    rested: int
    reason: int


class OrderAmended(NamedTuple):
    """A resting order changed.

    ``kept_priority`` 1: it stays in its place with ``new_size_left``. 0: its old part left the book at ``old_price``;
    fills and ``OrderRested`` or ``OrderCanceled`` follow. ``new_size_left`` 0: no more is wanted; an ``OrderCanceled`` follows.
    """

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    side: int
    old_price: int
    old_size_left: int
    new_price: int
    new_size: int
    new_size_left: int
    kept_priority: int
    request_id: Text32


class CancelAllAfterSet(NamedTuple):
    """A dead man's switch was set (``trigger_time_ms`` 0: switched off)."""

    sequence: int
    time_ms: int
    account: int
    trigger_time_ms: int
    tag: Text16


class CandleImported(NamedTuple):
    """One minute of history, as given."""

    sequence: int
    time_ms: int
    instrument: int
    open_time_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int


class WithdrawalHoldSet(NamedTuple):
    """What may not leave an account; fields as in ``commands.SetWithdrawalHold``, an ``amount`` of 0 is a release."""

    sequence: int
    time_ms: int
    account: int
    hold_id: int
    kind: int
    currency: int
    amount: int
    until_ms: int


class AmendmentFailed(NamedTuple):
    """A refused amendment (``rejection``) takes its order with it, as it asked to; the ``OrderCanceled`` follows at once.

    Refused amendments that leave their order alone change nothing and give no event.
    """

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    rejection: int
    request_id: Text32


class BalanceCorrected(NamedTuple):
    """The house corrected a balance; fields as in ``commands.CorrectBalance``, both balances are what is there now."""

    sequence: int
    time_ms: int
    account: int
    correction_id: int
    house_account: int
    currency: int
    ledger: int
    amount: int
    balance: int
    house_balance: int


class FamilyDefined(NamedTuple):
    """A family of contracts exists; ``fund_account`` is the house's account that holds its Security Fund."""

    sequence: int
    time_ms: int
    family: int
    name: Text32
    instrument_type: int
    settle: int
    fund_account: int


class PositionTierDefined(NamedTuple):
    """A tier of a family; fields as in ``commands.DefinePositionTier``."""

    sequence: int
    time_ms: int
    family: int
    tier: int
    size_max: int
    maintenance_ppm: int
    initial_ppm: int
    leverage_max: int


class ContractListed(NamedTuple):
    """A contract exists; the fields are those of ``commands.ListContract``."""

    sequence: int
    time_ms: int
    instrument: int
    instrument_id: Text32
    family: int
    base: int
    quote: int
    price_scale: int
    tick_step: int
    size_scale: int
    lot_step: int
    size_min: int
    size_limit_max: int
    size_market_max: int
    band_ppm: int
    fee_group: int
    state: int
    contract_value: int
    contract_scale: int
    multiplier: int
    expiry_ms: int


class MarkPriceSet(NamedTuple):
    """The mark price of a contract and the price limits that hold from now on, in ticks."""

    sequence: int
    time_ms: int
    instrument: int
    price: int
    buy_max: int
    sell_min: int


class OrderMargined(NamedTuple):
    """How an order for a contract is margined, and which position it means. Follows its ``OrderPlaced`` at once."""

    sequence: int
    time_ms: int
    order_id: int
    account: int
    instrument: int
    margin_mode: int
    position_side: int
    reduce_only: int
    leverage: int


class PositionChanged(NamedTuple):
    """A position after a change, and the money that moved with it.

    ``cause`` is a ``kinds.PositionCause``. A fill that turns a position round gives two: one ends a life, one begins
    another; ``life`` is the number of the event that began it. ``lots`` is signed. The average price is
    ``average_ticks`` and ``average_parts`` millionths of a millionth of a tick. ``gained`` and ``fee`` are of this
    change, ``pnl``, ``fees``, ``funding`` and ``penalty`` of the whole life so far. ``margin`` is that of an isolated
    position; ``balance`` is the cash of the settlement currency.
    """

    sequence: int
    time_ms: int
    account: int
    instrument: int
    margin_mode: int
    position_side: int
    cause: int
    order_id: int
    price: int
    lots_changed: int
    lots: int
    average_ticks: int
    average_parts: int
    gained: int
    fee: int
    margin: int
    margin_moved: int
    life: int
    pnl: int
    fees: int
    funding: int
    penalty: int
    balance: int


class LeverageSet(NamedTuple):
    """The leverage (hundredths) of a position, there or to come."""

    sequence: int
    time_ms: int
    account: int
    instrument: int
    margin_mode: int
    position_side: int
    leverage: int


class PositionModeSet(NamedTuple):
    """An account holds its positions otherwise from now on."""

    sequence: int
    time_ms: int
    account: int
    position_mode: int


class FundEndowed(NamedTuple):
    """The Security Fund of a family got ``amount`` from the house's own money."""

    sequence: int
    time_ms: int
    family: int
    amount: int
    balance: int


class MarginWarned(NamedTuple):
    """A position came near liquidation: equity is ``ratio_ppm`` millionths of what is required."""

    sequence: int
    time_ms: int
    account: int
    instrument: int
    margin_mode: int
    position_side: int
    ratio_ppm: int


class PositionTakenOver(NamedTuple):
    """A position, or part of it, was liquidated at the mark price; its ``PositionChanged`` follows.

    ``lots`` is signed. ``rest`` is what the Security Fund gets of what stood behind it, or pays when negative.
    """

    sequence: int
    time_ms: int
    account: int
    instrument: int
    margin_mode: int
    position_side: int
    lots: int
    price: int
    bankruptcy_price: int
    rest: int


class FundChanged(NamedTuple):
    """A Security Fund got or paid ``amount`` because of ``account``; ``peak`` is its highest balance of eight hours."""

    sequence: int
    time_ms: int
    family: int
    cause: int
    account: int
    amount: int
    balance: int
    peak: int


class FundingSettled(NamedTuple):
    """The longs of a contract paid its shorts ``rate`` (millionths of a millionth) of the value at ``price``."""

    sequence: int
    time_ms: int
    instrument: int
    rate: int
    price: int


class ContractDelivered(NamedTuple):
    """A dated contract ended at ``price``; the ``PositionChanged`` of its positions follow."""

    sequence: int
    time_ms: int
    instrument: int
    price: int


Event = (
    CurrencyCreated
    | AccountCreated
    | AccountConfigured
    | InstrumentListed
    | InstrumentStateChanged
    | IndexPriceSet
    | FeeTierDefined
    | Deposited
    | Withdrawn
    | Transferred
    | OrderPlaced
    | Filled
    | OrderRested
    | OrderCanceled
    | OrderAmended
    | CancelAllAfterSet
    | CandleImported
    | WithdrawalHoldSet
    | AmendmentFailed
    | BalanceCorrected
    | FamilyDefined
    | PositionTierDefined
    | ContractListed
    | MarkPriceSet
    | OrderMargined
    | PositionChanged
    | LeverageSet
    | PositionModeSet
    | FundEndowed
    | MarginWarned
    | PositionTakenOver
    | FundChanged
    | FundingSettled
    | ContractDelivered
    | AlgoEvent
    | CollateralEvent
    | MarginEvent
)

EVENT_KINDS: dict[type[Event], int] = {
    CurrencyCreated: 1,
    AccountCreated: 2,
    AccountConfigured: 3,
    InstrumentListed: 4,
    InstrumentStateChanged: 5,
    IndexPriceSet: 6,
    FeeTierDefined: 7,
    Deposited: 8,
    Withdrawn: 9,
    Transferred: 10,
    OrderPlaced: 11,
    Filled: 12,
    OrderRested: 13,
    OrderCanceled: 14,
    OrderAmended: 15,
    CancelAllAfterSet: 16,
    CandleImported: 17,
    WithdrawalHoldSet: 18,
    AmendmentFailed: 19,
    BalanceCorrected: 20,
    FamilyDefined: 30,
    PositionTierDefined: 31,
    ContractListed: 32,
    MarkPriceSet: 33,
    OrderMargined: 34,
    PositionChanged: 35,
    LeverageSet: 36,
    PositionModeSet: 37,
    FundEndowed: 38,
    MarginWarned: 39,
    PositionTakenOver: 40,
    FundChanged: 41,
    FundingSettled: 42,
    ContractDelivered: 43,
    **ALGO_EVENT_KINDS,
    **COLLATERAL_EVENT_KINDS,
    **MARGIN_EVENT_KINDS,
}
