"""How much of a pair an account may trade or borrow as a position at the moment.

Why here: such an order may bring its margin from the account, so what the account has counts beside what stands in the
position already. Invariant: what is told keeps back the fee, so that an order of that size finds its margin.
"""

from fractions import Fraction
from typing import Final, NamedTuple

from lonja.core.kinds import AccountMode, MarginMode, Side
from lonja.edge.errors import refusal
from lonja.edge.margin_orders import NO_POCKET, PocketKey, may_have_position, pocket_of
from lonja.edge.position_rows import pair_positions
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.closed import MARGIN_MODES
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as wire
from lonja.edge.wire.exact import price_of, value_of
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.primitives.money import PPM

_ISOLATED: Final = int(MarginMode.ISOLATED)
_CROSS: Final = int(MarginMode.CROSS)
_SIDES: Final = (int(Side.BUY), int(Side.SELL))


class LimitTerms(NamedTuple):
    """For which positions limits are asked: their margin mode, the currency of the margin ("": the usual), their leverage.

    ``leverage`` is in hundredths; 0 is the one that was chosen.
    """

    margin_mode: int
    currency: str = ""
    leverage: int = 0


def terms_meant(call: PrivateCall, margin_mode: str, currency: str) -> LimitTerms | None:
    """The positions in pairs that a margin mode means for the account; None when pairs are traded without any.

    Cross ones are those of futures mode. Raises ``EdgeError`` 50014 when the currency of their margin is not told.
    """
    if margin_mode == MARGIN_MODES[_ISOLATED]:
        return LimitTerms(_ISOLATED, currency)
    view = call.services.engine.views.account(call.account)
    if margin_mode != MARGIN_MODES[_CROSS] or view is None or view.account_mode != AccountMode.FUTURES:
        return None
    if not currency:
        raise refusal("50014", "ccy")
    return LimitTerms(_CROSS, currency)


def max_sizes(call: PrivateCall, forms: list[InstrumentForm], price: int, terms: LimitTerms) -> Rows:
    """The largest order each way, in base currency. Raises ``EdgeError`` 51010 or 51000."""
    return [wire.max_size_row(form, *_largest(call, form, price, terms)) for form in _lent(call, forms)]


def max_available(call: PrivateCall, forms: list[InstrumentForm], terms: LimitTerms, *, reduces: bool) -> Rows:
    """Quote currency to buy for, and base currency to sell; of what reduces only, what the position has."""
    rows: Rows = []
    for form in _lent(call, forms):
        if reduces:
            owned, owed = _position(call, form, terms)
            rows.append(wire.max_available_row(form, owed, owned))
            continue
        buy, sell = _largest(call, form, 0, terms)
        worth = value_of(form, buy, price_of(form, price_now(call, form)))
        base = sell * form.lot_step * 10 ** (form.base.scale - form.size_scale)
        rows.append(wire.max_available_row(form, worth.__floor__(), base))
    return rows


def loan_rows(call: PrivateCall, forms: list[InstrumentForm], terms: LimitTerms) -> Rows:
    """What may be borrowed of both currencies of each pair for a position in it."""
    name = MARGIN_MODES[terms.margin_mode]
    return [
        wire.max_loan_row(form.instrument_id, name, terms.currency, currency.name, side, currency.text(loan))
        for form in forms
        for (currency, side), loan in zip(
            ((form.base, "sell"), (form.quote, "buy")), loans_at(call, form, terms), strict=True
        )
    ]


def price_now(call: PrivateCall, form: InstrumentForm) -> int:
    """The last traded price in ticks, else the index price; 0 for none."""
    view = call.services.engine.views.instrument(form.code)
    return call.services.engine.views.last_price(form.code) or (0 if view is None else view.index_price)


def _lent(call: PrivateCall, forms: list[InstrumentForm]) -> list[InstrumentForm]:
    if not all(may_have_position(call.services, call.account, form) for form in forms):
        raise refusal("51010")
    return forms


