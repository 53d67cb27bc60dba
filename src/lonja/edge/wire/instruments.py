"""Instruments and currencies on the wire: their names and rows.

Why here: names are looked up for every order and every push, so they are kept ready. Invariant: what is kept never
changes during the life of an instrument; states, tiers and index prices are read from the engine.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec

from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.core.views import ContractView, FamilyView, InstrumentView
from lonja.edge.wire.instrument_keys import ACCOUNT_ROW, PUBLIC_ROW
from lonja.edge.wire.units import CurrencyForm, InstrumentUnits
from lonja.engine.api import EngineViews
from lonja.primitives.money import PPM, format_scaled

__all__ = [
    "CODE_BASE",
    "INSTRUMENT_TYPES",
    "MARGIN",
    "TRADE_ID_BASE",
    "Catalogue",
    "CurrencyForm",
    "FamilyForm",
    "InstrumentForm",
    "fee_group_id",
    "loan_leverage",
    "trade_id_text",
]

CODE_BASE: Final = 10_000
"""``instIdCode`` of the instrument with code 0."""

TRADE_ID_BASE: Final = 100_000_000
"""Added to the number of a trade, so that ids have one length: clients sort them as text, as OKX's allow."""

INSTRUMENT_TYPES: Final = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")
"""Names on the wire, in the order of ``kinds.InstrumentType``."""

MARGIN: Final = INSTRUMENT_TYPES[InstrumentType.MARGIN]
"""What a spot pair is called where it is traded with borrowed money."""

LEVERAGE_SCALE: Final = 2
"""Leverage is told to the core in hundredths."""

STATES: Final[dict[int, str]] = {
    InstrumentState.LIVE: "live",
    InstrumentState.SUSPENDED: "suspend",
    InstrumentState.PREOPEN: "preopen",
    InstrumentState.POST_ONLY: "post_only",
    InstrumentState.DELISTED: "expired",
}


class FamilyForm:
    """A family of contracts as text; ``lever`` is the most leverage that any of its tiers allows."""

    __slots__ = ("code", "lever", "name")

    def __init__(self, view: FamilyView) -> None:
        """Keep its name; ``lever`` is read anew by ``note_tiers``."""
        self.code = view.family
        self.name = view.name
        self.lever = ""
        self.note_tiers(view)

    def note_tiers(self, view: FamilyView) -> None:
        """Tiers are as in ``view`` from now on."""
        most = max((tier.leverage_max for tier in view.tiers), default=0)
        self.lever = format_scaled(most, LEVERAGE_SCALE) if most else ""


class _Rows(NamedTuple):
    """The rows of an instrument under one of its types."""

    public: dict[str, object]
    public_json: msgspec.Raw
    account: dict[str, object]


