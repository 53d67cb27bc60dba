"""Made-up positions and assets as clients write them, and what they come to together, as rows.

Why here: keys and their types are the wire's. Invariant: every documented key is present; what only portfolio margin has
stays empty.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from lonja.edge.errors import refusal
from lonja.edge.wire.account_settings import BUILDER_ROW, GRAPH_ROW
from lonja.edge.wire.blank import blank
from lonja.edge.wire.exact import decimal_text, ratio_text
from lonja.edge.wire.instruments import Catalogue, CurrencyForm, InstrumentForm
from lonja.edge.wire.leverage import parse_leverage
from lonja.edge.wire.numbers import scaled_floor, text_of
from lonja.edge.wire.orders import POSITION_SIDE_NAMES, leverage_text
from lonja.primitives.money import INT_MAX

ITEMS_MAX: Final = 200
"""Positions, and assets, that may be made up at once."""
USD_DIGITS: Final = 8
GRAPH_KIND: Final = "mmr"
BUILT_POSITION_ROW: Final = blank(
    "instId instType amt posSide avgPx markPxBf markPx floatPnl imrBf imr mgnRatio lever notionalUsd", isRealPos=False
)
BUILT_ASSET_ROW: Final = blank("ccy availEq spotInUse borrowMmr borrowImr")
_HUNDRED: Final = 100
_PRICE_DIGITS: Final = 12


class Held(NamedTuple):
    """A position to judge: ``lots`` signed, ``entry`` in quote currency, ``leverage`` in hundredths."""

    form: InstrumentForm
    lots: int
    side: int
    entry: Fraction
    leverage: int
    is_real: bool


class Judged(NamedTuple):
    """What a position comes to, in USD; ``before`` is at the present mark, the others at the supposed one.

    ``gained`` is the profit in smallest units of the settlement currency.
    """

    held: Held
    mark_before: Fraction
    mark: Fraction
    gained: Fraction
    gain: Fraction
    value: Fraction
    initial_before: Fraction
    initial: Fraction
    maintenance: Fraction


class Asset(NamedTuple):
    """What there is of a currency with the profits settled in it, in smallest units, and what that is worth in USD.

    ``worth`` is what counts of it; ``initial`` and ``maintenance`` are required of what is owed.
    """

    currency: CurrencyForm
    amount: Fraction
    worth: Fraction
    initial: Fraction = Fraction(0)
    maintenance: Fraction = Fraction(0)


class Sums(NamedTuple):
    """All of it together, in USD."""

    equity: Fraction
    gain: Fraction
    value: Fraction
    initial: Fraction
    borrowed: Fraction
    maintenance: Fraction

    @property
    def ratio(self) -> str:
        """How many times what is required there is; empty where nothing is."""
        return _ratio(self.equity, self.maintenance)


def sums_of(assets: Sequence[Asset], judged: Sequence[Judged]) -> Sums:
    """Everything added up."""
    borrowed = sum((asset.maintenance for asset in assets), Fraction(0))
    return Sums(
        sum((asset.worth for asset in assets), Fraction(0)),
        sum((one.gain for one in judged), Fraction(0)),
        sum((one.value for one in judged), Fraction(0)),
        sum((one.initial for one in judged), Fraction(0)) + sum((asset.initial for asset in assets), Fraction(0)),
        borrowed,
        sum((one.maintenance for one in judged), Fraction(0)) + borrowed,
    )


def items_of(value: object, name: str) -> Sequence[Mapping[str, object]]:
    """``value`` as a list of objects. Raises ``EdgeError`` 51000, or 50025 for too many."""
    if value is None or value == "":
        return ()
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise refusal("51000", name)
    if len(value) > ITEMS_MAX:
        raise refusal("50025", name, ITEMS_MAX)
    return value


def read_position(item: Mapping[str, object], catalogue: Catalogue, leverage: str) -> Held:
    """One made-up position. Raises ``EdgeError`` 50014, 51000, 51001, or what a wrong size gives."""
    name, size, average = (_required(item, key) for key in ("instId", "pos", "avgPx"))
    form = catalogue.find(name)
    if form is None or not form.is_contract:
        raise refusal("51001")
    lots = form.parse_size(size.removeprefix("-"), "pos")
    found = scaled_floor(average, _PRICE_DIGITS)
    if found is None or not found[1] or not 0 < found[0] <= INT_MAX:
        raise refusal("51000", "avgPx")
    lever = parse_leverage(text_of(item, "lever") or leverage or "1")
    return Held(form, -lots if size.startswith("-") else lots, 0, Fraction(found[0], 10**_PRICE_DIGITS), lever, False)


def read_asset(item: Mapping[str, object], catalogue: Catalogue) -> tuple[CurrencyForm, int]:
    """One made-up amount; a negative one is a debt. Raises ``EdgeError``."""
    name, amount = _required(item, "ccy"), _required(item, "amt")
    currency = catalogue.find_currency(name)
    if currency is None:
        raise refusal("51012")
    found = currency.parse(amount.removeprefix("-"), "amt")
    return currency, -found if amount.startswith("-") else found


def read_config(value: object) -> tuple[str, str]:
    """Account mode and leverage that a graph is drawn for, each "" when absent. Raises ``EdgeError`` 51000."""
    if not isinstance(value, dict):
        raise refusal("51000", "mmrConfig")
    return text_of(value, "acctLv"), text_of(value, "lever")


def _required(item: Mapping[str, object], name: str) -> str:
    text = text_of(item, name)
    if text == "":
        raise refusal("50014", name)
    return text


def read_volatility(text: str) -> Fraction:
    """By which part of it prices are supposed to move: -0.99 to 1, in hundredths. Raises ``EdgeError`` 51000."""
    found = scaled_floor(text.removeprefix("-") or "0", 2)
    if found is None or not found[1] or found[0] > _HUNDRED:
        raise refusal("51000", "idxVol")
    moved = -found[0] if text.startswith("-") else found[0]
    if moved == -_HUNDRED:
        raise refusal("51000", "idxVol")
    return Fraction(moved, _HUNDRED)


def builder_row(assets: Sequence[Asset], judged: Sequence[Judged], now_ms: int, *, is_moved: bool) -> dict[str, object]:
    """All of it together. What there was before is told only where prices are supposed to move."""
    sums = sums_of(assets, judged)
    return {
        **BUILDER_ROW,
        "eq": _usd(sums.equity),
        "totalMmr": _usd(sums.maintenance),
        "totalImr": _usd(sums.initial),
        "borrowMmr": _usd(sums.borrowed),
        "derivMmr": _usd(sums.maintenance - sums.borrowed),
        "marginRatio": sums.ratio,
        "upl": _usd(sums.gain),
        "acctLever": ratio_text(sums.value / sums.equity) if sums.equity > 0 else "",
        "ts": str(now_ms),
        "assets": [_asset_row(asset) for asset in assets],
        "positions": [_position_row(one, sums.ratio, is_moved=is_moved) for one in judged],
    }


class Point(NamedTuple):
    """What there is and what is required once prices moved, in USD."""

    move: Fraction
    equity: Fraction
    maintenance: Fraction


def graph_row(points: Sequence[Point]) -> dict[str, object]:
    """What is required at each move of prices, the lowest first."""
    return {
        **GRAPH_ROW,
        "type": GRAPH_KIND,
        "mmrData": [
            {
                "shockFactor": decimal_text(point.move, 2),
                "mmr": _usd(point.maintenance),
                "mmrRatio": _ratio(point.equity, point.maintenance),
            }
            for point in points
        ],
    }


def _asset_row(asset: Asset) -> dict[str, object]:
    form = asset.currency
    equity = decimal_text(asset.amount / 10**form.scale, form.scale)
    return {**BUILT_ASSET_ROW, "ccy": form.name, "availEq": equity, "spotInUse": "0", "borrowImr": _usd(asset.initial)}


def _position_row(one: Judged, ratio: str, *, is_moved: bool) -> dict[str, object]:
    held = one.held
    return {
        **BUILT_POSITION_ROW,
        "instId": held.form.instrument_id,
        "instType": held.form.instrument_type,
        "amt": held.form.size_text(held.lots),
        "posSide": POSITION_SIDE_NAMES[held.side],
        "avgPx": decimal_text(held.entry, _PRICE_DIGITS),
        "markPxBf": decimal_text(one.mark_before, _PRICE_DIGITS) if is_moved else "",
        "markPx": decimal_text(one.mark, _PRICE_DIGITS),
        "floatPnl": _usd(one.gain),
        "imrBf": _usd(one.initial_before) if is_moved else "",
        "imr": _usd(one.initial),
        "mgnRatio": ratio,
        "lever": leverage_text(held.leverage),
        "notionalUsd": _usd(one.value),
        "isRealPos": held.is_real,
    }


def _ratio(equity: Fraction, maintenance: Fraction) -> str:
    return ratio_text(equity / maintenance) if maintenance else ""


def _usd(value: Fraction) -> str:
    return decimal_text(value, USD_DIGITS)
