"""What an order would do to an account in multi-currency mode, without placing it.

Why here: admission and every sum are those of real orders, so that what is told comes true. What would trade now is
taken to trade, the rest to rest. Own orders that it would cancel are counted as if they stayed.
Invariant: nothing here changes the state.
"""

from typing import Final

from librt.strings import read_i64_le
from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core import book as b
from lonja.core import ledger as ld
from lonja.core import orders as o
from lonja.core import words as w
from lonja.core.collateral import Sheet, Trial, is_pooled, pooled_spendable, rate_at, sheet_of, swap_of
from lonja.core.contract_placing import ACCOUNT_MODE_FORBIDS, admit_contract_order
from lonja.core.contracts import FUTURES, PPM, Contract, ceil_of, floor_of
from lonja.core.fees import fee_of
from lonja.core.instruments import Instrument
from lonja.core.ledger import TRADING
from lonja.core.maintenance import Standing, rate_of_lots, tier_lots
from lonja.core.margin import can_bear
from lonja.core.matching import CANCEL_MAKER, MATCHES_MAX, limit_key_of, market_key, would_take
from lonja.core.placing import ACCEPTED, BUY, FOK, GTC, MARKET, admit_order
from lonja.core.pool_margin import PoolStanding, add_currency, all_cross_positions
from lonja.core.position_views import last_price
from lonja.core.positions import CROSS, ISOLATED, Position
from lonja.core.state import State
from lonja.core.ticket import Ticket
from lonja.core.views import PrecheckView, TrialView

NIL: Final[i64] = -1
SELL: Final[i64] = 1
_FINEST: Final = 10**28
"""How many of what the core counts in are 10**-8 US dollars."""
NOTHING: Final = TrialView(0, 0, 0, 0, 0, 0, 0, 0, 0)


class Course:
    """How an order would go: the prices and lots it trades now, and the lots that rest."""

    def __init__(self) -> None:
        """It has not begun."""
        self.prices: list[int] = []
        self.lots: list[int] = []
        self.traded: i64 = 0
        self.rests: i64 = 0
        self.stopped: bool = False


def precheck(state: State, body: bytes) -> PrecheckView:
    """What the ``PlaceOrder`` or ``PlaceContractOrder`` in ``body`` would do; refused in other account modes."""
    judged_key = state.taker.judged_key
    if read_i64_le(body, w.COMMAND_KIND) == w.KIND_PLACE_CONTRACT_ORDER:
        refusal = admit_contract_order(state, body, 0)
    else:
        refusal = admit_order(state, body, 0)
    state.taker.judged_key = judged_key
    ticket = state.ticket
    if refusal == ACCEPTED and not is_pooled(state, ticket.account):
        refusal = ACCOUNT_MODE_FORBIDS
    if refusal != ACCEPTED:
        return PrecheckView(int(refusal), NOTHING, NOTHING)
    instrument = state.instruments[ticket.instrument]
    course = course_of(state, instrument, ticket)
    currency = instrument.settle
    if instrument.contract is None:
        currency = instrument.quote if ticket.side == BUY else instrument.base
        before, after = Trial(), spot_trial(state, instrument, ticket, course)
    else:
        before = _present(state, ticket)
        after = _contract_trial(state, instrument, instrument.contract, ticket, course)
    account = ticket.account
    return PrecheckView(
        int(refusal),
        trial_view(state, account, currency, before, before),
        trial_view(state, account, currency, before, after),
    )


# What would happen.


def course_of(state: State, instrument: Instrument, ticket: Ticket) -> Course:
    """Look along the other side as matching would."""
    course = Course()
    limits: bool = ticket.order_type != MARKET
    if limits and ticket.post_only == 1 and would_take(instrument, ticket.side, ticket.price):
        return course
    key = limit_key_of(ticket.side, ticket.price) if limits else market_key(instrument, ticket.side)
    _walk(state, instrument, ticket, key, course)
    left: i64 = 0 if ticket.by_quote == 1 else ticket.size - course.traded
    if ticket.time_in_force == FOK and left > 0:
        return Course()
    if limits and ticket.time_in_force == GTC and not course.stopped:
        course.rests = left
    return course