def _largest(call: PrivateCall, form: InstrumentForm, price: int, terms: LimitTerms) -> tuple[int, int]:
    """Lots that may be bought and sold at ``price`` ticks, with margin from the account."""
    views = call.services.engine.views
    ticks = price or price_now(call, form)
    if not ticks:
        return 0, 0
    owned, owed = _position(call, form, terms)
    lot_base = form.lot_step * 10 ** (form.base.scale - form.size_scale)
    closing = (owed / value_of(form, 1, price_of(form, ticks))).__floor__(), owned // lot_base
    loans, most = _limits(call, form, terms), views.instrument(form.code)
    cap = most.size_limit_max if most is not None and most.size_limit_max else None
    found = []
    for side, known in zip(_SIDES, closing, strict=True):
        margin = margin_of(form, terms.currency, side)
        lots = max(_by_margin(call, form, ticks, terms, margin, loans[side == Side.BUY], side), known)
        lots = lots if cap is None else min(lots, cap)
        found.append(lots if lots >= form.size_min else 0)
    return found[0], found[1]


def margin_of(form: InstrumentForm, name: str, side: int) -> CurrencyForm:
    """The currency of the margin of an order. Raises ``EdgeError`` 51000 when ``name`` is neither of the pair's."""
    if name == "":
        return form.base if side == Side.BUY else form.quote
    found = {form.base.name: form.base, form.quote.name: form.quote}.get(name)
    if found is None:
        raise refusal("51000", "ccy")
    return found


def _by_margin(
    call: PrivateCall, form: InstrumentForm, ticks: int, terms: LimitTerms, margin: CurrencyForm, loan: int, side: int
) -> int:
    """Lots whose margin, fee included, the account can pay, and for which enough is lent."""
    price, views = price_of(form, ticks), call.services.engine.views
    lot_value = value_of(form, 1, price)
    lot_base = Fraction(form.lot_step * 10**form.base.scale, 10**form.size_scale)
    rates = views.fee_rates(call.account, form.code)
    fee = Fraction(2 * max(rates.taker_rate_ppm, rates.maker_rate_ppm, 0), PPM)
    mode = terms.margin_mode
    needed = Fraction(100, terms.leverage or views.pocket_leverage(call.account, form.code, mode) or 100) + fee
    held = views.margin(call.account, margin.currency)
    free = max(held.spendable if mode == _ISOLATED else held.free, 0)
    per_lot = lot_base if margin is form.base else lot_value
    by_loan = loan / (lot_value if side == Side.BUY else lot_base)
    return min((free / (per_lot * needed)).__floor__(), by_loan.__floor__())


def _key(call: PrivateCall, form: InstrumentForm, terms: LimitTerms) -> PocketKey:
    """Which pocket is meant; a cross one by its currency."""
    found = call.services.catalogue.find_currency(terms.currency)
    is_cross = terms.margin_mode != _ISOLATED and found is not None
    return PocketKey(form.code, terms.margin_mode, found.currency if is_cross and found is not None else -1)


def _limits(call: PrivateCall, form: InstrumentForm, terms: LimitTerms) -> tuple[int, int]:
    """What is still lent of base and quote: the limits, less what is owed and what orders would borrow."""
    views = call.services.engine.views
    tiers = views.margin_tiers(form.code)
    most = [tiers[-1].base_max, tiers[-1].quote_max] if tiers else [0, 0]
    pocket = pocket_of(call.services, call.account, _key(call, form, terms))
    known = {} if pocket == NO_POCKET else {one.currency: one for one in views.liabilities(pocket)}
    for place, currency in enumerate((form.base.currency, form.quote.currency)):
        if currency in known:
            most[place] = max(most[place] - known[currency].liability - known[currency].to_come, 0)
    return most[0], most[1]


def loans_at(call: PrivateCall, form: InstrumentForm, terms: LimitTerms) -> tuple[int, int]:
    """What may be borrowed of base and quote with the margin that there is."""
    if not may_have_position(call.services, call.account, form):
        return 0, 0
    buy, sell = _largest(call, form, 0, terms)
    base, quote = _limits(call, form, terms)
    price = price_of(form, price_now(call, form))
    sold = sell * form.lot_step * 10 ** (form.base.scale - form.size_scale)
    return min(sold, base), min(value_of(form, buy, price).__floor__(), quote)


def _position(call: PrivateCall, form: InstrumentForm, terms: LimitTerms) -> tuple[int, int]:
    """Base units that can be sold and quote units that can be spent to close what is held."""
    key = _key(call, form, terms)
    for found in pair_positions(call.services).held(call.account):
        if found.name[1:] == key:
            amount = found.owned[1] - found.owned[2]
            return (amount, 0) if found.is_long else (0, amount)
    return 0, 0
