"""From the arguments of an order for a contract to a command of the core.

Why here: margin mode and position side exist for contracts alone. Invariant: as in ``order_requests``; what lies off a
step of size or price is told by ``OffStepError``, since other refusals come before it.
"""

from typing import Final

from lonja.core.commands import AmendOrder, PlaceContractOrder, PlaceOrder
from lonja.core.kinds import MarginMode, OrderType, PositionSide, Side
from lonja.core.texts import Text16, Text32
from lonja.edge.errors import EdgeError, refusal
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import flag_of, required_text, scaled_floor, text_of, token_of
from lonja.edge.wire.order_requests import (
    CLIENT_ORDER_ID_MAX,
    ORDER_KINDS,
    SIDES,
    TAG_MAX,
    Argument,
    amend_command,
    band_rule,
    place_command,
    prevention_of,
)

MARGIN_MODES: Final[dict[str, int]] = {"cross": int(MarginMode.CROSS), "isolated": int(MarginMode.ISOLATED)}
POSITION_SIDES: Final[dict[str, int]] = {
    "": int(PositionSide.NET),
    "net": int(PositionSide.NET),
    "long": int(PositionSide.LONG),
    "short": int(PositionSide.SHORT),
}
UNAVAILABLE: Final = ("slippagePct", "pxUsd", "pxVol")
"""Parameters that would change what the order does."""

_MARKET: Final = int(OrderType.MARKET)
_NET: Final = int(PositionSide.NET)
CLOSING: Final = (
    (int(PositionSide.LONG), int(Side.SELL)),
    (int(PositionSide.SHORT), int(Side.BUY)),
)
"""Position side and side of what closes one of two positions side by side."""


class OffStepError(EdgeError):
    """A size or price that is a number, but none the instrument knows.

    ``position_side`` is that of the order; None of an amendment.
    """

    def __init__(self, error: EdgeError, position_side: int | None) -> None:
        """Say what ``error`` says."""
        super().__init__(error.code, error.message, error.sub_code)
        self.position_side = position_side


def order_command(arg: Argument, form: InstrumentForm, account: int) -> PlaceOrder | PlaceContractOrder:
    """The order that ``arg`` describes, for whatever is traded. Raises ``EdgeError``."""
    return contract_command(arg, form, account) if form.is_contract else place_command(arg, form, account)


def amendment_command(arg: Argument, form: InstrumentForm, account: int) -> AmendOrder:
    """The amendment that ``arg`` describes, for whatever is traded. Raises ``EdgeError``."""
    try:
        return amend_command(arg, form, account)
    except EdgeError as error:
        if form.is_contract and _is_off_step(arg, form, ("newSz", "newPx"), error):
            raise OffStepError(error, None) from None
        raise


def contract_command(arg: Argument, form: InstrumentForm, account: int) -> PlaceContractOrder:
    """The order for a contract that ``arg`` describes. Raises ``EdgeError``."""
    margin_mode = MARGIN_MODES.get(required_text(arg, "tdMode"))
    if margin_mode is None:
        raise refusal("51000", "tdMode")
    side = SIDES.get(required_text(arg, "side"))
    if side is None:
        raise refusal("51000", "side")
    kind = ORDER_KINDS.get(required_text(arg, "ordType"))
    if kind is None:
        raise refusal("51000", "ordType")
    position_side = position_side_of(text_of(arg, "posSide"))
    for name in UNAVAILABLE:
        if text_of(arg, name):
            raise refusal("50062", name)
    flag_of(arg, "banAmend")
    prevention, clip_to_band = prevention_of(arg, kind), band_rule(arg)
    client_order_id = token_of(arg, "clOrdId", CLIENT_ORDER_ID_MAX)
    tag = token_of(arg, "tag", TAG_MAX)
    reduce_only = flag_of(arg, "reduceOnly")
    try:
        size, price = _size_and_price(arg, form, with_price=kind.order_type != _MARKET)
    except EdgeError as error:
        if _is_off_step(arg, form, ("sz", "px"), error):
            raise OffStepError(error, position_side) from None
        raise
    return PlaceContractOrder(
        0,
        account,
        0,
        0,
        form.code,
        side,
        *kind,
        price,
        size,
        0,
        prevention,
        0,
        clip_to_band,
        Text32(client_order_id),
        Text16(tag),
        margin_mode,
        position_side,
        # Of two positions side by side the side says what closes, and clients send both.
        int(reduce_only and position_side == _NET),
    )


def position_side_of(text: str) -> int:
    """The position side called ``text``, net when "". Raises ``EdgeError`` 51000."""
    found = POSITION_SIDES.get(text)
    if found is None:
        raise refusal("51000", "posSide")
    return found


def only_closes(command: PlaceContractOrder) -> bool:
    """Whether the order can do nothing but make a position smaller."""
    return command.reduce_only == 1 or (command.position_side, command.side) in CLOSING


def _size_and_price(arg: Argument, form: InstrumentForm, *, with_price: bool) -> tuple[int, int]:
    size_text, price_text = required_text(arg, "sz"), text_of(arg, "px")
    if not with_price:
        return form.parse_size(size_text, "sz"), 0
    if price_text == "":
        raise refusal("51204")
    return form.parse_size(size_text, "sz"), form.parse_price(price_text, "px")


def _is_off_step(arg: Argument, form: InstrumentForm, names: tuple[str, str], error: EdgeError) -> bool:
    """Whether ``error`` is about a size or price that is a positive number."""
    if error.code in ("51020", "51121"):
        return True
    found = scaled_floor(text_of(arg, names[1]), form.price_scale)
    about_price = error.code == "51000" and error.message == refusal("51000", names[1]).message
    return about_price and found is not None and found != (0, True)
