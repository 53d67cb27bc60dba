"""Made-up positions and assets as clients write them, and what they come to together, as rows.

Why here: keys and their types are the wire's. Invariant: every documented key is present; what only portfolio margin has
stays empty.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from lonja.edge.errors import refusal
from lonja.edge.wire.account_settings import BUILDER_ROW
from lonja.edge.wire.blank import blank
from lonja.edge.wire.exact import decimal_text, ratio_text
from lonja.edge.wire.instruments import Catalogue, CurrencyForm, InstrumentForm
from lonja.edge.wire.leverage import parse_leverage
from lonja.edge.wire.numbers import scaled_floor, text_of
from lonja.edge.wire.orders import POSITION_SIDE_NAMES, leverage_text
from lonja.primitives.money import INT_MAX

ITEMS_MAX: Final = 50
"""Positions, and assets, that may be made up at once."""
USD_DIGITS: Final = 8
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
    """What a position comes to, in USD; ``before`` is at the present mark, the others at the supposed one."""

    held: Held
    mark_before: Fraction
    mark: Fraction
    gain: Fraction
    value: Fraction
    initial_before: Fraction
    initial: Fraction
    maintenance: Fraction


class Asset(NamedTuple):
    """An amount of a currency, in smallest units, and its worth in USD."""

    currency: CurrencyForm
    amount: int
    worth: Fraction


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


def builder_row(assets: Sequence[Asset], judged: Sequence[Judged], now_ms: int) -> dict[str, object]:
    """All of it together; currencies and contracts stand for one another at their worth in USD."""
    gain = sum((one.gain for one in judged), Fraction(0))
    equity = sum((asset.worth for asset in assets), gain)
    maintenance = sum((one.maintenance for one in judged), Fraction(0))
    value = sum((one.value for one in judged), Fraction(0))
    ratio = ratio_text(equity / maintenance) if maintenance else ""
    return {
        **BUILDER_ROW,
        "eq": _usd(equity),
        "totalMmr": _usd(maintenance),
        "totalImr": _usd(sum((one.initial for one in judged), Fraction(0))),
        "borrowMmr": "0",
        "derivMmr": _usd(maintenance),
        "marginRatio": ratio,
        "upl": _usd(gain),
        "acctLever": ratio_text(value / equity) if equity > 0 else "",
        "ts": str(now_ms),
        "assets": [_asset_row(asset) for asset in assets],
        "positions": [_position_row(one, ratio) for one in judged],
    }


def _asset_row(asset: Asset) -> dict[str, object]:
    return {**BUILT_ASSET_ROW, "ccy": asset.currency.name, "availEq": asset.currency.text(asset.amount)}


def _position_row(one: Judged, ratio: str) -> dict[str, object]:
    held = one.held
    return {
        **BUILT_POSITION_ROW,
        "instId": held.form.instrument_id,
        "instType": held.form.instrument_type,
        "amt": held.form.size_text(held.lots),
        "posSide": POSITION_SIDE_NAMES[held.side],
        "avgPx": decimal_text(held.entry, _PRICE_DIGITS),
        "markPxBf": decimal_text(one.mark_before, _PRICE_DIGITS),
        "markPx": decimal_text(one.mark, _PRICE_DIGITS),
        "floatPnl": _usd(one.gain),
        "imrBf": _usd(one.initial_before),
        "imr": _usd(one.initial),
        "mgnRatio": ratio,
        "lever": leverage_text(held.leverage),
        "notionalUsd": _usd(one.value),
        "isRealPos": held.is_real,
    }


def _usd(value: Fraction) -> str:
    return decimal_text(value, USD_DIGITS)
