"""Take profits and stop losses as clients write them: three parameters each, the same in every request.

Why here: orders, algo orders and what is attached to either name them alike. Invariant: a leg without a trigger is all
zero; a price of 0 means market.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lonja.core.kinds import TriggerSource
from lonja.edge.errors import refusal
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import scaled_floor, text_of
from lonja.primitives.money import PPM

Argument = Mapping[str, object]

MARKET: Final = "-1"
RATIO_SCALE: Final = 6
"""Decimals of a ratio."""
SOURCES: Final[dict[str, int]] = {
    "": int(TriggerSource.LAST),
    "last": int(TriggerSource.LAST),
    "index": int(TriggerSource.INDEX),
    "mark": int(TriggerSource.MARK),
}


class Leg(NamedTuple):
    """What triggers and what is placed then; prices in ticks."""

    source: int = 0
    trigger: int = 0
    price: int = 0


def leg_of(arg: Argument, prefix: str, form: InstrumentForm) -> Leg:
    """The leg ``tp`` or ``sl`` of ``arg``, all zero when there is none. Raises ``EdgeError`` 50014, 50062 or 51000."""
    if text_of(arg, f"{prefix}TriggerRatio"):
        raise refusal("50062", f"{prefix}TriggerRatio")
    if text_of(arg, f"{prefix}OrdKind") not in ("", "condition"):
        raise refusal("50062" if form.is_contract else "51094", f"{prefix}OrdKind")
    trigger, price = f"{prefix}TriggerPx", f"{prefix}OrdPx"
    if not (text_of(arg, trigger) or text_of(arg, price)):
        return Leg()
    for name in (trigger, price):
        if text_of(arg, name) == "":
            raise refusal("50014", name)
    return Leg(
        source_of(arg, f"{prefix}TriggerPxType", form),
        form.parse_price(text_of(arg, trigger), trigger),
        order_price(text_of(arg, price), price, form),
    )


def source_of(arg: Argument, name: str, form: InstrumentForm) -> int:
    """Which price triggers; the mark price only of contracts. Raises ``EdgeError`` 51000."""
    source = SOURCES.get(text_of(arg, name))
    if source is None or (source == TriggerSource.MARK and not form.is_contract):
        raise refusal("51000", name)
    return source


def order_price(text: str, name: str, form: InstrumentForm) -> int:
    """The price of the order that is placed, 0 for market. Raises ``EdgeError`` 51000."""
    return 0 if text == MARKET else form.parse_price(text, name)


def ratio_of(text: str, code: str, *words: object) -> int:
    """A share between 0 and 1, in ppm. Raises ``EdgeError`` ``code``."""
    found = scaled_floor(text, RATIO_SCALE)
    if found is None or not found[1] or not 0 < found[0] < PPM:
        raise refusal(code, *words)
    return found[0]


def spread_of(text: str, name: str, form: InstrumentForm) -> int:
    """A distance between prices, in ticks. Raises ``EdgeError`` 51000."""
    return form.parse_price(text, name)


def distance_of(arg: Argument, form: InstrumentForm, code: str, most_ppm: int, *, may_be_none: bool) -> tuple[int, int]:
    """``pxVar`` in ppm or ``pxSpread`` in ticks, the other 0. A spread of 0 is one where it ``may_be_none``.

    Raises ``EdgeError`` 50015, 51000 or ``code``.
    """
    ratio, spread = text_of(arg, "pxVar"), text_of(arg, "pxSpread")
    if bool(ratio) == bool(spread):
        raise refusal("50015" if not ratio else "51000", "pxVar", "pxSpread")
    if spread:
        if may_be_none and scaled_floor(spread, form.price_scale) == (0, True):
            return 0, 0
        return 0, spread_of(spread, "pxSpread", form)
    ppm = ratio_of(ratio, code)
    if ppm > most_ppm:
        raise refusal(code)
    return ppm, 0
