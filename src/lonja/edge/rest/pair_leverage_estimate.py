"""What another leverage would change of a position in a pair.

Why here: as in ``leverage_estimate``; but a pair has two currencies, of which one is the margin, and lends both.
Invariant: nothing is changed; what may be borrowed is what orders at that leverage may.
"""

from fractions import Fraction
from typing import Final

from lonja.core.kinds import MarginMode
from lonja.edge.errors import refusal
from lonja.edge.margin_orders import may_have_position
from lonja.edge.position_rows import pair_positions
from lonja.edge.rest.calls import PrivateCall, instrument_named
from lonja.edge.rest.closed import MARGIN_MODES, one_of
from lonja.edge.rest.margin_limits import LimitTerms, loans_at, terms_meant
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as rows
from lonja.edge.wire import requests_account
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.leverage import LEVERAGE_MIN, parse_leverage
from lonja.edge.wire.orders import leverage_text
from lonja.edge.wire.pair_positions import PairPosition, PairPositions
from lonja.primitives.money import PPM

_ISOLATED: Final = int(MarginMode.ISOLATED)
_HUNDRED: Final = 100


async def estimate_of_pair(call: PrivateCall, request: requests_account.LeverageEstimate) -> Rows:
    """What another leverage would change of a position in a pair, there or to come: margin, loans, what could move out.

    Raises ``EdgeError``: 51010 where such positions have no leverage, 59102 when it is none that is allowed.
    """
    name = one_of(request.margin_mode, "mgnMode", MARGIN_MODES)
    leverage = parse_leverage(request.leverage)
    if request.position_side not in ("", "net"):
        raise refusal("51000", "posSide")
    if not request.instrument_id:
        raise refusal("50014", "instId")
    form = instrument_named(call.services, request.instrument_id)
    if form.is_contract:
        raise refusal("51000", "instType")
    terms = terms_meant(call, name, request.currency)
    if terms is None or not may_have_position(call.services, call.account, form):
        raise refusal("51010")
    if not LEVERAGE_MIN <= leverage <= _most(call, form, 0, is_base=False):
        raise refusal("59102")
    base, quote = loans_at(call, form, terms._replace(leverage=leverage))
    made = pair_positions(call.services)
    found = _meant(call, made, form, terms)
    most = leverage_text(_most(call, form, *_debt(found)))
    row = {
        **rows.LEVERAGE_ESTIMATE_ROW,
        "existOrd": _has_orders(call, form, terms),
        "estMaxAmt": form.base.text(base),
        "estQuoteMaxAmt": form.quote.text(quote),
        "minLever": leverage_text(LEVERAGE_MIN),
        "maxLever": most,
    }
    return [{**row, **_of_position(call, made, found, leverage)} if found is not None else {**row, **_NOTHING}]


_NOTHING: Final = {"estMgn": "0", "estQuoteMgn": "0", "estAvailTrans": "0", "estAvailQuoteTrans": "0"}


def _meant(call: PrivateCall, made: PairPositions, form: InstrumentForm, terms: LimitTerms) -> PairPosition | None:
    """The position in the pair that is held in that mode, with that margin."""
    for found in made.held(call.account):
        same = found.name[1:3] == (form.code, terms.margin_mode)
        if same and (terms.margin_mode == _ISOLATED or found.margin_currency.name == terms.currency):
            return found
    return None


def _debt(found: PairPosition | None) -> tuple[int, bool]:
    """What is owed, and whether it is base."""
    return (0, False) if found is None else (found.owed[1], not found.is_long)


def _most(call: PrivateCall, form: InstrumentForm, debt: int, is_base: bool) -> int:
    """The highest leverage, in hundredths, that the tier of a debt allows."""
    tiers = call.services.engine.views.margin_tiers(form.code)
    tier = next((one for one in tiers if debt <= (one.base_max if is_base else one.quote_max)), tiers[-1])
    return _HUNDRED * PPM // tier.initial_ppm


def _has_orders(call: PrivateCall, form: InstrumentForm, terms: LimitTerms) -> bool:
    views, names = call.services.engine.views, call.services.orders.pockets(call.account)
    return any(name[1:3] == (form.code, terms.margin_mode) and views.open_orders(pocket) for pocket, name in names)


def _of_position(call: PrivateCall, made: PairPositions, found: PairPosition, leverage: int) -> dict[str, object]:
    """What the debt needs then, in the currency of the margin, and what of what there is nothing else would need."""
    needed, form = made.needed(found, leverage), found.form
    in_base = found.margin_currency is form.base
    isolated = found.name.margin_mode == _ISOLATED
    base, quote = _spare(found, needed) if isolated else _spare_of_account(call, made, found, needed)
    return {
        "estMgn": found.text(needed) if in_base else "0",
        "estQuoteMgn": "0" if in_base else found.text(needed),
        "estAvailTrans": form.base.text(base.__floor__()),
        "estAvailQuoteTrans": form.quote.text(quote.__floor__()),
        "estLiqPx": made.row(found)["liqPx"],
    }


def _spare(found: PairPosition, needed: Fraction) -> tuple[Fraction, Fraction]:
    """What an isolated position could do without, of base or of quote: of what it owns, never more."""
    free = max(found.equity() - needed, Fraction(0))
    in_base = free / found.in_quote(1) if found.price else Fraction(0)
    return min(in_base, Fraction(max(found.base, 0))), min(free, Fraction(max(found.quote, 0)))


def _spare_of_account(
    call: PrivateCall, made: PairPositions, found: PairPosition, needed: Fraction
) -> tuple[Fraction, Fraction]:
    """What could leave the account behind a cross position, in the currency of its margin."""
    margin = call.services.engine.views.margin(call.account, found.margin_currency.currency)
    in_base = found.margin_currency is found.form.base
    less = made.needed(found, made.leverage(found)) - needed
    more = less / found.in_quote(1) if in_base and found.price else less
    left = max(min(margin.free + more, Fraction(margin.cash - margin.held)), Fraction(0))
    return (left, Fraction(0)) if in_base else (Fraction(0), left)
