"""Judging positions and assets that are made up, together with those that are held.

Why here: people try out what they would risk. Nothing is changed. Invariant: a position that is held and the same one
made up come to the same.
"""

from fractions import Fraction

from lonja.core.kinds import AccountMode, Ledger, MarginMode
from lonja.edge.errors import refusal
from lonja.edge.rest.account_modes import MODES, OFFERED
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import position_builder as wire
from lonja.edge.wire import requests_account
from lonja.edge.wire.account import USD_SCALE, Valuation
from lonja.edge.wire.exact import gain_of, price_of, value_of
from lonja.edge.wire.instruments import CurrencyForm
from lonja.primitives.money import PPM

_HUNDRED = 100


async def build(call: PrivateCall, request: requests_account.PositionBuilder) -> Rows:
    """What positions and assets, held or made up, come to together: margins, profit and ratio, in USD."""
    _check_mode(call, request.account_mode)
    volatility = wire.read_volatility(request.index_volatility)
    catalogue = call.services.catalogue
    held = [
        wire.read_position(item, catalogue, request.leverage)
        for item in wire.items_of(request.simulated_positions, "simPos")
    ]
    amounts = [wire.read_asset(item, catalogue) for item in wire.items_of(request.simulated_assets, "simAsset")]
    if request.real_positions:
        held = _held(call) + held
        amounts = _amounts(call) + amounts
    valuation = Valuation(catalogue, call.services.engine.views)
    assets = [
        wire.Asset(currency, amount, Fraction(valuation.usd(currency, amount), 10**USD_SCALE))
        for currency, amount in amounts
    ]
    judged = [_judged(call, valuation, one, volatility) for one in held]
    return [wire.builder_row(assets, judged, call.services.engine.now_ms())]


def _check_mode(call: PrivateCall, text: str) -> None:
    view = call.services.engine.views.account(call.account)
    mode = MODES[one_of(text, "acctLv", tuple(MODES))] if text else AccountMode(view.account_mode if view else 1)
    if mode not in OFFERED:
        raise refusal("51070")
    if mode == AccountMode.SPOT:
        raise refusal("51010")


def _held(call: PrivateCall) -> list[wire.Held]:
    """Positions that stand on all the money of the account."""
    catalogue = call.services.catalogue
    found = []
    for view in call.services.engine.views.positions(call.account):
        if view.lots and view.margin_mode == MarginMode.CROSS:
            form = catalogue.at(view.instrument)
            entry = price_of(form, view.average_ticks, view.average_parts)
            found.append(wire.Held(form, view.lots, view.position_side, entry, view.leverage, True))
    return found


def _amounts(call: PrivateCall) -> list[tuple[CurrencyForm, int]]:
    catalogue = call.services.catalogue
    return [
        (catalogue.currency(view.currency), view.cash)
        for view in call.services.engine.views.balances(call.account)
        if view.ledger == Ledger.TRADING and view.cash
    ]


def _judged(call: PrivateCall, valuation: Valuation, held: wire.Held, volatility: Fraction) -> wire.Judged:
    views, form = call.services.engine.views, held.form
    contract = views.contract(form.code)
    assert contract is not None, "only contracts are judged"
    before = price_of(form, contract.mark)
    if before == 0:
        raise refusal("51022")
    mark, size = before * (1 + volatility), abs(held.lots)
    tiers = views.families()[contract.family].tiers
    tier = next((one for one in tiers if size <= one.size_max), tiers[-1])
    if not held.is_real and (size > tier.size_max or held.leverage > tier.leverage_max):
        raise refusal("51004")
    rate = tier.maintenance_ppm + max(views.fee_rates(call.account, form.code).taker_rate_ppm, 0)
    one_usd = Fraction(valuation.usd(form.settle, 10**form.settle.scale), 10 ** (USD_SCALE + form.settle.scale))
    # A coin that settles moves with the index as well; its worth is that of now, as assets are counted.
    value, value_before = value_of(form, size, mark) * one_usd, value_of(form, size, before) * one_usd
    return wire.Judged(
        held,
        before,
        mark,
        gain_of(form, held.lots, held.entry, mark) * one_usd,
        value,
        value_before * _HUNDRED / held.leverage,
        value * _HUNDRED / held.leverage,
        value * rate / PPM,
    )
