"""What an order for a pair says of the position it is meant for.

Why here: margin mode, margin currency and what only reduces are the wire's parameters. Invariant: what these functions
return names a currency of the pair, and none where it is not asked for.
"""

from typing import Final, NamedTuple

from lonja.core.kinds import MarginMode, Side
from lonja.edge.errors import EdgeError, refusal
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import flag_of, text_of
from lonja.edge.wire.order_requests import CASH, CROSS, ISOLATED, Argument

QUICK_KINDS: Final = ("", "manual", "auto_borrow", "auto_repay")
"""How borrowing went in a mode that is not offered; clients that know it send one of them."""
PROTECTING: Final = ("conditional", "oco", "move_order_stop")
"""Types of algo orders that only reduce the position of their margin mode."""
ENDING: Final = ("conditional", "oco")
"""Types that may end with their position."""
_MODES: Final = {CROSS: int(MarginMode.CROSS), ISOLATED: int(MarginMode.ISOLATED)}


class MarginTerms(NamedTuple):
    """Margin mode, the currency of the margin, and whether an order only reduces."""

    margin_mode: int
    currency: int
    reduces: bool


def margin_mode_of(arg: Argument) -> int | None:
    """The margin mode that an order asks for; None for one without a position."""
    trade_mode = arg.get("tdMode")
    return _MODES.get(trade_mode) if isinstance(trade_mode, str) else None


def margin_terms(arg: Argument, form: InstrumentForm, side: int) -> MarginTerms:
    """What an order with a margin mode says of its position. Raises ``EdgeError`` 51000, or 50014 for the currency."""
    margin_mode = margin_mode_of(arg)
    assert margin_mode is not None, "only orders of positions are asked"
    currency = _currency(arg, form, side, margin_mode)
    if text_of(arg, "quickMgnType") not in QUICK_KINDS:
        raise refusal("51000", "quickMgnType")
    if text_of(arg, "posSide") not in ("", "net"):
        raise refusal("51000", "posSide")
    return MarginTerms(margin_mode, currency, flag_of(arg, "reduceOnly"))


def as_spot(arg: Argument) -> Argument:
    """How the rest of an algo order for a position in a pair is read: as one for spot."""
    return {**arg, "tdMode": CASH, "reduceOnly": None, "cxlOnClosePos": None}


def is_protecting(arg: Argument) -> bool:
    """Whether an algo order only reduces a position, by its type."""
    return text_of(arg, "ordType") in PROTECTING


def ends_with_position(arg: Argument) -> bool:
    """Whether an algo order is to be canceled when its position is closed. Raises ``EdgeError`` 51000."""
    if not flag_of(arg, "cxlOnClosePos"):
        return False
    if not flag_of(arg, "reduceOnly") or text_of(arg, "ordType") not in ENDING:
        raise refusal("51000", "cxlOnClosePos")
    return True


def _currency(arg: Argument, form: InstrumentForm, side: int, margin_mode: int) -> int:
    """The currency of the margin: told, or for isolated orders what they bring when they are filled."""
    name = text_of(arg, "ccy")
    if not name and margin_mode == MarginMode.CROSS:
        raise refusal("50014", "ccy")
    found = {form.base.name: form.base, form.quote.name: form.quote}.get(name)
    if name and found is None:
        raise refusal("51000", "ccy")
    return (found or (form.base if side == Side.BUY else form.quote)).currency


def sized_in_quote() -> EdgeError:
    """The refusal of an order that only reduces, but is to spend an amount of the quote currency."""
    return refusal("51000", "tgtCcy")
