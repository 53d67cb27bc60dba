"""What another leverage would change of a position of a contract.

Why here: people look before they set it. Nothing is changed. Invariant: what is estimated follows from the same rules
as what the core does.
"""

from typing import NamedTuple

from lonja.core.kinds import AccountMode, InstrumentType, MarginMode, PositionMode, PositionSide, Side
from lonja.core.views import ContractView, OrderTerms, PositionView, TierView
from lonja.edge.errors import refusal
from lonja.edge.rest.calls import PrivateCall, instrument_named, instrument_type
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.pair_leverage_estimate import estimate_of_pair
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.instruments import MARGIN, InstrumentForm
from lonja.edge.wire.leverage import LEVERAGE_MIN, liquidation_text, margin_at, parse_leverage
from lonja.edge.wire.orders import POSITION_SIDE_NAMES, leverage_text

CONTRACTS = (InstrumentType.SWAP, InstrumentType.FUTURES)
SIDES = tuple(POSITION_SIDE_NAMES.values())
_ISOLATED = int(MarginMode.ISOLATED)


class _Case(NamedTuple):
    """What is asked: ``view`` is None without a position."""

    form: InstrumentForm
    contract: ContractView
    margin_mode: int
    side: int
    leverage: int
    view: PositionView | None
    tiers: tuple[TierView, ...]
    taker_ppm: int


async def estimate(call: PrivateCall, request: requests_account.LeverageEstimate) -> Rows:
    """What another leverage would change: margin, liquidation price, what could be moved out, borrowed or opened."""
    account = call.services.engine.views.account(call.account)
    if request.instrument_type == MARGIN and account is not None and account.account_mode != AccountMode.SPOT:
        return await estimate_of_pair(call, request)
    case = _case(call, request)
    orders = call.services.engine.views.open_orders(call.account)
    waiting = any(order.instrument == case.form.code and order.margin_mode == case.margin_mode for order in orders)
    size = abs(case.view.lots) if case.view is not None else 0
    leverages = leverage_text(LEVERAGE_MIN), leverage_text(_tier_of(case, size).leverage_max)
    row = rows.estimate_row(waiting, leverages, case.form.size_text(_largest(call, case, case.side)))
    return [row if case.view is None or size == 0 else {**row, **_of_position(call, case, case.view)}]


def _case(call: PrivateCall, request: requests_account.LeverageEstimate) -> _Case:
    mode = MARGIN_MODES.index(one_of(request.margin_mode, "mgnMode", MARGIN_MODES))
    side = SIDES.index(one_of(request.position_side or SIDES[0], "posSide", SIDES))
    leverage = parse_leverage(request.leverage)
    views = call.services.engine.views
    account = views.account(call.account)
    if instrument_type(request.instrument_type) not in CONTRACTS:
        raise refusal("51010")
    if not request.instrument_id:
        raise refusal("50014", "instId")
    form = instrument_named(call.services, request.instrument_id)
    contract = views.contract(form.code)
    if contract is None or form.instrument_type != request.instrument_type:
        raise refusal("51000", "instType")
    if account is None or account.account_mode == AccountMode.SPOT:
        raise refusal("51010")
    if contract.mark == 0:
        raise refusal("51022")
    if account.position_mode == PositionMode.NET and side != PositionSide.NET:
        raise refusal("51000", "posSide")
    if account.position_mode != PositionMode.NET and side == PositionSide.NET:
        side = int(PositionSide.LONG)
    tiers = views.families()[contract.family].tiers
    if not tiers or not LEVERAGE_MIN <= leverage <= tiers[0].leverage_max:
        raise refusal("59102")
    names = (form.code, mode, side)
    view = next((found for found in views.positions(call.account) if found[1:4] == names), None)
    taker = max(views.fee_rates(call.account, form.code).taker_rate_ppm, 0)
    return _Case(form, contract, mode, side, leverage, view, tiers, taker)


def _tier_of(case: _Case, lots: int) -> TierView:
    return next((tier for tier in case.tiers if lots <= tier.size_max), case.tiers[-1])


def _largest(call: PrivateCall, case: _Case, side: int) -> int:
    """How many lots could be opened at the mark with this leverage: the way the position goes, else to buy."""
    view = call.services.engine.views.instrument(case.form.code)
    sells = side == PositionSide.SHORT or (case.view is not None and case.view.lots < 0)
    price = case.contract.mark
    if view is not None:
        price = max(price, view.sell_min) if sells else min(price, view.buy_max or price)
    way = Side.SELL if sells else Side.BUY
    terms = OrderTerms(call.account, case.form.code, case.margin_mode, side, int(way), price, case.leverage)
    return call.services.engine.views.largest_order(terms)


def _of_position(call: PrivateCall, case: _Case, view: PositionView) -> dict[str, object]:
    form, mark = case.form, case.contract.mark
    needed = margin_at(form, view, mark, case.leverage)
    if case.margin_mode != _ISOLATED:
        margin = call.services.engine.views.margin(call.account, form.settle.currency)
        left = min(margin.free + view.initial_margin - needed, margin.cash - margin.held)
        liquidation = form.ticks_text(view.liquidation_ticks, view.liquidation_parts)
        return rows.position_estimate(form.settle.text(needed), form.settle.text(max(left, 0)), liquidation)
    margin_after = max(view.margin, needed)
    rate = _tier_of(case, abs(view.lots)).maintenance_ppm + case.taker_ppm
    removable = max(margin_after + min(view.unrealized, 0) - needed, 0)
    liquidation = liquidation_text(form, view, margin_after, rate)
    told = form.settle.text(removable) if case.leverage <= view.leverage else ""
    return rows.position_estimate(form.settle.text(margin_after), told, liquidation)
