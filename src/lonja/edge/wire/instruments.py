"""Instruments and currencies on the wire: rows, and the way from text to ticks and lots and back.

Why here: scales, steps and names are looked up for every order and every push, so they are kept ready. Invariant: what
is kept never changes during the life of an instrument; states and index prices are read from the engine.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from lonja.core.kinds import InstrumentState
from lonja.core.views import InstrumentView
from lonja.edge.errors import refusal
from lonja.edge.wire.numbers import scaled_floor
from lonja.engine.api import EngineViews
from lonja.primitives.money import INT_MAX, format_scaled

CODE_BASE: Final = 10_000
"""``instIdCode`` of the instrument with code 0."""

TRADE_ID_BASE: Final = 100_000_000
"""Added to the number of a trade, so that ids have one length: clients sort them as text, as OKX's allow."""

INSTRUMENT_TYPES: Final = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
"""Names on the wire, in the order of ``kinds.InstrumentType``."""

AVERAGE_DIGITS: Final = 8
"""How many decimals an average price shows beyond those of the instrument: price times size gives the cost again."""

STATES: Final[dict[int, str]] = {
    InstrumentState.LIVE: "live",
    InstrumentState.SUSPENDED: "suspend",
    InstrumentState.PREOPEN: "preopen",
    InstrumentState.POST_ONLY: "post_only",
    InstrumentState.DELISTED: "expired",
}

_SHARED: Final[dict[str, object]] = {
    **dict.fromkeys(("instType", "seriesId", "instId", "uly", "groupId", "instFamily"), ""),
    **dict.fromkeys(("baseCcy", "quoteCcy", "settleCcy", "ctVal", "ctMult", "ctValCcy", "optType", "stk"), ""),
    **dict.fromkeys(("listTime", "auctionEndTime", "contTdSwTime", "preMktSwTime", "openType", "expTime"), ""),
    **dict.fromkeys(("lever", "tickSz", "lotSz", "minSz", "ctType", "state", "ruleType"), ""),
    **dict.fromkeys(("maxLmtSz", "maxMktSz", "maxLmtAmt", "maxMktAmt", "maxTwapSz", "maxIcebergSz"), ""),
    **dict.fromkeys(("maxTriggerSz", "maxStopSz", "instCategory"), ""),
    "futureSettlement": False,
    "tradeQuoteCcyList": [],
    "instIdCode": 0,
    "upcChg": [],
}
PUBLIC_ROW: Final[dict[str, object]] = {**_SHARED, "category": "", "alias": ""}
"""Every key of a row of public instruments."""
ACCOUNT_ROW: Final[dict[str, object]] = {
    **_SHARED,
    **dict.fromkeys(("elp", "posLmtAmt", "posLmtPct", "maxPlatOILmt", "maxPlatOICoinLmt"), ""),
    **dict.fromkeys(("longPosRemainingQuota", "shortPosRemainingQuota"), ""),
}
"""Every key of a row of the instruments of an account."""


class CurrencyForm(NamedTuple):
    """A currency as text."""

    currency: int
    name: str
    scale: int

    def text(self, amount: int) -> str:
        """``amount`` smallest units as a decimal."""
        return format_scaled(amount, self.scale)

    def parse(self, text: str, name: str) -> int:
        """``text`` as a positive amount. Raises ``EdgeError`` 51000, or 51150 when it has too many decimals."""
        found = scaled_floor(text, self.scale)
        if found is None or found[0] > INT_MAX:
            raise refusal("51000", name)
        if not found[1]:
            raise refusal("51150")
        if found[0] == 0:
            raise refusal("51000", name)
        return found[0]


