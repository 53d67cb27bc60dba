"""Judging positions and assets that are made up, together with those that are held.

Why here: people try out what they would risk. Nothing is changed. Invariant: a position that is held and the same one
made up come to the same.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from lonja.core.kinds import AccountMode, InstrumentType, Ledger, MarginMode
from lonja.core.views import ContractView, CurrencyTermsView, TierView
from lonja.edge.errors import refusal
from lonja.edge.rest.account_modes import MODES, OFFERED
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import one_of
from lonja.edge.rest.public import Rows
from lonja.edge.wire import position_builder as wire
from lonja.edge.wire import requests_account
from lonja.edge.wire.account import USD_SCALE, Valuation
from lonja.edge.wire.collateral import PRICE_SCALE, counted
from lonja.edge.wire.exact import gain_of, price_of, value_of
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, CurrencyForm
from lonja.primitives.money import PPM

MOVES: Final = tuple(Fraction(hundredths, 100) for hundredths in range(-99, 101))
"""The moves of prices that a graph shows."""
_HUNDRED = 100
_FINEST = 10**12
_DATED = INSTRUMENT_TYPES[InstrumentType.FUTURES]


class _Facts(NamedTuple):
    """What is known of a contract: its mark, its tier with all that finds it together, and the taker's rate."""

    contract: ContractView
    tier: TierView
    taker_ppm: int


class _Case(NamedTuple):
    """All that is judged together. ``terms`` are given where all currencies are one collateral."""

    held: Sequence[wire.Held]
    facts: Sequence[_Facts]
    amounts: Mapping[CurrencyForm, int]
    one_usd: Mapping[CurrencyForm, Fraction]
    terms: Mapping[CurrencyForm, CurrencyTermsView]


async def build(call: PrivateCall, request: requests_account.PositionBuilder) -> Rows:
    """What positions and assets, held or made up, come to together: margins, profit and ratio, in USD.

    In multi-currency mode currencies count by their discounts, and what is owed requires margin, too.
    """
    mode = _mode(call, request.account_mode)
    volatility = wire.read_volatility(request.index_volatility)
    case = _case(call, mode, request, request.leverage)
    judged = _judged(case, volatility)
    assets = _assets(case, judged)
    now_ms = call.services.engine.now_ms()
    return [wire.builder_row(assets, judged, now_ms, is_moved=request.index_volatility != "")]


async def graph(call: PrivateCall, request: requests_account.PositionGraph) -> Rows:
    """What positions and assets, held or made up, require together at each move of prices from -99 % to 100 %."""
    one_of(request.kind, "type", (wire.GRAPH_KIND,))
    account_mode, leverage = wire.read_config(request.margin_config)
    case = _case(call, _mode(call, account_mode), request, leverage)

    curves = _curves(case)
    return [wire.graph_row([_point(case, curves, move) for move in MOVES])]


def _mode(call: PrivateCall, text: str) -> AccountMode:
    """The account mode asked for, else the present one. Raises ``EdgeError`` 51000, 51010 or 51070."""
    views = call.services.engine.views
    view = views.account(call.account)
    mode = MODES[one_of(text, "acctLv", tuple(MODES))] if text else AccountMode(view.account_mode if view else 1)
    if mode not in OFFERED and not (mode == AccountMode.MULTI_CURRENCY and views.lending_desk() >= 0):
        raise refusal("51070")
    if mode == AccountMode.SPOT:
        raise refusal("51010")
    return mode


def _case(
    call: PrivateCall,
    mode: AccountMode,
    request: requests_account.PositionBuilder | requests_account.PositionGraph,
    leverage: str,
) -> _Case:
    """What is to be judged. Raises ``EdgeError``."""
    views, catalogue = call.services.engine.views, call.services.catalogue
    made_up = [
        wire.read_position(item, catalogue, leverage) for item in wire.items_of(request.simulated_positions, "simPos")
    ]
    assets = [wire.read_asset(item, catalogue) for item in wire.items_of(request.simulated_assets, "simAsset")]
    # Beside real assets made-up ones do not count.
    amounts = _owned(call) if request.real_positions else _added(assets)
    held = _facts_of(call, [*(_held(call) if request.real_positions else ()), *made_up])
    for one, _ in held:
        amounts.setdefault(one.form.settle, 0)
    pooled = mode == AccountMode.MULTI_CURRENCY
    terms = {form: views.currency_terms(form.currency) for form in amounts} if pooled else {}
    valuation = Valuation(catalogue, views)
    return _Case(
        [one for one, _ in held],
        [facts for _, facts in held],
        amounts,
        {form: _one_usd(valuation, form, terms.get(form)) for form in amounts},
        terms,
    )


def _one_usd(valuation: Valuation, form: CurrencyForm, terms: CurrencyTermsView | None) -> Fraction:
    """What a smallest unit is worth: as collateral where there are terms, else at its index."""
    if terms is not None:
        return Fraction(terms.price, 10 ** (PRICE_SCALE + form.scale))
    return Fraction(valuation.usd(form, 10**form.scale), 10 ** (USD_SCALE + form.scale))


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


def _owned(call: PrivateCall) -> dict[CurrencyForm, int]:
    """What the account has, less what it borrowed by hand."""
    catalogue, views = call.services.catalogue, call.services.engine.views
    loans = {view.currency: view.loan for view in views.liabilities(call.account)}
    return {
        catalogue.currency(view.currency): view.cash - loans.get(view.currency, 0)
        for view in views.balances(call.account)
        if view.ledger == Ledger.TRADING and view.cash
    }


