"""Liquidation: what happens at a mark price that leaves a position less than it needs.

Why here: one command, a new mark price, may end many positions, and must end them in an order that anybody can repeat.
The steps: warn at three times what is required; cancel its orders; from the third tier on step down two tiers at a time
until it is safe; take the rest over at the bankruptcy price; close in the market what was taken over; deleverage winners
when the Security Fund cannot carry it. Invariant: the holder loses what stood behind the position and not more, and the
family's fund gets or pays the difference.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.algos import TAKEN_OVER
from lonja.core.calm import is_calm, is_quiet, remember_calm, remember_quiet
from lonja.core.contracts import Contract, fee_on, floor_of
from lonja.core.deleveraging import deleverage
from lonja.core.events import MarginWarned, OrderMargined, OrderPlaced, PositionTakenOver
from lonja.core.funds import change_fund, fund_balance, has_fallen, note_peak
from lonja.core.instruments import LIVE, Instrument
from lonja.core.maintenance import (
    WARNING_TIMES,
    Standing,
    cross_positions,
    cross_standing,
    isolated_standing,
    required,
    tier_index,
    tier_lots,
)
from lonja.core.matching import limit_key_of, match, would_take
from lonja.core.orders import next_order_id
from lonja.core.placing import finish_immediate
from lonja.core.positions import CROSS, ISOLATED, NET, Position
from lonja.core.settling import bound_reducing, settle_fill, take_over
from lonja.core.state import State
from lonja.core.texts import EMPTY_16, EMPTY_32

NIL: Final[i64] = -1
BUY: Final[i64] = 0
SELL: Final[i64] = 1
IOC_REST: Final[i64] = 4
LIQUIDATED_REASON: Final[i64] = 16
FUND_LIQUIDATION: Final = 1
PATIENCE_MS: Final = 30_000
_IOC: Final = 1


def watch_margins(state: State, instrument: Instrument, contract: Contract) -> None:
    """Warn and liquidate whoever the mark price of ``contract`` leaves too little, by account and position.

    Who is in danger is decided before anybody is liquidated; what that leaves others with is for the next mark price.
    """
    alone: list[tuple[int, int]] = []
    together: dict[int, bool] = {}
    for number in contract.positions:
        position = state.positions[number - 1]
        if position.lots == 0 or position.account == contract.family.account or is_calm(state, position, contract.mark):
            continue
        if position.margin_mode == CROSS:
            together[int(position.account)] = True
        elif _is_isolated_in_danger(state, contract, position):
            alone.append((int(position.account), number))
    settle = contract.family.settle
    accounts = [account for account in sorted(together) if _is_cross_in_danger(state, contract, account)]
    for _, number in sorted(alone):
        _liquidate_isolated(state, instrument, contract, state.positions[number - 1])
    touched: dict[int, bool] = {int(instrument.code): True}
    for account in accounts:
        _liquidate_cross(state, account, settle, touched)
    for code in sorted(touched):
        found = state.instruments[code]
        assert found.contract is not None, "only contracts have positions"
        unload(state, found, found.contract)


def _is_isolated_in_danger(state: State, contract: Contract, position: Position) -> bool:
    standing = isolated_standing(state, contract, position)
    if _is_in_danger(state, standing, [position]):
        return True
    remember_calm(state, contract, position, standing)
    return False


def _is_cross_in_danger(state: State, contract: Contract, account: i64) -> bool:
    """The same for all cross positions of a currency; orders that would use up what these require are canceled."""
    settle = contract.family.settle
    if is_quiet(state, account, settle):
        return False
    standing = cross_standing(state, account, settle)
    positions = cross_positions(state, account, settle)
    is_in_danger = _is_in_danger(state, standing, positions)
    remember_quiet(state, account, positions)
    if is_in_danger:
        return True
    held: int = state.ledger.words[positions[0].settle_slot + ld.HELD]
    if held != 0 and standing.is_within(1, held):
        cancel_of_currency(state, account, settle)
    if len(positions) == 1:
        remember_calm(state, contract, positions[0], standing)
    return False


def _is_in_danger(state: State, standing: Standing, positions: list[Position]) -> bool:
    """Whether positions that stand together are to be liquidated; warns once when they come near it."""
    near = standing.is_within(WARNING_TIMES)
    for position in positions:
        if near and position.warned == 0:
            _warn(state, position, standing.ratio_ppm())
        position.warned = 1 if near else 0
    return near and standing.is_within(1)


def _warn(state: State, position: Position, ratio_ppm: int) -> None:
    names = (int(position.account), int(position.instrument), int(position.margin_mode), int(position.side))
    state.events.cold(MarginWarned(state.events.next_sequence(), state.time_ms, *names, ratio_ppm))


def _liquidate_isolated(state: State, instrument: Instrument, contract: Contract, position: Position) -> None:
    _cancel_of_position(state, position)
    while position.lots != 0 and isolated_standing(state, contract, position).is_within(1):
        lots = _step(state, contract, position)
        _take(state, instrument, contract, position, lots, position.margin_of(lots))


def _step(state: State, contract: Contract, position: Position) -> i64:
    """Lots to be taken over next: from the third tier on what exceeds the size of the tier two below, else all."""
    size = position.size()
    tier = tier_index(state, contract, position)
    if tier < 2:
        return size
    excess: i64 = tier_lots(state, contract, position) - contract.family.tiers[tier - 2].size_max
    return excess if excess < size else size


def _liquidate_cross(state: State, account: i64, currency: i64, touched: dict[int, bool]) -> None:
    """Take over what an account's cross positions cannot keep; notes in ``touched`` what the fund then keeps."""
    cancel_of_currency(state, account, currency)
    while True:
        held = cross_positions(state, account, currency)
        standing = cross_standing(state, account, currency)
        if not held or not standing.is_within(1):
            return
        worst = _dearest(state, held)
        instrument = state.instruments[worst.instrument]
        contract = worst.contract
        lots = _step(state, contract, worst)
        if lots == worst.size() and len(held) == 1:
            share = floor_of((standing.equity_num, standing.equity_den))
        else:
            need_num, need_den = required(state, contract, worst, lots)
            share = (standing.equity_num * need_num * standing.required_den) // (
                standing.equity_den * need_den * standing.required_num
            )
        touched[int(worst.instrument)] = True
        _take(state, instrument, contract, worst, lots, share)