class InstrumentForm(InstrumentUnits):
    """An instrument as text. ``code`` is its number in the core, ``wire_code`` the one clients use.

    ``underlying`` is the name of its index. ``family`` is -1 for spot.
    """

    __slots__ = (
        "_duration_of",
        "_family",
        "_lever_of",
        "_rows",
        "_rows_of",
        "code",
        "expiry_ms",
        "family",
        "family_name",
        "instrument_id",
        "instrument_type",
        "underlying",
        "wire_code",
    )

    def __init__(
        self,
        view: InstrumentView,
        currencies: tuple[CurrencyForm, CurrencyForm, CurrencyForm],
        terms: tuple[ContractView, FamilyForm] | None = None,
        duration_of: Callable[[int], str] = lambda _: "",
        lever_of: Callable[[int], str] = lambda _: "",
    ) -> None:
        """Keep what never changes of ``view``. ``currencies`` are base, quote and settlement; ``terms`` of a contract.

        ``duration_of`` says what a dated contract is called at the moment, by its code; ``lever_of`` with how much
        leverage a pair is traded at most.
        """
        self.code = view.instrument
        self.wire_code = CODE_BASE + view.instrument
        self.instrument_id = view.instrument_id
        self.instrument_type = INSTRUMENT_TYPES[view.instrument_type]
        super().__init__(view, currencies, terms[0] if terms else None)
        self.underlying = f"{self.base.name}-{self.quote.name}" if terms else self.instrument_id
        self.expiry_ms = terms[0].expiry_time_ms if terms else 0
        self.family = terms[1].code if terms else -1
        self.family_name = terms[1].name if terms else ""
        self._family = terms[1] if terms else None
        self._duration_of = duration_of
        self._lever_of = lever_of
        self._rows_of: tuple[object, ...] = ()
        self._rows: dict[str, _Rows] = {}

    @property
    def lever(self) -> str:
        """The most leverage that anybody may have in it; "" for a pair that is only traded with what one owns."""
        return self._family.lever if self._family else self._lever_of(self.code)

    def public_row(self, view: InstrumentView, kind: str = "") -> dict[str, object]:
        """The row of public instruments, of a pair also as one of ``kind`` MARGIN; shared, so not to be changed."""
        return self._current(view, kind).public

    def public_json(self, view: InstrumentView, kind: str = "") -> msgspec.Raw:
        """The row of public instruments, encoded: a list of all of them is long."""
        return self._current(view, kind).public_json

    def account_row(self, view: InstrumentView, kind: str = "") -> dict[str, object]:
        """The row of an account's instruments; shared, so not to be changed."""
        return self._current(view, kind).account

    def _current(self, view: InstrumentView, kind: str) -> _Rows:
        """The rows as of now, made anew when anything in them changed."""
        alias = self._duration_of(self.code) if self.expiry_ms else ""
        lever = self.lever
        if self._rows_of != (view.state, alias, lever):
            self._rows_of, self._rows = (view.state, alias, lever), {}
        kind = kind or self.instrument_type
        if kind not in self._rows:
            terms = self._contract_terms(view) if self.is_contract else self._spot_terms(view)
            filled = self._filled(view) | terms | {"instType": kind, "lever": lever}
            public = {**PUBLIC_ROW, **filled, "category": "1", "alias": alias}
            raw = msgspec.Raw(msgspec.json.encode(public))
            self._rows[kind] = _Rows(public, raw, {**ACCOUNT_ROW, **filled, "elp": "0"})
        return self._rows[kind]

    def _filled(self, view: InstrumentView) -> dict[str, object]:
        limit_max = self.size_text(view.size_limit_max) if view.size_limit_max else ""
        return {
            "instId": self.instrument_id,
            "groupId": fee_group_id(view.fee_group),
            "listTime": str(view.listed_time_ms),
            "tickSz": self.price_text(1),
            "lotSz": self.size_text(1),
            "minSz": self.size_text(view.size_min),
            "state": STATES[view.state],
            "ruleType": "normal",
            "maxLmtSz": limit_max,
            "maxTwapSz": limit_max,
            "maxIcebergSz": limit_max,
            "maxTriggerSz": limit_max,
            "instCategory": "1",
            "instIdCode": self.wire_code,
        }

    def _spot_terms(self, view: InstrumentView) -> dict[str, object]:
        # Of spot instruments the largest market order is told in quote currency, under both names.
        market_max = self.quote.text(view.amount_market_max) if view.amount_market_max else ""
        return {
            "baseCcy": self.base.name,
            "quoteCcy": self.quote.name,
            "maxMktSz": market_max,
            "maxMktAmt": market_max,
            "maxStopSz": market_max,
            "tradeQuoteCcyList": [self.quote.name],
        }

    def _contract_terms(self, view: InstrumentView) -> dict[str, object]:
        market_max = self.size_text(view.size_market_max) if view.size_market_max else ""
        return {
            "uly": self.underlying,
            "instFamily": self.family_name,
            "settleCcy": self.settle.name,
            "ctVal": self.contract_value_text,
            "ctMult": str(self.multiplier),
            "ctValCcy": (self.quote if self.is_inverse else self.base).name,
            "ctType": "inverse" if self.is_inverse else "linear",
            "expTime": str(self.expiry_ms) if self.expiry_ms else "",
            "maxMktSz": market_max,
            "maxStopSz": market_max,
        }


class Catalogue:
    """All instruments and currencies, found by name or number; learns new ones from the engine by itself."""

    def __init__(self, views: EngineViews, duration_of: Callable[[int], str] = lambda _: "") -> None:
        """Read what exists; ``views`` are asked again when something unknown is looked for.

        ``duration_of`` says what a dated contract is called at the moment, by its code.
        """
        self._views = views
        self._duration_of = duration_of
        self._families: list[FamilyForm] = []
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

    def families(self) -> Sequence[FamilyForm]:
        """All families of contracts, by code, with their present tiers."""
        for view in self._views.families():
            if view.family < len(self._families):
                self._families[view.family].note_tiers(view)
            else:
                self._families.append(FamilyForm(view))
        return self._families

    def _learn_instruments(self) -> bool:
        known = len(self._forms)
        while (view := self._views.instrument(len(self._forms))) is not None:
            currencies = (self.currency(view.base), self.currency(view.quote), self.currency(view.settle))
            terms = self._terms_of(view.instrument)
            form = InstrumentForm(view, currencies, terms, self._duration_of, self._margin_lever)
            self._forms.append(form)
            self._by_id[form.instrument_id] = form
        return len(self._forms) > known

    def _terms_of(self, code: int) -> tuple[ContractView, FamilyForm] | None:
        contract = self._views.contract(code)
        if contract is None:
            return None
        known = self._families if contract.family < len(self._families) else self.families()
        return contract, known[contract.family]

    def _margin_lever(self, code: int) -> str:
        """The most leverage that any tier of a pair allows; "" when nothing is lent to trade it."""
        tiers = self._views.margin_tiers(code)
        return format_scaled(loan_leverage(tiers[0].initial_ppm), LEVERAGE_SCALE) if tiers else ""

    def _learn_currencies(self) -> None:
        for view in self._views.currencies()[len(self._currencies) :]:
            form = CurrencyForm(view.currency, view.name, view.scale)
            self._currencies.append(form)
            self._by_name[form.name] = form


def loan_leverage(initial_ppm: int) -> int:
    """The leverage (hundredths) that goes with an initial margin of a debt, to the nearest."""
    return (2 * 100 * PPM + initial_ppm) // (2 * initial_ppm)


def fee_group_id(fee_group: int) -> str:
    """The name of a fee group on the wire."""
    return str(fee_group + 1)


def trade_id_text(number: int) -> str:
    """The ``tradeId`` of an instrument's trade with this number, counted from 1; below 0 for what was no trade."""
    return str(TRADE_ID_BASE + number if number > 0 else number)
