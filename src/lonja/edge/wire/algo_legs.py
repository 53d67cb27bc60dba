"""Take profits and stop losses as clients write them: three parameters each, the same in every request.

Why here: orders, algo orders and what is attached to either name them alike. Invariant: a leg without a trigger is all
zero; a price of 0 means market. A take profit that is a limit order has a price and no trigger.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lonja.core.kinds import ProfitKind, TriggerSource
from lonja.edge.errors import refusal
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import scaled_floor, text_of
from lonja.primitives.money import INT_MAX, PPM

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
    """What triggers and what is placed then; prices in ticks. ``ratio_ppm`` is a trigger so far from what was paid."""

    source: int = 0
    trigger: int = 0
    price: int = 0
    ratio_ppm: int = 0
    kind: int = int(ProfitKind.CONDITION)

    @property
    def is_there(self) -> bool:
        """Whether there is one."""
        return bool(self.trigger or self.ratio_ppm or self.kind)


def leg_of(arg: Argument, prefix: str, form: InstrumentForm, opens: str = "") -> Leg:
    """The leg ``tp`` or ``sl`` of ``arg``, all zero when there is none.

    ``opens`` is the side of the order it protects, "" when it protects none: then it has no ratio.
    Raises ``EdgeError`` 50014, 51000, 51093 or 51094.
    """
    ratio_name, trigger, price = f"{prefix}TriggerRatio", f"{prefix}TriggerPx", f"{prefix}OrdPx"
    if _is_limit(arg, prefix, form):
        return _limit_leg(arg, price, form)
    if not (text_of(arg, trigger) or text_of(arg, price) or text_of(arg, ratio_name)):
        return Leg()
    ratio = 0
    if text_of(arg, ratio_name):
        if text_of(arg, trigger) or not form.is_contract or not opens:
            raise refusal("51000", ratio_name)
        ratio = trigger_ratio(text_of(arg, ratio_name), prefix, opens, ratio_name)
    elif text_of(arg, trigger) == "":
        raise refusal("50014", trigger)
    if text_of(arg, price) == "":
        raise refusal("50014", price)
    return Leg(
        source_of(arg, f"{prefix}TriggerPxType", form),
        0 if ratio else form.parse_price(text_of(arg, trigger), trigger),
        order_price(text_of(arg, price), price, form),
        ratio,
    )


def _is_limit(arg: Argument, prefix: str, form: InstrumentForm) -> bool:
    kind = text_of(arg, f"{prefix}OrdKind")
    if kind not in ("", "condition", "limit"):
        raise refusal("51000", f"{prefix}OrdKind")
    if kind == "limit" and not form.is_contract:
        raise refusal("51094")
    return kind == "limit"


def _limit_leg(arg: Argument, name: str, form: InstrumentForm) -> Leg:
    """A take profit that rests; a trigger need not be told, and means nothing."""
    text = text_of(arg, name)
    if text == "":
        raise refusal("50014", name)
    if text == MARKET:
        raise refusal("51093")
    return Leg(price=form.parse_price(text, name), kind=int(ProfitKind.LIMIT))


def trigger_ratio(text: str, prefix: str, opens: str, name: str) -> int:
    """How far from what an order pays, in ppm, a leg triggers: 0.3 is 30 % above it, of a stop loss of a purchase below.

    The take profit of a sale is negative. Raises ``EdgeError`` 51000.
    """
    falls = prefix == "tp" and opens == "sell"
    found = scaled_floor(text[1:] if falls and text.startswith("-") else text, RATIO_SCALE)
    if found is None or not found[1] or not 0 < found[0] <= INT_MAX or text.startswith("-") != falls:
        raise refusal("51000", name)
    # What lies below the price is never as much as all of it.
    if (falls or (prefix == "sl" and opens == "buy")) and found[0] >= PPM:
        raise refusal("51000", name)
    return found[0]


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


def callback_of(arg: Argument, form: InstrumentForm, prefix: str = "") -> tuple[int, int, int]:
    """Callback in ppm or ticks, the other 0, and the activation price, 0 for none; ``prefix`` begins their names.

    Raises ``EdgeError`` 50015, 51000 or 51257.
    """
    names = ("callbackRatio", "callbackSpread", "activePx")
    by_ratio, by_spread, active = (prefix + name[0].upper() + name[1:] if prefix else name for name in names)
    ratio, spread, activation = text_of(arg, by_ratio), text_of(arg, by_spread), text_of(arg, active)
    if bool(ratio) == bool(spread):
        raise refusal("50015" if not ratio else "51000", by_ratio, by_spread)
    return (
        ratio_of(ratio, "51257") if ratio else 0,
        spread_of(spread, by_spread, form) if spread else 0,
        form.parse_price(activation, active) if activation else 0,
    )


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
