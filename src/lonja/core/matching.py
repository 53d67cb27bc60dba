"""Matching a taker against the resting orders of the other side, price first, then time.

Why here: the hot loop, apart from the rules of admission. Each trade moves money, updates both orders and writes two
events before the next one is looked at. Invariant: the taker could pay for everything before the first trade, so no
balance can become negative here.
"""

from typing import Final

from mypy_extensions import i64, mypyc_attr

from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import seats as st
from lonja.core.algos import LAST
from lonja.core.contracts import Contract
from lonja.core.fees import fee_of
from lonja.core.funds import cover_loss
from lonja.core.instruments import INT_MAX, Instrument
from lonja.core.margin import can_bear
from lonja.core.pocket_positions import note_fill
from lonja.core.settling import bound_reducing, settle_fill
from lonja.core.state import State
from lonja.core.ticket import Taker

NIL: Final[i64] = -1
BUY: Final[i64] = 0
SELL: Final[i64] = 1
MATCHES_MAX: Final[i64] = 1000

CANCEL_MAKER: Final[i64] = 1
CANCEL_BOTH: Final[i64] = 3

PARTIALLY_FILLED: Final[i64] = 1
FILLED: Final[i64] = 2

# Why matching stopped; the numbers of the enum ``kinds.CancelReason`` where it is one.
STOP_DONE: Final[i64] = 0
STOP_PRICE: Final[i64] = 5
STOP_SELF_TRADE: Final[i64] = 6
STOP_MATCH_LIMIT: Final[i64] = 8
STOP_EMPTY: Final[i64] = 9
UNCOVERED: Final[i64] = 17


def market_key(instrument: Instrument, side: i64) -> i64:
    """The worst sort key at which a market order trades: the edge of the band, if there is one."""
    edge = instrument.buy_max if side == BUY else instrument.sell_min
    return -INT_MAX if edge == 0 else limit_key_of(side, edge)


def match(state: State, taker: Taker, instrument: Instrument) -> None:
    """Trade until the taker is done or must stop; ``taker.stop`` tells why."""
    opposite = instrument.asks if taker.side == BUY else instrument.bids
    matches: i64 = 0
    while True:
        if taker.left == 0:
            taker.stop = STOP_DONE
            return
        if opposite.count == 0:
            taker.stop = STOP_EMPTY
            return
        if opposite.best_key() < taker.limit_key:
            taker.stop = STOP_PRICE
            return
        maker = state.levels.get(opposite.best_value(), b.HEAD)
        lots = state.orders.get(maker, o.LEFT)
        if taker.by_quote:
            lots = instrument.lots_for(taker.quote_left, state.orders.get(maker, o.PRICE), lots)
            if lots == 0:
                taker.stop = STOP_DONE
                return
        elif taker.left < lots:
            lots = taker.left
        if matches == MATCHES_MAX:
            taker.stop = STOP_MATCH_LIMIT
            return
        if state.orders.get(maker, o.MASTER) == taker.master:
            if _yield_to_self(state, taker, maker):
                return
            continue
        if instrument.contract is not None and not can_bear(state, instrument, instrument.contract, maker):
            state.end_resting(maker, UNCOVERED)
            if taker.price == 0 and taker.limit_key < taker.judged_key:
                taker.limit_key = taker.judged_key
            continue
        matches += 1
        _trade(state, taker, instrument, maker, lots)


def _yield_to_self(state: State, taker: Taker, maker: i64) -> bool:
    """Both orders are of one master account: somebody yields. True when matching ends."""
    if taker.prevention == CANCEL_MAKER:
        state.end_resting(maker, STOP_SELF_TRADE)
        return False
    if taker.prevention == CANCEL_BOTH:
        state.end_resting(maker, STOP_SELF_TRADE)
    taker.stop = STOP_SELF_TRADE
    return True