class InstrumentForm:
    """An instrument as text. ``code`` is its number in the core, ``wire_code`` the one clients use."""

    __slots__ = (
        "_account_row",
        "_public_json",
        "_public_row",
        "_row_state",
        "base",
        "code",
        "instrument_id",
        "instrument_type",
        "lot_step",
        "price_scale",
        "quote",
        "size_min",
        "size_scale",
        "tick_step",
        "wire_code",
    )

    def __init__(self, view: InstrumentView, base: CurrencyForm, quote: CurrencyForm) -> None:
        """Keep what never changes of ``view``."""
        self.code = view.instrument
        self.wire_code = CODE_BASE + view.instrument
        self.instrument_id = view.instrument_id
        self.instrument_type = INSTRUMENT_TYPES[view.instrument_type]
        self.base = base
        self.quote = quote
        self.price_scale = view.price_scale
        self.tick_step = view.tick_step
        self.size_scale = view.size_scale
        self.lot_step = view.lot_step
        self.size_min = view.size_min
        self._row_state = -1
        self._public_row: dict[str, object] = {}
        self._public_json = msgspec.Raw()
        self._account_row: dict[str, object] = {}

    def price_text(self, ticks: int) -> str:
        """A price in ticks as a decimal."""
        return format_scaled(ticks * self.tick_step, self.price_scale)

    def size_text(self, lots: int) -> str:
        """A size in lots as a decimal."""
        return format_scaled(lots * self.lot_step, self.size_scale)

    def average_price_text(self, notional: int, lots: int) -> str:
        """The average price of ``lots`` that cost ``notional`` quote units, rounded half up; "" for no lots."""
        if lots == 0:
            return ""
        scale = self.price_scale + AVERAGE_DIGITS
        numerator = notional * 10 ** (scale + self.size_scale)
        denominator = lots * self.lot_step * 10**self.quote.scale
        return format_scaled((2 * numerator + denominator) // (2 * denominator), scale)

    def parse_price(self, text: str, name: str) -> int:
        """``text`` in ticks. Raises ``EdgeError`` 51000 unless it is a positive multiple of the tick."""
        found = scaled_floor(text, self.price_scale)
        if found is None or not found[1] or not 0 < found[0] <= INT_MAX or found[0] % self.tick_step:
            raise refusal("51000", name)
        return found[0] // self.tick_step

    def parse_size(self, text: str, name: str) -> int:
        """``text`` in lots. Raises ``EdgeError`` 51000, 51020 below the minimum, 51121 off the lot."""
        found = scaled_floor(text, self.size_scale)
        if found is None or found[0] > INT_MAX or found == (0, True):
            raise refusal("51000", name)
        value, exact = found
        # Below the minimum first: where minimum and lot are equal, the other order would hide it.
        if value < self.size_min * self.lot_step:
            raise refusal("51020", self.size_text(self.size_min))
        if not exact or value % self.lot_step:
            raise refusal("51121")
        return value // self.lot_step

    def public_row(self, view: InstrumentView) -> dict[str, object]:
        """The row of public instruments; shared, so not to be changed."""
        self._refresh(view)
        return self._public_row

    def public_json(self, view: InstrumentView) -> msgspec.Raw:
        """The row of public instruments, encoded: a list of all of them is long."""
        self._refresh(view)
        return self._public_json

    def account_row(self, view: InstrumentView) -> dict[str, object]:
        """The row of an account's instruments; shared, so not to be changed."""
        self._refresh(view)
        return self._account_row

    def _refresh(self, view: InstrumentView) -> None:
        if view.state == self._row_state:
            return
        filled = self._filled(view)
        self._public_row = {**PUBLIC_ROW, **filled, "category": "1"}
        self._public_json = msgspec.Raw(msgspec.json.encode(self._public_row))
        self._account_row = {**ACCOUNT_ROW, **filled, "elp": "0"}
        self._row_state = view.state

    def _filled(self, view: InstrumentView) -> dict[str, object]:
        limit_max = self.size_text(view.size_limit_max) if view.size_limit_max else ""
        # Of spot instruments the largest market order is told in quote currency, under both names.
        market_max = self.quote.text(view.amount_market_max) if view.amount_market_max else ""
        return {
            "instType": self.instrument_type,
            "instId": self.instrument_id,
            "groupId": fee_group_id(view.fee_group),
            "baseCcy": self.base.name,
            "quoteCcy": self.quote.name,
            "listTime": str(view.listed_time_ms),
            "tickSz": self.price_text(1),
            "lotSz": self.size_text(1),
            "minSz": self.size_text(view.size_min),
            "state": STATES[view.state],
            "ruleType": "normal",
            "maxLmtSz": limit_max,
            "maxMktSz": market_max,
            "maxMktAmt": market_max,
            "maxTwapSz": limit_max,
            "maxIcebergSz": limit_max,
            "maxTriggerSz": limit_max,
            "maxStopSz": market_max,
            "instCategory": "1",
            "tradeQuoteCcyList": [self.quote.name],
            "instIdCode": self.wire_code,
        }


class Catalogue:
    """All instruments and currencies, found by name or number; learns new ones from the engine by itself."""

    def __init__(self, views: EngineViews) -> None:
        """Read what exists; ``views`` are asked again when something unknown is looked for."""
        self._views = views
        self._forms: list[InstrumentForm] = []
        self._by_id: dict[str, InstrumentForm] = {}
        self._currencies: list[CurrencyForm] = []
        self._by_name: dict[str, CurrencyForm] = {}
        self._learn_instruments()

    def instruments(self) -> Sequence[InstrumentForm]:
        """All instruments, by code."""
        self._learn_instruments()
        return self._forms

    def currencies(self) -> Sequence[CurrencyForm]:
        """All currencies, by id."""
        self._learn_currencies()
        return self._currencies

    def find(self, instrument_id: str) -> InstrumentForm | None:
        """The instrument called ``instrument_id``, or None."""
        form = self._by_id.get(instrument_id)
        if form is None and self._learn_instruments():
            form = self._by_id.get(instrument_id)
        return form

    def at(self, code: int) -> InstrumentForm:
        """The instrument with the core's number ``code``, which must exist."""
        if code >= len(self._forms):
            self._learn_instruments()
        return self._forms[code]

    def find_wire_code(self, wire_code: int) -> InstrumentForm | None:
        """The instrument with this ``instIdCode``, or None."""
        code = wire_code - CODE_BASE
        if code >= len(self._forms):
            self._learn_instruments()
        return self._forms[code] if 0 <= code < len(self._forms) else None

    def currency(self, currency: int) -> CurrencyForm:
        """The currency with the number ``currency``, which must exist."""
        if currency >= len(self._currencies):
            self._learn_currencies()
        return self._currencies[currency]

    def find_currency(self, name: str) -> CurrencyForm | None:
        """The currency called ``name``, or None."""
        form = self._by_name.get(name)
        if form is None:
            self._learn_currencies()
            form = self._by_name.get(name)
        return form

    def _learn_instruments(self) -> bool:
        known = len(self._forms)
        while (view := self._views.instrument(len(self._forms))) is not None:
            form = InstrumentForm(view, self.currency(view.base), self.currency(view.quote))
            self._forms.append(form)
            self._by_id[form.instrument_id] = form
        return len(self._forms) > known

    def _learn_currencies(self) -> None:
        for view in self._views.currencies()[len(self._currencies) :]:
            form = CurrencyForm(view.currency, view.name, view.scale)
            self._currencies.append(form)
            self._by_name[form.name] = form


def fee_group_id(fee_group: int) -> str:
    """The name of a fee group on the wire."""
    return str(fee_group + 1)


def trade_id_text(number: int) -> str:
    """The ``tradeId`` of an instrument's trade with this number, counted from 1."""
    return str(TRADE_ID_BASE + number)
