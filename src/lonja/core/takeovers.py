"""What becomes of a position that its holder loses: to the Security Fund at the mark, from there into the market.

Why here: accounts whose currencies stand alone and accounts whose currencies stand together lose positions in the same
steps. Invariant: the holder loses the share that was asked for and not more; the family's fund gets or pays the rest.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core.algos import TAKEN_OVER
from lonja.core.contracts import Contract, fee_on, floor_of
from lonja.core.deleveraging import deleverage
from lonja.core.events import OrderMargined, OrderPlaced, PositionTakenOver
from lonja.core.funds import change_fund, fund_balance, has_fallen, note_peak
from lonja.core.instruments import LIVE, Instrument
from lonja.core.maintenance import tier_index, tier_lots
from lonja.core.matching import limit_key_of, match, would_take
from lonja.core.orders import next_order_id
from lonja.core.placing import finish_immediate
from lonja.core.positions import CROSS, ISOLATED, NET, Position
from lonja.core.settling import bound_reducing, settle_fill, take_over
from lonja.core.state import State
from lonja.core.texts import EMPTY_16, EMPTY_32

BUY: Final[i64] = 0
SELL: Final[i64] = 1
IOC_REST: Final[i64] = 4
FUND_LIQUIDATION: Final = 1
PATIENCE_MS: Final = 30_000
_IOC: Final = 1


def step(state: State, contract: Contract, position: Position) -> i64:
    """Lots to be taken over next: from the third tier on what exceeds the size of the tier two below, else all."""
    size = position.size()
    tier = tier_index(state, contract, position)
    if tier < 2:
        return size
    excess: i64 = tier_lots(state, contract, position) - contract.family.tiers[tier - 2].size_max
    return excess if excess < size else size


def take(state: State, instrument: Instrument, contract: Contract, position: Position, lots: i64, share: int) -> None:
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


def unload_each(state: State, touched: dict[int, bool]) -> None:
    """Close what the funds keep of the contracts that something was taken over of, in the order of their listing."""
    for code in sorted(touched):
        found = state.instruments[code]
        assert found.contract is not None, "only contracts have positions"
        unload(state, found, found.contract)


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
