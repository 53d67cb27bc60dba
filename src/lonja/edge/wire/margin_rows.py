"""Rows about trading pairs with borrowed money: the steps of what is lent.

Why here: what the engine says of debts, clients read as steps of positions. Invariant: every documented key is present.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from lonja.core.kinds import Ledger
from lonja.core.views import CurrencyTermsView, MarginTierView
from lonja.edge.wire.contracts import POSITION_TIER_ROW
from lonja.edge.wire.exact import decimal_text
from lonja.edge.wire.instruments import LEVERAGE_SCALE, InstrumentForm, loan_leverage
from lonja.edge.wire.units import CurrencyForm
from lonja.engine.api import EngineViews
from lonja.primitives.money import format_scaled

RATE_SCALE: Final = 6
_SCALE_MAX: Final = 18
"""No currency has smaller units, so that amounts of all are compared as whole numbers."""
_TRADING: Final = int(Ledger.TRADING)


def pair_tier_rows(
    form: InstrumentForm, tiers: Sequence[MarginTierView], *, is_isolated: bool
) -> list[dict[str, object]]:
    """Steps of what is borrowed to trade a pair, the smallest first; sizes are of its base currency.

    What is lent at most is told of isolated margin, where both currencies are borrowed for that pair alone.
    """
    rows: list[dict[str, object]] = []
    least = 0
    for number, tier in enumerate(tiers, start=1):
        row = _tier_row(number, tier.initial_ppm, tier.maintenance_ppm)
        row |= {"instId": form.instrument_id, "minSz": form.base.text(least), "maxSz": form.base.text(tier.base_max)}
        if is_isolated:
            row |= {"quoteMaxLoan": form.quote.text(tier.quote_max), "baseMaxLoan": form.base.text(tier.base_max)}
        rows.append(row)
        least = tier.base_max + 1
    return rows


def currency_tier_rows(form: CurrencyForm, terms: CurrencyTermsView) -> list[dict[str, object]]:
    """How a currency is borrowed on all that an account has: in one step."""
    if not terms.limit_max:
        return []
    row = _tier_row(1, terms.initial_ppm, terms.maintenance_ppm)
    return [{**row, "minSz": "0", "maxSz": form.text(terms.limit_max)}]


def _tier_row(number: int, initial_ppm: int, maintenance_ppm: int) -> dict[str, object]:
    return {
        **POSITION_TIER_ROW,
        "tier": str(number),
        "mmr": format_scaled(maintenance_ppm, RATE_SCALE),
        "imr": format_scaled(initial_ppm, RATE_SCALE),
        "maxLever": format_scaled(loan_leverage(initial_ppm), LEVERAGE_SCALE),
        "optMgnFactor": "0",
    }


def real_leverage(views: EngineViews, form: InstrumentForm, pocket: int) -> str:
    """What a pocket has, over what of it is its owner's, at the prices of its currencies; "" when nothing is."""
    total, own = 0, 0
    for currency in (form.base, form.quote):
        cash = views.balance(pocket, currency.currency, _TRADING).cash
        worth = cash * views.currency_terms(currency.currency).price * 10 ** (_SCALE_MAX - currency.scale)
        own += worth
        total += max(worth, 0)
    if own <= 0:
        return ""
    return decimal_text(Fraction(total, own), LEVERAGE_SCALE)
