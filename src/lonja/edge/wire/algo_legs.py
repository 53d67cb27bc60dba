"""Take profits and stop losses as clients write them: three parameters each, the same in every request.

Why here: orders, algo orders and what is attached to either name them alike. Invariant: a leg without a trigger is all
zero; a price of 0 means market.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from lonja.core.kinds import TriggerSource
from lonja.edge.errors import refusal
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.numbers import text_of

Argument = Mapping[str, object]

MARKET: Final = "-1"
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
    for name in (f"{prefix}TriggerRatio", f"{prefix}OrdKind"):
        if text_of(arg, name) not in ("", "condition"):
            raise refusal("50062", name)
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
    if source is None or (source == TriggerSource.MARK and form.instrument_type == "SPOT"):
        raise refusal("51000", name)
    return source


def order_price(text: str, name: str, form: InstrumentForm) -> int:
    """The price of the order that is placed, 0 for market. Raises ``EdgeError`` 51000."""
    return 0 if text == MARKET else form.parse_price(text, name)
