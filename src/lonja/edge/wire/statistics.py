"""Statistics of the whole exchange as rows: volumes, rates, trading statistics, announcements.

Why here: their keys are the wire's. Invariant: every documented key is present.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from lonja.edge.wire.blank import blank
from lonja.edge.wire.instruments import InstrumentForm
from lonja.edge.wire.units import AVERAGE_DIGITS
from lonja.modules.marketdata.api import Bar, CandleView, IndexTickerView, TakerVolumeView
from lonja.modules.pricing.api import PRICE_SCALE, IndexPart
from lonja.primitives.money import format_scaled, mul_div_floor

USD_CNY: Final = "7.1"
"""The exchange knows no other exchange's rates of dollar and yuan, so that it counts at one that never changes."""
_CNY_TENTHS: Final = 71
_SHARE_SCALE: Final = 8
_SHARES: Final = 10**_SHARE_SCALE

EXCHANGE_RATE_ROW: Final = blank("usdCny")
PLATFORM_VOLUME_ROW: Final = blank("volUsd volCny ts")
INDEX_PART_ROW: Final = blank("exch symbol symPx wgt cnvPx")
INDEX_COMPONENTS_ROW: Final = blank("index last ts", components=[INDEX_PART_ROW])
CURRENCIES_ROW: Final = blank("", contract=[], option=[], spot=[])
TAKER_VOLUME_COLUMNS: Final = ("ts", "sellVol", "buyVol")
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


def index_components_row(
    form: InstrumentForm, ticker: IndexTickerView, parts: Sequence[IndexPart], house: str
) -> dict[str, object]:
    """Of what the index that ``form`` follows is made: of ``parts``, or without any wholly of the ``house``."""
    last = form.price_text(ticker.price)
    total = sum(part.weight for part in parts)
    told = [(part.source, _part_price(form, part.price), _share_text(part.weight, total)) for part in parts]
    components = [
        {"exch": name, "symbol": form.underlying.replace("-", "/"), "symPx": price, "wgt": share, "cnvPx": price}
        for name, price, share in told or [(house, last, "1")]
    ]
    return {"index": form.underlying, "last": last, "ts": str(ticker.time_ms), "components": components}


def _part_price(form: InstrumentForm, price: int) -> str:
    """A price in 10 ** -18, with as many decimals as average prices have."""
    scale = min(PRICE_SCALE, form.price_scale + AVERAGE_DIGITS)
    return format_scaled(price // 10 ** (PRICE_SCALE - scale), scale)


def _share_text(weight: int, total: int) -> str:
    return format_scaled((2 * weight * _SHARES + total) // (2 * total), _SHARE_SCALE)


class Counted(NamedTuple):
    """What takers sold and bought, in units of ``step`` times 10 ** -``scale``."""

    step: int
    scale: int
    bars: Iterable[TakerVolumeView]


def sizes_counted(form: InstrumentForm, bars: Iterable[TakerVolumeView]) -> Counted:
    """``bars`` of an instrument as sizes: contracts of a contract."""
    return Counted(form.lot_step, form.size_scale, bars)


def values_counted(
    form: InstrumentForm, bars: Iterable[TakerVolumeView], candles: Iterable[CandleView], *, in_quote: bool
) -> Counted:
    """``bars`` of a contract as coins or as money, at the average prices of its ``candles`` where a price is needed."""
    if form.is_inverse is in_quote:
        return Counted(form.lot_value, form.lot_scale, bars)
    paid = {candle.open_time_ms: (candle.quote_volume, max(1, candle.volume)) for candle in candles}
    shares = [(bar, paid.get(bar.open_time_ms, (0, 1))) for bar in bars]
    worth = [
        TakerVolumeView(bar.open_time_ms, bar.bought * total // lots, bar.sold * total // lots)
        for bar, (total, lots) in shares
    ]
    return Counted(1, form.settle.scale, worth)


class TakerSums:
    """What takers sold and bought of one currency or contract."""

    def __init__(self, volumes: Iterable[Counted]) -> None:
        """Add the bars of all instruments up, each in its own units."""
        self._scale = 0
        self._sums: dict[int, tuple[int, int]] = {}
        for step, scale, bars in volumes:
            self._rescale(scale)
            unit = step * 10 ** (self._scale - scale)
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