def _walk(state: State, instrument: Instrument, ticket: Ticket, limit_key: i64, course: Course) -> None:
    opposite = instrument.asks if ticket.side == BUY else instrument.bids
    if opposite.count == 0:
        return
    words = state.orders.words
    master = state.accounts.get(ticket.account, a.MASTER)
    budget: i64 = ticket.size
    key: i64 = opposite.best_key()
    level: i64 = opposite.best_value()
    while level != NIL and key >= limit_key:
        slot = state.levels.get(level, b.HEAD)
        while slot != NIL:
            price, lots = words[slot + o.PRICE], words[slot + o.LEFT]
            own: bool = words[slot + o.MASTER] == master
            if ticket.by_quote == 1:
                lots = instrument.lots_for(budget, price, lots)
            elif ticket.size - course.traded < lots:
                lots = ticket.size - course.traded
            if lots == 0:
                return
            if len(course.lots) == MATCHES_MAX or (own and ticket.prevention != CANCEL_MAKER):
                course.stopped = True
                return
            if not own and _trades(state, instrument, slot):
                course.prices.append(price)
                course.lots.append(lots)
                course.traded += lots
                budget -= instrument.notional_ceil(price, lots) if ticket.by_quote == 1 else 0
            slot = words[slot + o.NEXT]
        level = opposite.next_worse(key)
        key = b.price_key(SELL if ticket.side == BUY else BUY, state.levels.get(level, b.PRICE)) if level != NIL else 0


def _trades(state: State, instrument: Instrument, slot: i64) -> bool:
    """Whether whoever rests an order can still bear it."""
    contract = instrument.contract
    return contract is None or can_bear(state, instrument, contract, slot)


def spot_trial(state: State, instrument: Instrument, ticket: Ticket, course: Course) -> Trial:
    """What a spot order gives, brings and lets rest."""
    trial = Trial()
    rate = state.taker_rate(ticket.account, instrument)
    base, quote = trial.stock(int(instrument.base)), trial.stock(int(instrument.quote))
    at: i64 = 0
    while at < len(course.lots):
        price: i64 = course.prices[at]
        lots: i64 = course.lots[at]
        units: i64 = lots * instrument.base_per_lot
        paid = instrument.notional_floor(price, lots)
        if ticket.side == BUY:
            base.cash += units - fee_of(units, rate)
            quote.cash -= paid
        else:
            base.cash -= units
            quote.cash += paid - fee_of(paid, rate)
        at += 1
    base.equity, quote.equity = base.cash, quote.cash
    if course.rests > 0:
        rests = course.rests
        hold = instrument.notional_ceil(ticket.price, rests) if ticket.side == BUY else rests * instrument.base_per_lot
        trial.swaps.append(swap_of(state, instrument, ticket.account, ticket.side, hold, ticket.price, rests))
    return trial


def _present(state: State, ticket: Ticket) -> Trial:
    """Nothing happens to the position meant."""
    trial = Trial()
    trial.position = state.position_at(ticket.seat, ticket.margin_mode, ticket.position_side)
    if trial.position is not None:
        trial.number = trial.position.number
    return trial


def _contract_trial(state: State, instrument: Instrument, contract: Contract, ticket: Ticket, course: Course) -> Trial:
    trial = Trial()
    position = Position(0, ticket.account, ticket.instrument, contract, ticket.margin_mode, ticket.position_side)
    found = _present(state, ticket).position
    if found is not None:
        trial.number = found.number
        _copy(found, position)
    trial.position = position
    change = trial.stock(int(instrument.settle))
    gain, needed = position.unrealized(contract), _initial(position)
    rate = state.taker_rate(ticket.account, instrument)
    at: i64 = 0
    while at < len(course.lots):
        change.cash += _trade(position, ticket.side, course.prices[at], course.lots[at], rate)
        at += 1
    if course.rests > 0 and ticket.reduce_only == 0:
        _rest(position, ticket, course.rests)
    position.held = position.need(state.maker_rate(ticket.account, instrument))
    change.equity = change.cash
    if ticket.margin_mode == CROSS:
        change.equity += position.unrealized(contract) - gain
        change.needed = _initial(position) - needed
    return trial


def _copy(found: Position, position: Position) -> None:
    position.leverage = found.leverage
    position.lots = found.lots
    position.entry_num = found.entry_num
    position.entry_den = found.entry_den
    position.margin = found.margin
    position.buy_lots = found.buy_lots
    position.sell_lots = found.sell_lots
    position.buy_value = found.buy_value
    position.sell_value = found.sell_value


def _initial(position: Position) -> int:
    """What a position that is held needs as initial margin."""
    if position.lots == 0:
        return 0
    return ceil_of(position.initial_margin(position.contract, position.contract.mark, position.size()))


def _trade(position: Position, side: i64, price: i64, lots: i64, rate: i64) -> int:
    """Let ``position`` trade as in ``settling``; what of cash comes back, less what goes."""
    contract = position.contract
    fee: int = contract.fee(price, lots, rate)
    cash: int = -fee
    closing = position.reducible(side)
    if closing > lots:
        closing = lots
    if closing > 0:
        back = position.margin_of(closing)
        cash += back + position.floor_gain(contract, price, closing)
        position.take(closing)
        position.lots += closing if side == BUY else -closing
        left: int = position.margin
        position.margin = left - back
    opening: i64 = lots - closing
    if opening > 0:
        position.add(contract, price, opening)
        position.lots += opening if side == BUY else -opening
        if position.margin_mode == ISOLATED:
            margin: i64 = floor_of(position.initial_margin(contract, price, opening))
            position.margin += margin
            cash -= int(margin)
    return cash