def _added(assets: Sequence[tuple[CurrencyForm, int]]) -> dict[CurrencyForm, int]:
    found: dict[CurrencyForm, int] = {}
    for form, amount in assets:
        found[form] = found.get(form, 0) + amount
    return found


def _facts_of(call: PrivateCall, held: Sequence[wire.Held]) -> list[tuple[wire.Held, _Facts]]:
    """Positions with what is known of their contracts, made-up leverages cut to what tiers allow.

    Dated contracts of a family find one tier together. Raises ``EdgeError`` 51022 without a mark, 51004 beyond the
    last tier.
    """
    views, families = call.services.engine.views, call.services.engine.views.families()
    found = []
    for one in held:
        contract = views.contract(one.form.code)
        assert contract is not None, "only contracts are judged"
        if contract.mark == 0:
            raise refusal("51022")
        tiers, together = families[contract.family].tiers, abs(one.lots)
        if one.form.instrument_type == _DATED:
            together = sum(abs(other.lots) for other in held if other.form.family == one.form.family)
        tier = next((tier for tier in tiers if together <= tier.size_max), tiers[-1])
        if not one.is_real and together > tier.size_max:
            raise refusal("51004")
        taker = max(views.fee_rates(call.account, one.form.code).taker_rate_ppm, 0)
        leverage = one.leverage if one.is_real else min(one.leverage, tier.leverage_max)
        found.append((one._replace(leverage=leverage), _Facts(contract, tier, taker)))
    return found


def _judged(case: _Case, move: Fraction) -> list[wire.Judged]:
    return [
        _judge(one, facts, case.one_usd[one.form.settle], move)
        for one, facts in zip(case.held, case.facts, strict=True)
    ]


def _judge(held: wire.Held, facts: _Facts, one_usd: Fraction, move: Fraction) -> wire.Judged:
    """One position once prices moved by ``move``.

    A coin that settles moves with the index as well; its worth is that of now, as assets are counted.
    """
    form, size = held.form, abs(held.lots)
    before = price_of(form, facts.contract.mark)
    mark = before * (1 + move)
    value, value_before = value_of(form, size, mark) * one_usd, value_of(form, size, before) * one_usd
    gained = gain_of(form, held.lots, held.entry, mark)
    return wire.Judged(
        held,
        before,
        mark,
        gained,
        gained * one_usd,
        value,
        value_before * _HUNDRED / held.leverage,
        value * _HUNDRED / held.leverage,
        value * (facts.tier.maintenance_ppm + facts.taker_ppm) / PPM,
    )


def _assets(case: _Case, judged: Sequence[wire.Judged]) -> list[wire.Asset]:
    """Each currency with the profits settled in it."""
    gained = dict.fromkeys(case.amounts, Fraction(0))
    for one in judged:
        gained[one.held.form.settle] += one.gained
    return [_asset(case, form, amount + gained[form]) for form, amount in case.amounts.items()]


def _asset(case: _Case, form: CurrencyForm, equity: Fraction) -> wire.Asset:
    one_usd, terms = case.one_usd[form], case.terms.get(form)
    if terms is None:
        return wire.Asset(form, equity, equity * one_usd)
    owed = max(-equity, Fraction(0)) * one_usd
    return wire.Asset(
        form,
        equity,
        counted(terms, equity) * one_usd,
        owed * terms.initial_ppm / PPM,
        owed * terms.maintenance_ppm / PPM,
    )


class _Curve:
    """What the positions settled in a currency come to at any price: a part rises with it, a part falls, a part stays.

    So a graph costs no more for many positions than for one. In smallest units, cut to ``_FINEST`` of one.
    """

    def __init__(self) -> None:
        """No positions."""
        self.rises = self.falls = self.stays = Fraction(0)
        self.keep_rises = self.keep_falls = Fraction(0)

    def add(self, held: wire.Held, facts: _Facts) -> None:
        """One position more."""
        form, way = held.form, 1 if held.lots > 0 else -1
        value = _cut(value_of(form, abs(held.lots), price_of(form, facts.contract.mark)))
        entry = _cut(value_of(form, abs(held.lots), held.entry))
        keep = value * (facts.tier.maintenance_ppm + facts.taker_ppm) / PPM
        if form.is_inverse:
            self.falls -= way * value
            self.stays += way * entry
            self.keep_falls += keep
        else:
            self.rises += way * value
            self.stays -= way * entry
            self.keep_rises += keep

    def gained(self, factor: Fraction) -> Fraction:
        """The profit once prices are multiplied by ``factor``."""
        return self.rises * factor + self.falls / factor + self.stays

    def required(self, factor: Fraction) -> Fraction:
        """What keeps the positions then."""
        return self.keep_rises * factor + self.keep_falls / factor


def _cut(value: Fraction) -> Fraction:
    return Fraction(int(value * _FINEST), _FINEST)


def _curves(case: _Case) -> dict[CurrencyForm, _Curve]:
    found = {form: _Curve() for form in case.amounts}
    for held, facts in zip(case.held, case.facts, strict=True):
        found[held.form.settle].add(held, facts)
    return found


def _point(case: _Case, curves: Mapping[CurrencyForm, _Curve], move: Fraction) -> wire.Point:
    """All of it once prices moved by ``move``."""
    factor = 1 + move
    assets = [_asset(case, form, amount + curves[form].gained(factor)) for form, amount in case.amounts.items()]
    required = sum((curve.required(factor) * case.one_usd[form] for form, curve in curves.items()), Fraction(0))
    owed = sum((asset.maintenance for asset in assets), Fraction(0))
    return wire.Point(move, sum((asset.worth for asset in assets), Fraction(0)), required + owed)