def _trade(state: State, taker: Taker, instrument: Instrument, maker: i64, lots: i64) -> None:
    if instrument.contract is not None:
        _trade_contract(state, taker, instrument, instrument.contract, maker, lots)
        return
    words = state.orders.words
    price = words[maker + o.PRICE]
    notional = instrument.notional_floor(price, lots)
    base: i64 = lots * instrument.base_per_lot
    instrument.last_trade_id += 1
    instrument.last_price = price
    if state.algos.count != 0:
        state.algos.note_price(LAST, instrument.code, price)
    taker.filled += lots
    taker.notional += notional
    if taker.by_quote:
        # Rounded up, or what rounding left over would buy from the same maker again, beyond what was looked ahead.
        taker.quote_left -= instrument.notional_ceil(price, lots)
        if taker.quote_left == 0:
            taker.left = 0
    else:
        taker.left -= lots
    maker_account = words[maker + o.ACCOUNT]
    maker_rate = state.maker_rate(maker_account, instrument)
    if taker.side == BUY:
        taker_fee = fee_of(base, taker.rate_ppm)
        maker_fee = fee_of(notional, maker_rate)
    else:
        taker_fee = fee_of(notional, taker.rate_ppm)
        maker_fee = fee_of(base, maker_rate)
    if maker_fee < 0:
        maker_fee = _payable(state, instrument.quote if taker.side == BUY else instrument.base, maker_fee)
    if taker_fee >= 0:
        taker.fee += taker_fee
    else:
        taker_fee = _payable(state, instrument.base if taker.side == BUY else instrument.quote, taker_fee)
        taker.rebate -= taker_fee
    if state.has_pockets:
        note_fill(state, taker.account, taker.side, lots, notional)
    _move_taker(state, taker, instrument, price, lots, base, notional, taker_fee, words[maker + o.ORDER_ID])
    if state.has_pockets:
        note_fill(state, maker_account, words[maker + o.SIDE], lots, notional)
    _move_maker(state, taker, instrument, maker, lots, base, notional, maker_fee)


def _trade_contract(
    state: State, taker: Taker, instrument: Instrument, contract: Contract, maker: i64, lots: i64
) -> None:
    """Both halves of a trade in a contract: first both ``Filled``, then what becomes of both positions."""
    words = state.orders.words
    price = words[maker + o.PRICE]
    maker_id, maker_account = words[maker + o.ORDER_ID], words[maker + o.ACCOUNT]
    notional: i64 = contract.floor_value(price, lots)
    taker_fee: i64 = contract.fee(price, lots, taker.rate_ppm)
    maker_fee: i64 = contract.fee(price, lots, state.maker_rate(maker_account, instrument))
    if maker_fee < 0:
        maker_fee = _payable(state, instrument.settle, maker_fee)
    if taker_fee < 0:
        taker_fee = _payable(state, instrument.settle, taker_fee)
    instrument.last_trade_id += 1
    instrument.last_price = price
    if state.algos.count != 0:
        state.algos.note_fill(maker_id, lots)
        state.algos.note_fill(taker.order_id, lots)
        state.algos.note_price(LAST, instrument.code, price)
    taker.filled += lots
    taker.notional += notional
    taker.left -= lots
    if taker_fee >= 0:
        taker.fee += taker_fee
    else:
        taker.rebate -= taker_fee
    if maker_fee >= 0:
        words[maker + o.FEE] += maker_fee
    else:
        words[maker + o.REBATE] -= maker_fee
    words[maker + o.FILLED] += lots
    words[maker + o.NOTIONAL] += notional
    words[maker + o.UPDATED] = state.time_ms
    left: i64 = words[maker + o.LEFT] - lots
    _emit_taker(state, taker, instrument, price, lots, notional, taker_fee, instrument.settle, 0, 0, maker_id)
    _emit_maker(state, taker, instrument, maker, lots, notional, maker_fee, instrument.settle, left, 0, 0)
    maker_side = words[maker + o.SIDE]
    maker_position = state.positions[words[maker + o.POSITION] - 1]
    if left == 0:
        b.unlink(words, state.levels, instrument, maker)
        state.count_in_position(maker, instrument, 0)
        state.forget(maker)
    else:
        state.levels.words[words[maker + o.LEVEL] + b.SIZE] -= lots
        state.count_in_position(maker, instrument, left)
    taker_position = state.positions[taker.position - 1]
    settle_fill(state, instrument, taker_position, taker.side, price, lots, taker_fee, taker.order_id)
    settle_fill(state, instrument, maker_position, maker_side, price, lots, maker_fee, maker_id)
    cover_loss(state, contract, taker_position)
    cover_loss(state, contract, maker_position)
    bound_reducing(state, instrument, taker_position)
    bound_reducing(state, instrument, maker_position)


