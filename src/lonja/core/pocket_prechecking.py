"""What an order of an isolated pocket would do to it and to its owner in multi-currency mode, without placing it.

Why here: as in ``prechecking``, whose sums these are; but here money moves between two accounts.
Invariant: nothing here changes the state.
"""

from typing import Final

from mypy_extensions import i64

from lonja.core import accounts as a
from lonja.core.collateral import Trial, is_pooled
from lonja.core.instruments import Instrument
from lonja.core.layout import decode_command
from lonja.core.margin_commands import PlaceMarginOrder
from lonja.core.margin_placing import admit_margin_order, take_promised
from lonja.core.placing import ACCEPTED, BUY, MARKET
from lonja.core.pocket_closing import price_of_rest
from lonja.core.pocket_positions import cash_of
from lonja.core.pocket_views import liquidation_price
from lonja.core.pooled_placing import ACCOUNT_MODE_FORBIDS, returnable
from lonja.core.pools import Pool
from lonja.core.prechecking import NOTHING, Course, course_of, spot_trial, trial_view
from lonja.core.state import State
from lonja.core.ticket import Ticket
from lonja.core.views import PrecheckView, TrialView

NIL: Final[i64] = -1


def precheck_margin(state: State, body: bytes) -> PrecheckView:
    """What the ``PlaceMarginOrder`` in ``body`` would do; refused in other account modes of its owner."""
    command = decode_command(body, 0)
    assert isinstance(command, PlaceMarginOrder)
    judged_key = state.taker.judged_key
    refusal = admit_margin_order(state, command, body, 0)
    state.taker.judged_key = judged_key
    if refusal != ACCEPTED:
        return PrecheckView(int(refusal), NOTHING, NOTHING)
    ticket = state.ticket
    pool, instrument = state.pools[int(ticket.account)], state.instruments[ticket.instrument]
    brings = take_promised(pool)
    if not is_pooled(state, pool.owner):
        return PrecheckView(int(ACCOUNT_MODE_FORBIDS), NOTHING, NOTHING)
    currency: int = pool.promised_currency
    if command.margin_currency == -1:
        currency = instrument.quote if ticket.side == BUY else instrument.base
    cash = (cash_of(state, ticket.account, instrument.base), cash_of(state, ticket.account, instrument.quote))
    course = course_of(state, instrument, ticket)
    trial = Trial()
    left = _left(state, instrument, pool, command, course, brings, trial)
    before = _view(state, pool, instrument, currency, Trial(), cash)
    return PrecheckView(int(refusal), before, _view(state, pool, instrument, currency, trial, left))


def _left(
    state: State,
    instrument: Instrument,
    pool: Pool,
    command: PlaceMarginOrder,
    course: Course,
    brings: int,
    trial: Trial,
) -> tuple[int, int]:
    """What the pocket has of base and quote afterwards; what comes from the owner and goes back is told to ``trial``."""
    ticket = state.ticket
    traded = spot_trial(state, instrument, ticket, course)
    if brings > 0:
        code: int = pool.promised_currency
        _give(traded, code, brings)
        back = returnable(state, ticket.account, code, _unused(ticket, course, brings), traded)
        _give(traded, code, -back)
        _give(trial, code, back - brings)
    base_code: int = instrument.base
    quote_code: int = instrument.quote
    base = cash_of(state, ticket.account, instrument.base) + traded.stock(base_code).cash
    quote = cash_of(state, ticket.account, instrument.quote) + traded.stock(quote_code).cash
    returns: bool = pool.returns == 1 or command.margin_currency != -1
    is_long: bool = pool.lots > 0
    closes: bool = pool.lots != 0 and course.traded > 0 and is_long != (ticket.side == BUY)
    if returns and closes:
        base, quote = _settled(state, instrument, base, quote)
    idle: bool = course.rests == 0 and state.accounts.get(ticket.account, a.FIRST_ORDER) == NIL
    if returns and idle and base >= 0 and quote >= 0 and not pool.loans:
        _give(trial, base_code, base)
        _give(trial, quote_code, quote)
        return 0, 0
    return base, quote


def _unused(ticket: Ticket, course: Course, brings: int) -> int:
    """What goes back at once of what a limit order brings: what came with lots that neither trade nor rest."""
    lots: int = ticket.size
    kept = int(course.traded) + int(course.rests)
    return 0 if ticket.order_type == MARKET else brings * (lots - kept) // lots


def _settled(state: State, instrument: Instrument, base: int, quote: int) -> tuple[int, int]:
    """What is left when the desk has paid a debt that is worth less than a lot."""
    price = price_of_rest(state, instrument, instrument.base, -base, instrument.quote)
    if 0 <= price <= quote:
        return 0, quote - price
    price = price_of_rest(state, instrument, instrument.quote, -quote, instrument.base)
    if 0 <= price <= base:
        return base - price, 0
    return base, quote


def _give(trial: Trial, currency: int, amount: int) -> None:
    stock = trial.stock(currency)
    stock.cash += amount
    stock.equity += amount


def _view(
    state: State, pool: Pool, instrument: Instrument, currency: int, trial: Trial, cash: tuple[int, int]
) -> TrialView:
    """The owner's sums, and what the pocket has then."""
    owner = trial_view(state, pool.owner, currency, Trial(), trial)
    price = liquidation_price(state, state.ticket.account, instrument, cash, (0, 0))
    return owner._replace(liquidation_ticks=price[0], liquidation_parts=price[1], base=cash[0], quote=cash[1])