def _dearest(state: State, held: list[Position]) -> Position:
    """The position that requires most; of two equals the one that was named first."""
    best = held[0]
    most: int = -1
    for position in held:
        needed = floor_of(required(state, position.contract, position, position.size()))
        if needed > most:
            best, most = position, needed
    return best


def _take(state: State, instrument: Instrument, contract: Contract, position: Position, lots: i64, share: int) -> None:
    """Take ``lots`` over at the mark; the holder loses ``share``, whatever they lost so far included."""
    family = contract.family
    price = contract.mark
    if state.algos.count != 0:
        state.algos.queue.append((TAKEN_OVER, int(position.number), 0))
    rate: int = _taker_rate(state, instrument, position)
    fee: int = fee_on(contract.value(price, lots), rate)
    gained = floor_of(position.gain(contract, price, lots))
    # What is left of the share once the loss (of an isolated position) and the fee are paid.
    rest = share + gained - fee if position.margin_mode == ISOLATED else share - fee
    carried = fund_balance(state, family) + rest >= 0
    was_long: bool = position.lots > 0
    bankruptcy = position.price_for(contract, lots, gained - share if position.margin_mode == CROSS else -share)
    number = state.events.next_sequence()
    names = (int(position.account), int(position.instrument), int(position.margin_mode), int(position.side))
    signed: int = lots if was_long else -lots
    state.events.cold(PositionTakenOver(number, state.time_ms, *names, signed, int(price), int(bankruptcy), rest))
    take_over(state, instrument, position, price, lots, fee, rest)
    change_fund(state, family, FUND_LIQUIDATION, position.account, rest)
    keeper = state.position(family.account, instrument, CROSS, NET)
    settle_fill(state, instrument, keeper, BUY if was_long else SELL, price, lots, 0, 0)
    if not carried and keeper.lots != 0:
        deleverage(state, instrument, keeper)
    state.renew_hold(position)
    bound_reducing(state, instrument, position)


def _taker_rate(state: State, instrument: Instrument, position: Position) -> int:
    rate: int = state.taker_rate(position.account, instrument)
    return max(rate, 0)


def unload(state: State, instrument: Instrument, contract: Contract) -> None:
    """Close in the market what the fund has taken over, as far as it can pay for it; deleverage when it must."""
    keeper = state.find_position(contract.family.account, instrument.code, CROSS, NET)
    if keeper is None or keeper.lots == 0 or instrument.state != LIVE:
        return
    note_peak(state, contract.family)
    side = SELL if keeper.lots > 0 else BUY
    worst = keeper.price_for(contract, keeper.size(), -fund_balance(state, contract.family))
    if side == SELL:
        limit = worst if worst > instrument.sell_min else instrument.sell_min
    else:
        limit = worst if worst < instrument.buy_max else instrument.buy_max
    if would_take(instrument, side, limit):
        _send(state, instrument, keeper, side, limit)
    waited: i64 = state.time_ms - keeper.opened_ms
    if keeper.lots != 0 and (waited >= PATIENCE_MS or has_fallen(state, contract.family)):
        deleverage(state, instrument, keeper)
    note_peak(state, contract.family)


def _send(state: State, instrument: Instrument, keeper: Position, side: i64, limit: i64) -> None:
    """An immediate order of the fund's account, at no fee."""
    taker = state.taker
    state.last_order_id = next_order_id(state.last_order_id, state.time_ms)
    taker.begin(state.last_order_id, keeper.account, instrument.code, side, limit, keeper.size(), 1)
    taker.master = keeper.account
    taker.limit_key = limit_key_of(side, limit)
    taker.rate_ppm = 0
    taker.position = keeper.number
    taker.reduce_only = 1
    names = (int(taker.order_id), int(taker.account), int(taker.instrument))
    terms = (int(side), 0, _IOC, 0, int(limit), int(taker.size), 0, 1)
    state.events.cold(OrderPlaced(state.events.next_sequence(), state.time_ms, *names, *terms, EMPTY_32, EMPTY_16))
    state.events.cold(OrderMargined(state.events.next_sequence(), state.time_ms, *names, 0, 0, 1, int(keeper.leverage)))
    match(state, taker, instrument)
    finish_immediate(state, taker, IOC_REST)


def _cancel_of_position(state: State, position: Position) -> None:
    for slot in state.orders_of(position.account):
        if state.orders.words[slot + o.POSITION] == position.number:
            state.end_resting(slot, LIQUIDATED_REASON)


def cancel_of_currency(state: State, account: i64, currency: i64) -> None:
    """Cancel whatever holds money of ``currency``, and every order of its cross positions."""
    for slot in state.orders_of(account):
        held: bool = state.ledger.words[state.hold_slot(slot) + ld.CURRENCY] == currency
        if held:
            state.end_resting(slot, LIQUIDATED_REASON)
