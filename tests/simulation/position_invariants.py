"""What must hold of positions after every command, whatever was asked.

Why here: ``invariants`` asks it with everything else. Everything is counted anew in exact fractions; what orders hold is
written here as ``docs/adr/0031`` says it, not as the core computes it.
"""

from collections import Counter
from fractions import Fraction
from math import ceil, floor

from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core.contracts import Contract, Family
from lonja.core.kinds import MarginMode, PositionSide, Side
from lonja.core.positions import Position
from lonja.core.state import State


def margins_of(state: State) -> Counter[int]:
    """What isolated positions have as margin, by currency: it has left the cash of their accounts."""
    totals: Counter[int] = Counter()
    for position in state.positions:
        totals[int(state.instruments[position.instrument].settle)] += position.margin
    return totals


def check_positions(state: State, slots: list[int]) -> None:
    """Expect positions to balance and their sums of orders, holds and margins to be right."""
    by_position: dict[int, list[int]] = {}
    for slot in slots:
        number = state.orders.words[slot + o.POSITION]
        assert (number != 0) == (state.instruments[state.orders.words[slot + o.INSTRUMENT]].contract is not None)
        if number:
            by_position.setdefault(int(number), []).append(slot)
    for place, position in enumerate(state.positions):
        assert position.number == place + 1, "a position has another number than its place"
        _check_position(state, position, by_position.pop(place + 1, []))
    assert not by_position, "an order means a position that there is not"
    for instrument in state.instruments:
        if instrument.contract is not None:
            _check_contract(state, instrument.contract)
    for family in state.families:
        _check_clearing(state, family)


def _check_contract(state: State, contract: Contract) -> None:
    held = [int(state.positions[number - 1].lots) for number in contract.positions]
    assert sum(held) == 0, "longs and shorts differ"
    assert contract.open_lots == sum(max(lots, 0) for lots in held), "other lots are open than are held"


def _check_clearing(state: State, family: Family) -> None:
    """What a family's clearing owes is what its open positions have gained, and roundings only make it owe less."""
    gained = Fraction(0)
    for position in state.positions:
        contract = position.contract
        if contract.family is family and position.lots:
            numerator, denominator = position.gain(contract, contract.mark, position.size())
            gained += Fraction(numerator, denominator)
    assert state.ledger.words[family.clearing_slot + ld.CASH] >= floor(gained), "clearing owes more than was gained"


def _check_position(state: State, position: Position, slots: list[int]) -> None:
    instrument = state.instruments[position.instrument]
    contract = instrument.contract
    assert contract is not None, "a position in what is no contract"
    assert position.number in contract.positions
    found = state.find_position(position.account, position.instrument, position.margin_mode, position.side)
    assert found is position, "a position is not found"
    assert position.settle_slot == state.ledger.find(position.account, instrument.settle, 1)
    if position.side == PositionSide.LONG:
        assert position.lots >= 0, "a long position is short"
    if position.side == PositionSide.SHORT:
        assert position.lots <= 0, "a short position is long"
    if position.lots == 0:
        assert (position.margin, position.entry_num) == (0, 0), "a flat position has something left"
    else:
        assert position.entry_num > 0, "a position has no entry"
        assert position.life > 0, "a position that is held was never opened"
    assert position.margin_mode == MarginMode.ISOLATED or position.margin == 0, "a cross position has a margin"
    _check_orders_of(state, contract, position, slots)
    need = need_of(state, contract, position, slots)
    assert position.held == need, f"{position.held} is held for orders that need {need}"


def _check_orders_of(state: State, contract: Contract, position: Position, slots: list[int]) -> None:
    words = state.orders.words
    lots, values = Counter[int](), Counter[int]()
    for slot in slots:
        owner = (words[slot + o.ACCOUNT], words[slot + o.INSTRUMENT])
        assert owner == (position.account, position.instrument), "an order means the position of somebody else"
        value = ceil(value_of(contract, words[slot + o.PRICE], words[slot + o.LEFT]))
        assert words[slot + o.HOLD] == value, "an order counts with another value"
        side = -1 if words[slot + o.REDUCE_ONLY] else int(words[slot + o.SIDE])
        lots[side] += words[slot + o.LEFT]
        values[side] += value
        if words[slot + o.REDUCE_ONLY]:
            assert (words[slot + o.SIDE] == Side.SELL) == (position.lots > 0), "a reduce-only order would open"
    assert (position.buy_lots, position.sell_lots, position.reducing_lots) == (lots[0], lots[1], lots[-1])
    assert (position.buy_value, position.sell_value) == (values[0], values[1])
    others = position.sell_lots if position.lots > 0 else position.buy_lots
    assert position.reducing_lots <= max(int(position.size()) - others, 0), "more would be reduced than is held"


def value_of(contract: Contract, price: int, lots: int) -> Fraction:
    """What ``lots`` are worth at ``price``, exactly."""
    if contract.inverse:
        return Fraction(int(lots) * contract.unit, int(price) * contract.divisor)
    return Fraction(int(price) * int(lots) * contract.unit, contract.divisor)


def need_of(state: State, contract: Contract, position: Position, slots: list[int]) -> int:
    """What the resting orders of a position must hold: the dearer side, less what of it only closes."""
    words = state.orders.words
    instrument = state.instruments[position.instrument]
    rate = Fraction(max(int(state.maker_rate(position.account, instrument)), 0), 1_000_000)
    needs = [0]
    for side, closable in ((Side.BUY, -position.lots), (Side.SELL, position.lots)):
        opening = [slot for slot in slots if words[slot + o.SIDE] == side and not words[slot + o.REDUCE_ONLY]]
        if not opening:
            continue
        lots = sum(int(words[slot + o.LEFT]) for slot in opening)
        values = [ceil(value_of(contract, words[slot + o.PRICE], words[slot + o.LEFT])) for slot in opening]
        closes = min(max(int(closable), 0), lots)
        share = Fraction(lots - closes, lots)
        needs.append(ceil(sum(values) * share * (Fraction(100, int(position.leverage)) + rate)))
    return max(needs)
