"""What an account may still risk, and what an order would risk.

Why here: one place answers for orders, transfers and settings alike, whatever the account's mode. A requirement is
rounded up and a gain down to the smallest unit, each position by itself.
Invariant: an admitted order can be paid for at the worst price at which it may trade.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.collateral import at_stake, covers, is_pooled, pooled_free, pooled_spendable
from lonja.core.contracts import FUTURES, Contract, floor_of
from lonja.core.crossing import stakes_of
from lonja.core.instruments import Instrument
from lonja.core.ledger import TRADING
from lonja.core.packed import positive
from lonja.core.positions import CROSS, ISOLATED, Position
from lonja.core.state import State
from lonja.core.ticket import Risk

NIL: Final[i64] = -1
BUY: Final[i64] = 0
SPOT_MODE: Final[i64] = 1

# Members of ``rejections.Rejection``.
ACCEPTED: Final[i64] = 0
INSUFFICIENT_BALANCE: Final[i64] = 29
WOULD_LIQUIDATE: Final[i64] = 36
POSITION_ABOVE_MAX: Final[i64] = 34
CURRENCY_PRICE_MISSING: Final[i64] = 110
LEVERAGE_ABOVE_TIER: Final[i64] = 35

MATCHES_MAX: Final[i64] = 1000


def cross_equity(state: State, account: i64, currency: i64) -> int:
    """Cash of the trading account, what its cross positions gained and its cross pockets have, in smallest units."""
    return own_equity(state, account, currency) + stakes_of(state, account, currency).stake


def owned_equity(state: State, account: i64, currency: i64) -> int:
    """The same when no order of its pockets costs anything: what a loss takes before anybody else pays."""
    return own_equity(state, account, currency) + stakes_of(state, account, currency).worth


def own_equity(state: State, account: i64, currency: i64) -> int:
    """The same without pockets."""
    slot = state.ledger.find(account, currency, TRADING)
    if slot == NIL:
        return 0
    cash: int = state.ledger.get(slot, ld.CASH)
    return cash + state.sums_of(account, slot).gain


def cross_margin(state: State, account: i64, currency: i64) -> int:
    """What the cross positions of a currency need as initial margin, at their mark prices."""
    slot = state.ledger.find(account, currency, TRADING)
    return 0 if slot == NIL else state.sums_of(account, slot).initial


def free_margin(state: State, account: i64, currency: i64) -> int:
    """What is left of a currency to open positions with; negative when less than nothing is."""
    if is_pooled(state, account):
        return pooled_free(state, account, currency)
    return own_margin(state, account, currency) + stakes_of(state, account, currency).free


def own_margin(state: State, account: i64, currency: i64) -> int:
    """The same of an account that stands on single currencies, without pockets."""
    slot = state.ledger.find(account, currency, TRADING)
    if slot == NIL:
        return 0
    unheld: int = state.ledger.available(slot)
    sums = state.sums_of(account, slot)
    return unheld + sums.gain - sums.initial


def surely_free(state: State, position: Position) -> int:
    """What is left at least to open positions with, by what sums remember; below zero when nothing is known."""
    sums = position.sums
    if sums is None or sums.crossed or is_pooled(state, position.account):
        return -1
    unheld: int = state.ledger.available(position.settle_slot)
    gained = sums.gain - sums.initial - sums.swing
    return unheld + gained if gained < 0 else unheld


def spendable(state: State, account: i64, currency: i64) -> int:
    """What may leave the trading account, as a transfer, a margin or the price of something.

    Gains of open positions do not count, losses do.
    """
    if is_pooled(state, account):
        return pooled_spendable(state, account, currency)
    slot = state.ledger.find(account, currency, TRADING)
    unheld: int = state.ledger.available(slot)
    stands_alone: bool = state.accounts.get(account, a.FIRST_POSITION) == 0 and slot not in state.crossed_slots
    if state.accounts.get(account, a.MODE) == SPOT_MODE or stands_alone:
        return unheld
    free = free_margin(state, account, currency)
    return unheld if unheld < free else free


def may_leave(state: State, account: i64, currency: i64, ledger: i64) -> int:
    """What may leave a balance; open positions keep what they need in the trading account."""
    if ledger == TRADING:
        return spendable(state, account, currency)
    unheld: int = state.ledger.available(state.ledger.find(account, currency, ledger))
    return unheld


def beside(state: State, contract: Contract, position: Position) -> list[Position]:
    """Which other positions find their tier with this one: all of a family of dated contracts that are held cross."""
    found: list[Position] = []
    if position.margin_mode == CROSS and contract.family.instrument_type == FUTURES:
        for other in state.positions_of(position.account):
            same_family: bool = other.contract.family is contract.family
            if same_family and other is not position and other.margin_mode == CROSS and other.most_lots() > 0:
                found.append(other)
    return found


def check_tier(state: State, contract: Contract, position: Position, risk: Risk) -> i64:
    """Whether the position, with everything that may still open, has a tier that allows its leverage."""
    if risk.reduce_only:
        return ACCEPTED
    size: i64 = _size_after(position, risk)
    if size == 0:
        return ACCEPTED
    family, leverage = contract.family, position.leverage
    for other in beside(state, contract, position):
        size += other.most_lots()
        if other.leverage > leverage:
            leverage = other.leverage
    tier = family.tier_of(size)
    if tier >= len(family.tiers):
        return POSITION_ABOVE_MAX
    return LEVERAGE_ABOVE_TIER if leverage > family.tiers[tier].leverage_max else ACCEPTED


def _size_after(position: Position, risk: Risk) -> i64:
    """Lots on the side of ``risk`` once it and what rests there has traded; 0 when it only closes."""
    resting = position.buy_lots if risk.side == BUY else position.sell_lots
    signed = position.lots
    if risk.side != BUY:
        signed = -signed
    return positive(signed + resting + risk.lots)


def check_margin(state: State, instrument: Instrument, position: Position, risk: Risk) -> i64:
    """Whether the account can pay for all of it, and would not be liquidated by it."""
    contract = position.contract
    opening = _opening(position, risk)
    place = state.rates_place(position.account, instrument)
    rate, taker = state.fee_tiers.maker[place], state.fee_tiers.taker[place]
    needed: int = 0
    pooled = position.margin_mode == CROSS and is_pooled(state, position.account)
    if pooled and opening > 0 and state.currencies[instrument.settle].weight == 0:
        return CURRENCY_PRICE_MISSING
    if opening > 0:
        if position.margin_mode == ISOLATED and _dies_at_once(contract, position, risk, opening, taker):
            return WOULD_LIQUIDATE
        held: int = position.held
        needed = _need_after(contract, position, risk, rate) - held
        needed += _cost_of_taking(contract, position, risk, opening, taker, rate)
    closing: i64 = risk.lots - opening
    if closing > 0:
        needed += _shortfall(contract, position, risk, closing, taker)
    if needed <= 0 or needed <= surely_free(state, position):
        return ACCEPTED
    if pooled and opening == 0:
        return ACCEPTED if needed <= at_stake(state, position.account, instrument.settle) else INSUFFICIENT_BALANCE
    if opening == 0 and position.margin_mode == CROSS:
        # Closing frees what the position needed, so only what orders do not hold of what is owned bounds the loss.
        ordered: int = state.ledger.get(position.settle_slot, ld.HELD)
        left = cross_equity(state, position.account, instrument.settle) - ordered
        return ACCEPTED if needed <= left else INSUFFICIENT_BALANCE
    if position.margin_mode == CROSS:
        enough = needed <= free_margin(state, position.account, instrument.settle)
    elif is_pooled(state, position.account):
        enough = covers(state, position.account, instrument.settle, needed)
    else:
        enough = needed <= spendable(state, position.account, instrument.settle)
    return ACCEPTED if enough else INSUFFICIENT_BALANCE


def _opening(position: Position, risk: Risk) -> i64:
    """How many lots of the order may open, when what rests on its side goes first."""
    if risk.reduce_only:
        return 0
    resting = position.buy_lots if risk.side == BUY else position.sell_lots
    closable: i64 = position.reducible(risk.side) - resting
    if closable <= 0:
        return risk.lots
    return positive(risk.lots - closable)


def _need_after(contract: Contract, position: Position, risk: Risk, rate: i64) -> int:
    """What the resting orders would need if the order rested with them at its worst price."""
    value = contract.ceil_value(risk.dear, risk.lots)
    if risk.side == BUY:
        position.buy_lots += risk.lots
        position.buy_value += value
        needed = position.need_with_more(BUY, rate)
        position.buy_lots -= risk.lots
        position.buy_value -= value
    else:
        position.sell_lots += risk.lots
        position.sell_value += value
        needed = position.need_with_more(risk.side, rate)
        position.sell_lots -= risk.lots
        position.sell_value -= value
    return needed


def _cost_of_taking(
    contract: Contract, position: Position, risk: Risk, opening: i64, taker_rate: i64, maker_rate: i64
) -> int:
    """What trading at once costs beyond resting: the dearer fee, its roundings, and a price worse than the mark."""
    cost: int = 0
    if risk.takes:
        reserved = positive(maker_rate)
        if taker_rate > reserved:
            cost = contract.fee(risk.dear, opening, taker_rate - reserved)
        # Each fill rounds its fee up.
        fills: int = opening if opening < MATCHES_MAX else MATCHES_MAX
        cost += fills
    if position.margin_mode == CROSS:
        loss = _loss_against_mark(contract, risk, opening)
        cost += loss if loss > 0 else 0
    return cost


def _loss_against_mark(contract: Contract, risk: Risk, lots: i64) -> int:
    """What the order gives away when it trades at its worst price instead of the mark, rounded up."""
    distance: i64 = risk.price - contract.mark if risk.side == BUY else contract.mark - risk.price
    if not contract.inverse:
        if distance >= 0:
            return contract.ceil_value(distance, lots)
        return -contract.floor_value(-distance, lots)
    # The difference of both values: one over the mark, one over the price.
    away: int = distance
    price: int = risk.price
    mark: int = contract.mark
    wide_lots: int = lots
    return -(-(away * wide_lots * contract.unit) // (price * mark * contract.divisor))


def _dies_at_once(contract: Contract, position: Position, risk: Risk, lots: i64, taker_rate: i64) -> bool:
    """Whether isolated lots opened at the worst price would be liquidated at the present mark."""
    family = contract.family
    paid = positive(taker_rate)
    rate: i64 = family.tiers[family.nearest_tier(_size_after(position, risk))].maintenance_ppm + paid
    margin = floor_of(position.initial_margin(contract, risk.price, lots))
    # What is left is whole, so it is at most what is required when it is at most the whole part of that.
    required = -contract.fee(contract.mark, lots, -rate)
    return margin - _loss_against_mark(contract, risk, lots) <= required


def _shortfall(contract: Contract, position: Position, risk: Risk, lots: i64, taker_rate: i64) -> int:
    """What closing at the worst price may cost beyond the margin that comes back; 0 when it costs nothing."""
    fee = contract.fee(risk.dear, lots, taker_rate)
    if position.margin_mode == CROSS:
        loss = _loss_against_mark(contract, risk, lots) + fee
        return loss if loss > 0 else 0
    short: int = fee - position.margin_of(lots) - position.floor_gain(contract, risk.price, lots)
    return short if short > 0 else 0


def can_bear(state: State, instrument: Instrument, contract: Contract, slot: i64) -> bool:
    """Whether whoever rests an order can still pay for what is left of it, when it would trade worse than the mark.

    The money that was there when it was admitted may have left since, and the mark may have moved.
    """
    side, price = state.orders.get(slot, o.SIDE), state.orders.get(slot, o.PRICE)
    lots = state.orders.get(slot, o.LEFT)
    better: bool = price <= contract.mark if side == BUY else price >= contract.mark
    if better:
        return True
    position = state.positions[state.orders.get(slot, o.POSITION) - 1]
    rate = state.maker_rate(position.account, instrument)
    paid = positive(rate)
    risk = state.resting_risk
    risk.ask(side, 0, price, state.orders.get(slot, o.REDUCE_ONLY) == 1)
    if position.margin_mode == CROSS:
        loss = _loss_against_mark(contract, risk, lots) + contract.fee(price, lots, paid)
        if loss <= surely_free(state, position):
            return True
        if is_pooled(state, position.account):
            return loss <= at_stake(state, position.account, instrument.settle)
        return loss <= cross_equity(state, position.account, instrument.settle)
    closing = position.reducible(side)
    if closing > lots:
        closing = lots
    opening: i64 = lots - closing
    taker = state.taker_rate(position.account, instrument)
    if opening > 0 and _dies_at_once(contract, position, risk, opening, taker):
        return False
    short = _shortfall(contract, position, risk, closing, paid) if closing > 0 else 0
    unheld: int = state.ledger.available(position.settle_slot)
    return short == 0 or short <= unheld
