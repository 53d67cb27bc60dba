"""Statistics of the whole exchange as rows: volumes, rates, trading statistics, announcements.

Why here: their keys are the wire's. Invariant: every documented key is present.
"""

from collections.abc import Iterable
from typing import Final

from lonja.edge.wire.blank import blank
from lonja.edge.wire.instruments import InstrumentForm
from lonja.modules.marketdata.api import Bar, TakerVolumeView
from lonja.primitives.money import format_scaled, mul_div_floor

USD_CNY: Final = "7.1"
"""The exchange knows no other exchange's rates of dollar and yuan, so that it counts at one that never changes."""
_CNY_TENTHS: Final = 71

EXCHANGE_RATE_ROW: Final = blank("usdCny")
PLATFORM_VOLUME_ROW: Final = blank("volUsd volCny ts")
INDEX_PART_ROW: Final = blank("exch symbol symPx wgt cnvPx")
INDEX_COMPONENTS_ROW: Final = blank("index last ts", components=[INDEX_PART_ROW])
CURRENCIES_ROW: Final = blank("", contract=[], option=[], spot=[])
OPEN_INTEREST_PAST_COLUMNS: Final = ("ts", "oi", "oiCcy", "oiUsd")
TAKER_VOLUME_COLUMNS: Final = ("ts", "sellVol", "buyVol")
RATIO_COLUMNS: Final = ("ts", "ratio")
ACCOUNT_RATIO_COLUMNS: Final = ("ts", "longShortAcctRatio")
POSITION_RATIO_COLUMNS: Final = ("ts", "longShortPosRatio")
INTEREST_VOLUME_COLUMNS: Final = ("ts", "oi", "vol")
PUT_CALL_COLUMNS: Final = ("ts", "oiRatio", "volRatio")
EXPIRY_COLUMNS: Final = ("ts", "expTime", "callOI", "putOI", "callVol", "putVol")
STRIKE_COLUMNS: Final = ("ts", "strike", "callOI", "putOI", "callVol", "putVol")
FLOW_COLUMNS: Final = (
    *("ts", "callBuyVol", "callSellVol", "putBuyVol", "putSellVol"),
    *("callBlockVol", "putBlockVol"),
)
ANNOUNCEMENT_ROW: Final = blank("title annType businessPTime pTime url")
ANNOUNCEMENTS_ROW: Final = blank("totalPage", details=[ANNOUNCEMENT_ROW])
ANNOUNCEMENT_TYPE_ROW: Final = blank("annType annTypeDesc")
ANNOUNCEMENT_TYPES: Final[dict[str, str]] = {
    "announcements-latest-announcements": "Latest announcements",
    "announcements-new-listings": "New listings",
    "announcements-delistings": "Delistings",
    "announcements-trading-updates": "Trading updates",
    "announcements-deposit-withdrawal-suspension-resumption": "Deposits and withdrawals",
    "announcements-api": "API",
    "announcements-others": "Others",
}
"""Kinds of announcements, and what they are called."""


def platform_volume_row(usd_units: int, scale: int, now_ms: int) -> dict[str, object]:
    """What was traded in 24 hours, ``usd_units`` of 10 ** -``scale`` USD."""
    yuan = mul_div_floor(usd_units, _CNY_TENTHS, 10)
    return {"volUsd": format_scaled(usd_units, scale), "volCny": format_scaled(yuan, scale), "ts": str(now_ms)}


def index_components_row(form: InstrumentForm, price: int, time_ms: int, exchange: str) -> dict[str, object]:
    """Of what the index price (ticks) is made: of one source, wholly."""
    text = form.price_text(price)
    part = {"exch": exchange, "symbol": form.instrument_id.replace("-", "/"), "symPx": text, "wgt": "1", "cnvPx": text}
    return {"index": form.instrument_id, "last": text, "ts": str(time_ms), "components": [part]}


class TakerSums:
    """What takers sold and bought of one base currency on all its instruments."""

    def __init__(self, volumes: Iterable[tuple[InstrumentForm, Iterable[TakerVolumeView]]]) -> None:
        """Add the bars of all instruments up, each in its own lots."""
        self._scale = 0
        self._sums: dict[int, tuple[int, int]] = {}
        for form, bars in volumes:
            self._rescale(form.size_scale)
            unit = form.lot_step * 10 ** (self._scale - form.size_scale)
            for bar in bars:
                sold, bought = self._sums.get(bar.open_time_ms, (0, 0))
                self._sums[bar.open_time_ms] = (sold + bar.sold * unit, bought + bar.bought * unit)

    def _rescale(self, scale: int) -> None:
        if scale > self._scale:
            factor = 10 ** (scale - self._scale)
            self._sums = {start: (sold * factor, bought * factor) for start, (sold, bought) in self._sums.items()}
            self._scale = scale

    def rows(self, bar: Bar, begin_ms: int, end_ms: int) -> list[object]:
        """All bars that open in [begin, end] since the first with a trade, newest first, in ``TAKER_VOLUME_COLUMNS``."""
        first_ms = min(self._sums, default=end_ms + 1)
        rows: list[object] = []
        start = bar.start(end_ms)
        while start >= max(begin_ms, first_ms):
            sold, bought = self._sums.get(start, (0, 0))
            rows.append([str(start), format_scaled(sold, self._scale), format_scaled(bought, self._scale)])
            start = bar.preceding(start)
        return rows


def announcement_type_rows() -> list[object]:
    """Every kind of announcement."""
    return [{"annType": name, "annTypeDesc": told} for name, told in ANNOUNCEMENT_TYPES.items()]
