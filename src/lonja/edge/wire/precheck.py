"""What an order would change, as a row.

Why here: keys are the wire's. Invariant: every documented key is present; what only isolated positions of pairs have, and
what holds for the other choice of auto-borrow, is empty.
"""

from fractions import Fraction

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
    liability = after.liability - before.liability
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
        "liab": currency.text(before.liability),
        "liabChg": currency.text(liability),
        "liabChgCcy": currency.name if borrows else "",
        **_liquidation(form, before, after, mark),
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


def _liquidation(form: InstrumentForm, before: TrialView, after: TrialView, mark: int) -> dict[str, object]:
    """Where the position would be liquidated now, and how far from the mark it would be once the order is placed."""
    now = before.liquidation_ticks, before.liquidation_parts
    then = price_of(form, after.liquidation_ticks, after.liquidation_parts)
    row: dict[str, object] = {"liqPx": form.ticks_text(*now)}
    if not then or not mark:
        return row
    distance = abs(then - price_of(form, mark))
    ratio = Fraction(distance, price_of(form, mark))
    return {**row, "liqPxDiff": decimal_text(distance, _PRICE_DIGITS), "liqPxDiffRatio": ratio_text(ratio)}
