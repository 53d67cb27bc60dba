"""How much of contracts an account may trade at the moment.

Why here: what admission asks of an order is answered by the engine itself, so that a client who trusts the answer is not
refused. Invariant: an order of the size told is admitted, one that is a lot larger is not, while nothing else happens.
"""

from collections.abc import Sequence
from typing import Final

from lonja.core.kinds import AccountMode, MarginMode, PositionMode, PositionSide, Side
from lonja.core.rejections import Rejection
from lonja.core.views import OrderTerms
from lonja.edge.errors import refusal, rejection_error
from lonja.edge.rest.calls import PrivateCall
from lonja.edge.rest.public import Rows
from lonja.edge.wire import account_settings as wire
from lonja.edge.wire import requests_account
from lonja.edge.wire.contract_requests import MARGIN_MODES
from lonja.edge.wire.instruments import LEVERAGE_SCALE, InstrumentForm
from lonja.edge.wire.numbers import scaled_floor

LEVERAGE_MAX: Final = 100_000
"""No tier allows more, in hundredths."""
SIDES: Final = ((Side.BUY, PositionSide.LONG), (Side.SELL, PositionSide.SHORT))
"""What opens either way, and the position that it opens when there are two side by side."""


def max_sizes(call: PrivateCall, request: requests_account.MaxSize, forms: Sequence[InstrumentForm]) -> Rows:
    """The largest order each way, in contracts; without a price, at the one that limits such orders. Raises ``EdgeError``."""
    margin_mode = _margin_mode(call, request.trade_mode)
    price = forms[0].parse_price(request.price, "px") if request.price and len(forms) == 1 else 0
    leverage = _leverage(request.leverage_of_pair)
    owner = call.services.engine.views.account(call.account)
    two_sided = owner is not None and owner.position_mode == PositionMode.LONG_SHORT
    rows: Rows = []
    for form in forms:
        found = []
        for side, position_side in SIDES:
            meant = int(position_side if two_sided else PositionSide.NET)
            terms = OrderTerms(call.account, form.code, margin_mode, meant, int(side), price, leverage)
            found.append(_largest(call, form, terms))
        rows.append(wire.max_size_row(form, *found))
    return rows


def _largest(call: PrivateCall, form: InstrumentForm, terms: OrderTerms) -> int:
    """The most lots at the price of ``terms``, or without one at the price that limits an order, else at the mark.

    With little margin nothing can be bought 5 % above the mark, since it would be liquidated at once.
    """
    views = call.services.engine.views
    if terms.price:
        return views.largest_order(terms)
    contract = views.contract(form.code)
    found = views.largest_order(terms._replace(price=_worst_price(call, form, Side(terms.side))))
    if found or contract is None or not contract.mark:
        return found
    return views.largest_order(terms._replace(price=contract.mark))


def _worst_price(call: PrivateCall, form: InstrumentForm, side: Side) -> int:
    """The price that limits an order each way, in ticks; 0 where there is none, which makes it a market order."""
    view = call.services.engine.views.instrument(form.code)
    if view is None:
        return 0
    return view.buy_max if side == Side.BUY else view.sell_min


def max_available(call: PrivateCall, request: requests_account.MaxAvailable, forms: Sequence[InstrumentForm]) -> Rows:
    """What may be used as margin, in the settlement currency: free margin cross, cash isolated. Raises ``EdgeError``."""
    margin_mode = _margin_mode(call, request.trade_mode)
    rows: Rows = []
    for form in forms:
        margin = call.services.engine.views.margin(call.account, form.settle.currency)
        free = margin.free if margin_mode == MarginMode.CROSS else margin.spendable
        rows.append(wire.margin_available_row(form, max(free, 0)))
    return rows


def _margin_mode(call: PrivateCall, trade_mode: str) -> int:
    margin_mode = MARGIN_MODES.get(trade_mode)
    if margin_mode is None:
        raise refusal("51000", "tdMode")
    owner = call.services.engine.views.account(call.account)
    if owner is None or owner.account_mode == AccountMode.SPOT:
        raise rejection_error(Rejection.ACCOUNT_MODE_FORBIDS)
    return margin_mode


def _leverage(text: str) -> int:
    """A leverage in hundredths; 0 when "" (the one of the position)."""
    if text == "":
        return 0
    found = scaled_floor(text, LEVERAGE_SCALE)
    if found is None or not found[1]:
        raise refusal("51000", "leverage")
    if not 10**LEVERAGE_SCALE <= found[0] <= LEVERAGE_MAX:
        raise refusal("59102")
    return found[0]