def _payable(state: State, currency: i64, rebate: i64) -> i64:
    """``rebate`` (negative), or 0 when paying it would leave what a word counts.

    No more of a currency may be owned than may be issued, and the house owes no more than that either.
    """
    fees: i64 = state.ledger.get(state.currencies[currency].fee_slot, ld.CASH) + rebate
    if fees < -INT_MAX or state.issued_total(currency) - fees > INT_MAX:
        return 0
    return rebate


def _move_taker(
    state: State,
    taker: Taker,
    instrument: Instrument,
    price: i64,
    lots: i64,
    base: i64,
    notional: i64,
    fee: i64,
    maker_order_id: i64,
) -> None:
    """The taker's postings and its ``Filled``."""
    ledger = state.ledger
    time_ms = state.time_ms
    if taker.side == BUY:
        base_balance = ledger.post(taker.base_slot, base - fee, time_ms)
        quote_balance = ledger.post(taker.quote_slot, -notional, time_ms)
        ledger.post(instrument.base_fee_slot, fee, time_ms)
    else:
        base_balance = ledger.post(taker.base_slot, -base, time_ms)
        quote_balance = ledger.post(taker.quote_slot, notional - fee, time_ms)
        ledger.post(instrument.quote_fee_slot, fee, time_ms)
    currency = instrument.base if taker.side == BUY else instrument.quote
    _emit_taker(
        state, taker, instrument, price, lots, notional, fee, currency, base_balance, quote_balance, maker_order_id
    )


def _emit_taker(
    state: State,
    taker: Taker,
    instrument: Instrument,
    price: i64,
    lots: i64,
    notional: i64,
    fee: i64,
    fee_currency: i64,
    base_balance: i64,
    quote_balance: i64,
    maker_order_id: i64,
) -> None:
    first = state.events.begin_filled(True)
    out = state.events.words
    out[first + 4] = taker.order_id
    out[first + 5] = taker.account
    out[first + 6] = instrument.code
    out[first + 7] = taker.side
    out[first + 8] = 0
    out[first + 9] = instrument.last_trade_id
    out[first + 10] = price
    out[first + 11] = lots
    out[first + 12] = notional
    out[first + 13] = fee
    out[first + 14] = fee_currency
    out[first + 15] = taker.filled
    out[first + 16] = taker.notional
    if taker.by_quote:
        out[first + 17] = 0
    else:
        out[first + 17] = taker.left
    out[first + 18] = FILLED if taker.left == 0 else PARTIALLY_FILLED
    out[first + 19] = base_balance
    out[first + 20] = quote_balance
    out[first + 21] = maker_order_id


def _move_maker(
    state: State, taker: Taker, instrument: Instrument, maker: i64, lots: i64, base: i64, notional: i64, fee: i64
) -> None:
    """The maker's postings, hold, order and ``Filled``."""
    ledger = state.ledger
    words = state.orders.words
    time_ms = state.time_ms
    price = words[maker + o.PRICE]
    left: i64 = words[maker + o.LEFT] - lots
    seat = words[maker + o.SEAT]
    base_slot = state.seats.get(seat, st.BASE_SLOT)
    quote_slot = state.seats.get(seat, st.QUOTE_SLOT)
    hold = words[maker + o.HOLD]
    if taker.side == BUY:
        ledger.hold(base_slot, -base, time_ms)
        words[maker + o.HOLD] = hold - base
        base_balance = ledger.post(base_slot, -base, time_ms)
        quote_balance = ledger.post(quote_slot, notional - fee, time_ms)
        ledger.post(instrument.quote_fee_slot, fee, time_ms)
    else:
        hold_after = instrument.notional_ceil(price, left)
        ledger.hold(quote_slot, hold_after - hold, time_ms)
        words[maker + o.HOLD] = hold_after
        base_balance = ledger.post(base_slot, base - fee, time_ms)
        quote_balance = ledger.post(quote_slot, -notional, time_ms)
        ledger.post(instrument.base_fee_slot, fee, time_ms)
    if fee >= 0:
        words[maker + o.FEE] += fee
    else:
        words[maker + o.REBATE] -= fee
    words[maker + o.FILLED] += lots
    words[maker + o.NOTIONAL] += notional
    words[maker + o.UPDATED] = time_ms
    currency = instrument.quote if taker.side == BUY else instrument.base
    _emit_maker(state, taker, instrument, maker, lots, notional, fee, currency, left, base_balance, quote_balance)
    if left == 0:
        b.unlink(words, state.levels, instrument, maker)
        state.forget(maker)
    else:
        words[maker + o.LEFT] = left
        state.levels.words[words[maker + o.LEVEL] + b.SIZE] -= lots