def _rest(position: Position, ticket: Ticket, lots: i64) -> None:
    value = position.contract.ceil_value(ticket.price, lots)
    if ticket.side == BUY:
        position.buy_lots += lots
        position.buy_value += value
    else:
        position.sell_lots += lots
        position.sell_value += value


# What it comes to.


def trial_view(state: State, account: i64, currency: i64, before: Trial, trial: Trial) -> TrialView:
    """What there is when ``trial`` has happened; ``before`` tells how large its position was."""
    grown: i64 = _size(trial) - _size(before)
    sheet = sheet_of(state, account, trial=trial)
    standing = _standing(state, account, trial, grown)
    stock = sheet.stocks.get(int(currency))
    liquidation = _liquidation(state, sheet, standing, trial, grown)
    return TrialView(
        int(currency),
        sheet.equity // _FINEST,
        ceil_of((sheet.needed + sheet.borrowed, _FINEST)),
        ceil_of((standing.required_num, standing.required_den * _FINEST)),
        standing.ratio_ppm(),
        max(pooled_spendable(state, account, currency, trial), 0),
        0 if stock is None else max(-stock.cash, 0) + stock.loan,
        liquidation[0],
        liquidation[1],
    )


def _size(trial: Trial) -> i64:
    return 0 if trial.position is None else trial.position.size()


def _standing(state: State, account: i64, trial: Trial, grown: i64) -> PoolStanding:
    """``pool_margin.pool_standing``, but for what ``trial`` does; its position has ``grown`` by so many lots."""
    found = PoolStanding()
    held = [p for p in all_cross_positions(state, account) if p.number != trial.number]
    position = trial.position
    if position is not None and position.lots != 0 and position.margin_mode == CROSS:
        held.append(position)
    words = state.ledger.words
    cash: dict[int, int] = {}
    slot = state.accounts.get(account, a.FIRST_SLOT)
    while slot != NIL:
        if words[slot + ld.LEDGER] == TRADING:
            cash[int(words[slot + ld.CURRENCY])] = int(words[slot + ld.CASH])
        slot = words[slot + ld.NEXT]
    for code, change in trial.stocks.items():
        cash[code] = cash.get(code, 0) + change.cash
    for code, amount in cash.items():
        add_currency(state, found, account, code, amount, held)
    for one in held:
        numerator, denominator = _need_of(state, one, trial, grown)
        found.add_required(numerator, denominator)
    return found


def _rate_of(state: State, position: Position, trial: Trial, grown: i64) -> int:
    """The rate of what a position requires, in the tier it has then."""
    contract, tried = position.contract, trial.position
    lots = tier_lots(state, contract, position)
    same: bool = tried is not None and tried.contract.family is contract.family and tried.margin_mode == CROSS
    if same and position.margin_mode == CROSS and contract.family.instrument_type == FUTURES:
        # Positions were added up with the one that is there now.
        lots += grown
    return rate_of_lots(state, contract, position, lots)


def _need_of(state: State, position: Position, trial: Trial, grown: i64) -> tuple[int, int]:
    """What keeps a position alive at the mark, as a fraction of 10**-36 USD."""
    contract = position.contract
    numerator, denominator = contract.value(contract.mark, position.size())
    currency = state.currencies[contract.family.settle]
    return numerator * _rate_of(state, position, trial, grown) * currency.weight, denominator


def _liquidation(state: State, sheet: Sheet, standing: PoolStanding, trial: Trial, grown: i64) -> tuple[int, int]:
    """``position_views.liquidation_price`` of the position tried."""
    position = trial.position
    if position is None or position.lots == 0:
        return 0, 0
    contract = position.contract
    rate = _rate_of(state, position, trial, grown)
    if position.margin_mode == ISOLATED:
        return last_price(contract, position, rate, (int(position.margin), 1))
    settle: int = contract.family.settle
    currency = state.currencies[settle]
    counts = rate_at(currency, sheet.stocks[settle].equity)
    if counts == 0:
        return 0, 0
    behind = Standing()
    need_num, need_den = _need_of(state, position, trial, grown)
    gain_num, gain_den = position.gain(contract, contract.mark, position.size())
    behind.add_equity(standing.equity_num, standing.equity_den)
    behind.add_equity(-standing.required_num, standing.required_den)
    behind.add_equity(need_num, need_den)
    behind.add_equity(-gain_num * currency.weight * counts, gain_den)
    unit = currency.weight * counts
    return last_price(contract, position, rate * PPM // counts, (behind.equity_num, behind.equity_den * unit))
