"""What an order would change, as a row.

Why here: keys are the wire's. Invariant: every documented key is present; what only isolated positions of pairs have is
empty for others, and so is what holds for the other choice of auto-borrow.
"""

from fractions import Fraction
from typing import Final

from lonja.core.views import PrecheckView, TrialView
from lonja.edge.wire.account_settings import RATIO_SCALE
from lonja.edge.wire.collateral import worth_text
from lonja.edge.wire.exact import decimal_text, price_of, ratio_text
from lonja.edge.wire.instruments import CurrencyForm, InstrumentForm
from lonja.edge.wire.orders_beside import PRECHECK_ROW
from lonja.primitives.money import format_scaled

_PRICE_DIGITS = 10


def precheck_row(
    form: InstrumentForm, currency: CurrencyForm, found: PrecheckView, mark: int, *, borrows: bool
) -> dict[str, object]:
    """What there is and by how much the order would change it; ``mark`` in ticks, 0 for none."""
    before, after = found.before, found.after
    return {
        **_account(currency, before, after, borrows=borrows),
        "liab": currency.text(before.liability),
        "liabChg": currency.text(after.liability - before.liability),
        "liabChgCcy": currency.name if borrows else "",
        **_liquidation(form, before, after, price_of(form, mark)),
    }


def pair_precheck_row(
    form: InstrumentForm, currency: CurrencyForm, found: PrecheckView, price: Fraction, *, buys: bool, borrows: bool
) -> dict[str, object]:
    """The same of an order for a position in a pair in isolated margin, which has a balance and a debt of its own.

    ``currency`` is that of its margin, ``price`` the one both currencies count at. A debt is told in the currency that is
    owed before, else after. When the unit of what is owned changes, ``posBalChg`` is all that there is of the new one.
    """
    before, after = found.before, found.after
    units = [one for one in (_owned(before), _owned(after)) if one]
    first, last = (units[0], units[-1]) if units else (_BASE if buys else _QUOTE,) * 2
    owner = {_BASE: form.base, _QUOTE: form.quote}
    owned, left = _amount(before, first), _amount(after, last)
    debtor = before if min(before.base, before.quote) < 0 else after
    owed = form.quote if debtor.quote < 0 else form.base
    debts = [max(-(one.quote if owed is form.quote else one.base), 0) for one in (before, after)]
    return {
        **_account(currency, before, after, borrows=borrows),
        "posBal": owner[first].text(owned),
        "posBalChg": owner[last].text(left - owned if first == last else left),
        "liab": owed.text(debts[0]),
        "liabChg": owed.text(debts[1] - debts[0]),
        "type": _UNIT_TYPES[first, last],
        **_liquidation(form, before, after, price),
    }


_BASE: Final = "base"
_QUOTE: Final = "quote"
_UNIT_TYPES: Final = {(_BASE, _BASE): "1", (_BASE, _QUOTE): "2", (_QUOTE, _BASE): "3", (_QUOTE, _QUOTE): "4"}


def _owned(view: TrialView) -> str:
    """Which currency a position owns, "" when there is none."""
    if view.quote < 0 or view.base > 0 >= view.quote:
        return _BASE
    return _QUOTE if view.base < 0 or view.quote > 0 else ""


def _amount(view: TrialView, unit: str) -> int:
    return max(view.base if unit == _BASE else view.quote, 0)


def _account(currency: CurrencyForm, before: TrialView, after: TrialView, *, borrows: bool) -> dict[str, object]:
    """What all of the account comes to; what may be spent is told to those who do not borrow."""
    row = {
        **PRECHECK_ROW,
        "adjEq": worth_text(before.adjusted_equity),
        "adjEqChg": worth_text(after.adjusted_equity - before.adjusted_equity),
        "imr": worth_text(before.initial_margin),
        "imrChg": worth_text(after.initial_margin - before.initial_margin),
        "mmr": worth_text(before.maintenance_margin),
        "mmrChg": worth_text(after.maintenance_margin - before.maintenance_margin),
        "mgnRatio": _ratio(before),
        "mgnRatioChg": _ratio_change(before, after),
    }
    if not borrows:
        row["availBal"] = currency.text(before.available)
        row["availBalChg"] = currency.text(after.available - before.available)
    return row


def _ratio(view: TrialView) -> str:
    return format_scaled(view.ratio_ppm, RATIO_SCALE) if view.maintenance_margin else ""


def _ratio_change(before: TrialView, after: TrialView) -> str:
    """By how much the ratio changes; empty where there is none on either side."""
    if not before.maintenance_margin or not after.maintenance_margin:
        return ""
    return format_scaled(after.ratio_ppm - before.ratio_ppm, RATIO_SCALE)


def _liquidation(form: InstrumentForm, before: TrialView, after: TrialView, mark: Fraction) -> dict[str, object]:
    """Where the position would be liquidated now, and how far from the mark it would be once the order is placed."""
    now = before.liquidation_ticks, before.liquidation_parts
    then = price_of(form, after.liquidation_ticks, after.liquidation_parts)
    row: dict[str, object] = {"liqPx": form.ticks_text(*now)}
    if not then or not mark:
        return row
    distance = abs(then - mark)
    ratio = Fraction(distance, mark)
    return {**row, "liqPxDiff": decimal_text(distance, _PRICE_DIGITS), "liqPxDiffRatio": ratio_text(ratio)}