def _emit_maker(
    state: State,
    taker: Taker,
    instrument: Instrument,
    maker: i64,
    lots: i64,
    notional: i64,
    fee: i64,
    fee_currency: i64,
    left: i64,
    base_balance: i64,
    quote_balance: i64,
) -> None:
    words = state.orders.words
    first = state.events.begin_filled(False)
    out = state.events.words
    out[first + 4] = words[maker + o.ORDER_ID]
    out[first + 5] = words[maker + o.ACCOUNT]
    out[first + 6] = instrument.code
    out[first + 7] = words[maker + o.SIDE]
    out[first + 8] = 1
    out[first + 9] = instrument.last_trade_id
    out[first + 10] = words[maker + o.PRICE]
    out[first + 11] = lots
    out[first + 12] = notional
    out[first + 13] = fee
    out[first + 14] = fee_currency
    out[first + 15] = words[maker + o.FILLED]
    out[first + 16] = words[maker + o.NOTIONAL]
    out[first + 17] = left
    out[first + 18] = FILLED if left == 0 else PARTIALLY_FILLED
    out[first + 19] = base_balance
    out[first + 20] = quote_balance
    out[first + 21] = taker.order_id


@mypyc_attr(acyclic=True)
class Walk:
    """What a taker would find: lots it could trade, how many of them a budget pays for, and the last price."""

    def __init__(self) -> None:
        """Nothing found."""
        self.lots: i64 = 0
        self.affordable: i64 = 0
        self.last_price: i64 = 0


def walk(
    state: State, instrument: Instrument, side: i64, limit_key: i64, master: i64, skip_own: bool, lots: i64, budget: i64
) -> Walk:
    """Look ahead along the other side for up to ``lots``, without changing anything.

    Own orders are skipped, or end the walk when they would stop the taker. Stops after as many orders as matching
    would. ``budget`` is in quote, -1 for none; the walk ends soon after it is spent.
    """
    opposite = instrument.asks if side == BUY else instrument.bids
    found = Walk()
    words = state.orders.words
    matches: i64 = 0
    budget_left = budget
    if opposite.count == 0:
        return found
    key: i64 = opposite.best_key()
    level: i64 = opposite.best_value()
    while level != NIL and key >= limit_key:
        slot = state.levels.get(level, b.HEAD)
        while slot != NIL:
            own: bool = words[slot + o.MASTER] == master
            if own and not skip_own:
                return found
            contract = instrument.contract
            trades: bool = not own and (contract is None or can_bear(state, instrument, contract, slot))
            if trades:
                if found.lots == lots or matches == MATCHES_MAX:
                    return found
                matches += 1
                take = words[slot + o.LEFT]
                if lots - found.lots < take:
                    take = lots - found.lots
                price = words[slot + o.PRICE]
                found.lots += take
                found.last_price = price
                if budget != NIL:
                    paid = instrument.lots_for(budget_left, price, take)
                    found.affordable += paid
                    if paid < take:
                        return found
                    budget_left -= instrument.notional_ceil(price, paid)
            slot = words[slot + o.NEXT]
        level = opposite.next_worse(key)
        key = b.price_key(SELL if side == BUY else BUY, state.levels.get(level, b.PRICE)) if level != NIL else key
    return found


def would_take(instrument: Instrument, side: i64, price: i64) -> bool:
    """Whether a limit order at ``price`` would match at once."""
    opposite = instrument.asks if side == BUY else instrument.bids
    return opposite.count > 0 and opposite.best_key() >= limit_key_of(side, price)


def limit_key_of(side: i64, price: i64) -> i64:
    """The worst sort key of the other side at which an order of ``side`` limited to ``price`` still trades."""
    return -price if side == BUY else price
