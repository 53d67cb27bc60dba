"""From the arguments of an order operation to a command of the core.

Why here: REST and WebSocket accept exactly the same arguments. Invariant: whatever a client sends, these functions
return a command that can be stored, or raise ``EdgeError``.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lonja.core.commands import AmendOrder, CancelOrder, PlaceOrder
from lonja.core.kinds import OrderType, SelfTradePrevention, Side, SizeUnit, TimeInForce
from lonja.core.texts import Text16, Text32
from lonja.edge.errors import refusal
from lonja.edge.wire.instruments import Catalogue, InstrumentForm
from lonja.edge.wire.numbers import flag_of, required_text, scaled_floor, text_of, token_of
from lonja.primitives.money import INT_MAX

Argument = Mapping[str, object]


class OrderKind(NamedTuple):
    """What one ``ordType`` stands for."""

    order_type: int
    time_in_force: int
    post_only: int


_LIMIT, _MARKET = int(OrderType.LIMIT), int(OrderType.MARKET)
_GTC, _IOC, _FOK = int(TimeInForce.GTC), int(TimeInForce.IOC), int(TimeInForce.FOK)
ORDER_KINDS: Final[dict[str, OrderKind]] = {
    "limit": OrderKind(_LIMIT, _GTC, 0),
    "market": OrderKind(_MARKET, _GTC, 0),
    "post_only": OrderKind(_LIMIT, _GTC, 1),
    "fok": OrderKind(_LIMIT, _FOK, 0),
    "ioc": OrderKind(_LIMIT, _IOC, 0),
    "optimal_limit_ioc": OrderKind(_MARKET, _IOC, 0),
}
"""The time in force of a market order changes nothing but its name: IOC marks ``optimal_limit_ioc``."""

SIDES: Final[dict[str, int]] = {"buy": int(Side.BUY), "sell": int(Side.SELL)}
PREVENTIONS: Final[dict[str, int]] = {
    "": int(SelfTradePrevention.DEFAULT),
    "cancel_maker": int(SelfTradePrevention.CANCEL_MAKER),
    "cancel_taker": int(SelfTradePrevention.CANCEL_TAKER),
    "cancel_both": int(SelfTradePrevention.CANCEL_BOTH),
}
_DEFAULT_PREVENTION: Final = int(SelfTradePrevention.DEFAULT)
CASH: Final = "cash"
CROSS: Final = "cross"
ISOLATED: Final = "isolated"
SPOT_TRADE_MODES: Final = (CASH, CROSS, ISOLATED)
"""Of which some are right for an account: cash or cross without positions, cross or isolated for a position in the pair."""
OTHER_TRADE_MODES: Final = (CROSS, ISOLATED, "spot_isolated")
UNAVAILABLE: Final = "slippagePct"
"""A parameter that would change what the order does."""

CLIENT_ORDER_ID_MAX: Final = 32
TAG_MAX: Final = 16
ORDER_ID_DIGITS_MAX: Final = 18 + 1


def instrument_of(catalogue: Catalogue, arg: Argument) -> InstrumentForm:
    """The instrument that ``instIdCode`` or ``instId`` names. Raises ``EdgeError`` 50014, 51000 or 51001."""
    code = arg.get("instIdCode")
    if code is None or code == "":
        form = catalogue.find(required_text(arg, "instId"))
    else:
        text = text_of(arg, "instIdCode")
        if not (text.isascii() and text.isdigit()):
            raise refusal("51000", "instIdCode")
        form = catalogue.find_wire_code(int(text)) if len(text) < CLIENT_ORDER_ID_MAX else None
    if form is None:
        raise refusal("51001")
    return form


def check_parameters(arg: Argument) -> None:
    """Raise ``EdgeError`` for what is wrong with an order whatever it is for: 50014, 51000, 51204 or 50016.

    Of an order for what does not exist nothing else can be said, and its parameters come before its instrument.
    """
    if required_text(arg, "tdMode") not in (CASH, *OTHER_TRADE_MODES):
        raise refusal("51000", "tdMode")
    if required_text(arg, "side") not in SIDES:
        raise refusal("51000", "side")
    kind = ORDER_KINDS.get(required_text(arg, "ordType"))
    if kind is None:
        raise refusal("51000", "ordType")
    amounts = {"sz": required_text(arg, "sz"), "px": text_of(arg, "px") if kind.order_type != _MARKET else "1"}
    if amounts["px"] == "":
        raise refusal("51204")
    for name, text in amounts.items():
        if (found := scaled_floor(text, 0)) is None or found == (0, True):
            raise refusal("51000", name)
    prevention_of(arg, kind)
    band_rule(arg)
    for name in ("reduceOnly", "banAmend"):
        flag_of(arg, name)
    token_of(arg, "clOrdId", CLIENT_ORDER_ID_MAX)
    token_of(arg, "tag", TAG_MAX)


def place_command(arg: Argument, form: InstrumentForm, account: int) -> PlaceOrder:
    """The order that ``arg`` describes. Raises ``EdgeError``."""
    _check_mode(arg)
    side = SIDES.get(required_text(arg, "side"))
    if side is None:
        raise refusal("51000", "side")
    kind = ORDER_KINDS.get(required_text(arg, "ordType"))
    if kind is None:
        raise refusal("51000", "ordType")
    order_type, time_in_force, post_only = kind
    if arg.get("tradeQuoteCcy") not in (None, "", form.quote.name):
        raise refusal("51000", "tradeQuoteCcy")
    size_unit, price = 0, 0
    size_text = required_text(arg, "sz")
    if order_type == _MARKET:
        size_unit = _size_unit(arg, side, kind)
        size = form.quote.parse(size_text, "sz") if size_unit else form.parse_size(size_text, "sz")
    else:
        size = form.parse_size(size_text, "sz")
        price_text = text_of(arg, "px")
        if price_text == "":
            raise refusal("51204")
        price = form.parse_price(price_text, "px")
    # By position, because naming the fields would double the cost of making the command.
    return PlaceOrder(
        0,
        account,
        0,
        0,
        form.code,
        side,
        order_type,
        time_in_force,
        post_only,
        price,
        size,
        size_unit,
        prevention_of(arg, kind) if arg.get("stpMode") else _DEFAULT_PREVENTION,
        int(flag_of(arg, "banAmend")),
        band_rule(arg) if arg.get("pxAmendType") else 0,
        Text32(token_of(arg, "clOrdId", CLIENT_ORDER_ID_MAX)),
        Text16(token_of(arg, "tag", TAG_MAX)),
    )


def cancel_command(arg: Argument, form: InstrumentForm, account: int) -> CancelOrder:
    """The cancellation that ``arg`` describes. Raises ``EdgeError``."""
    order_id, client_order_id = order_reference(arg)
    return CancelOrder(
        account=account, instrument=form.code, order_id=order_id, client_order_id=Text32(client_order_id)
    )


def amend_command(arg: Argument, form: InstrumentForm, account: int) -> AmendOrder:
    """The amendment that ``arg`` describes. Raises ``EdgeError``."""
    order_id, client_order_id = order_reference(arg)
    size_text, price_text = text_of(arg, "newSz"), text_of(arg, "newPx")
    return AmendOrder(
        account=account,
        instrument=form.code,
        order_id=order_id,
        new_price=form.parse_price(price_text, "newPx") if price_text else -1,
        new_size=form.parse_size(size_text, "newSz") if size_text else -1,
        cancel_on_fail=int(flag_of(arg, "cxlOnFail")),
        clip_to_band=band_rule(arg),
        client_order_id=Text32(client_order_id),
        request_id=Text32(token_of(arg, "reqId", CLIENT_ORDER_ID_MAX)),
    )


def asks_for_change(arg: Argument) -> bool:
    """Whether an amendment asks for another size or price of the order itself."""
    return bool(arg.get("newSz") or arg.get("newPx"))


def require_trade_mode(arg: Argument, *, is_pooled: bool) -> None:
    """Raise ``EdgeError`` unless an order is one that a pair is traded with as spot.

    51000 or 51010 unless it is cross exactly where the account is in multi-currency mode; 51139 when it is to reduce only.
    """
    trade_mode = arg.get("tdMode")
    if trade_mode == ISOLATED or is_pooled != (trade_mode == CROSS):
        raise refusal("51000", "tdMode") if is_pooled and trade_mode == CASH else refusal("51010")
    if flag_of(arg, "reduceOnly"):
        raise refusal("51139")


def order_reference(arg: Argument) -> tuple[int, str]:
    """Order id and client order id; the order id wins when both are given. Raises ``EdgeError`` 51000 or 51003."""
    text = text_of(arg, "ordId")
    if text == "":
        client_order_id = token_of(arg, "clOrdId", CLIENT_ORDER_ID_MAX)
        if client_order_id == "":
            raise refusal("51003")
        return 0, client_order_id
    if not (text.isascii() and text.isdigit()):
        raise refusal("51000", "ordId")
    # No order has the numbers 0 and INT_MAX, so what cannot be an id is an unknown one.
    order_id = int(text) if len(text) <= ORDER_ID_DIGITS_MAX else INT_MAX
    return min(order_id, INT_MAX) or INT_MAX, ""


def echoed(arg: Argument, name: str) -> str:
    """Parameter ``name`` as an answer repeats it; "" when it was no text or number."""
    value = arg.get(name)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INT_MAX else ""


def _check_mode(arg: Argument) -> None:
    trade_mode = required_text(arg, "tdMode")
    if trade_mode not in SPOT_TRADE_MODES:
        raise refusal("51010") if trade_mode in OTHER_TRADE_MODES else refusal("51000", "tdMode")
    flag_of(arg, "reduceOnly")
    if arg.get(UNAVAILABLE):
        raise refusal("50062", UNAVAILABLE)


def _size_unit(arg: Argument, side: int, kind: OrderKind) -> int:
    """How a market order is sized. Limit orders ignore ``tgtCcy``, which clients send along."""
    target = text_of(arg, "tgtCcy")
    if target not in ("", "base_ccy", "quote_ccy"):
        raise refusal("51000", "tgtCcy")
    if kind.time_in_force == TimeInForce.IOC or target == "base_ccy":
        return int(SizeUnit.BASE)
    return int(SizeUnit.QUOTE if target == "quote_ccy" or side == Side.BUY else SizeUnit.BASE)


def prevention_of(arg: Argument, kind: OrderKind) -> int:
    """Who yields when the order meets one of the same owner. Raises ``EdgeError`` 51000 or 50016."""
    prevention = PREVENTIONS.get(text_of(arg, "stpMode"))
    if prevention is None:
        raise refusal("51000", "stpMode")
    if prevention == SelfTradePrevention.CANCEL_BOTH and kind.time_in_force == TimeInForce.FOK:
        raise refusal("50016", "stpMode", "ordType")
    return prevention


def band_rule(arg: Argument) -> int:
    """1 when a price beyond the limits is to be moved to them. Raises ``EdgeError`` 51000."""
    kind = text_of(arg, "pxAmendType")
    if kind not in ("", "0", "1"):
        raise refusal("51000", "pxAmendType")
    return 1 if kind == "1" else 0
