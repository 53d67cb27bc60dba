"""The funding rate of a perpetual contract.

Invariants: without premium the rate is the interest; it never passes cap or floor.
Source: public announcement "to change the funding rate formula for perpetual futures" (April 2025):
rate = clamp(average premium + clamp(interest - average premium, -0.05 %, 0.05 %), floor, cap), interest = 0.03 % / (24 /
hours between settlements), average premium = weighted moving average over the last such hours. The weights are those
of other public texts of the same formula: 1 for the first minute, growing by 1. Rates and premiums are in millionths of
a millionth.
"""

from collections.abc import Iterable

from lonja.modules.pricing.exact import TRILLION, clamped, toward_zero
from lonja.modules.pricing.sampling import MinuteSum
from lonja.modules.pricing.terms import FundingTerms
from lonja.primitives.instant import HOUR_MS, MINUTE_MS


def premium(impact_bid: int | None, impact_ask: int | None, index: int) -> int:
    """How far the contract trades from its index: [max(0, bid - index) - max(0, index - ask)] / index, toward zero.

    A side that is too thin to have an impact price counts for nothing.
    """
    above = 0 if impact_bid is None else max(0, impact_bid - index)
    below = 0 if impact_ask is None else max(0, index - impact_ask)
    return toward_zero((above - below) * TRILLION, index)


def interest(terms: FundingTerms) -> int:
    """The interest of one interval, toward zero."""
    return toward_zero(terms.interest * terms.interval_hours, 24)


def average_premium(minutes: Iterable[MinuteSum], begin_ms: int) -> int:
    """The weighted mean of the minutes' mean premiums, toward zero; 0 without any.

    The minute that begins at ``begin_ms`` weighs 1, the next 2, and so on; minutes that nobody sampled are left out.
    """
    numerator = weights = 0
    for minute in minutes:
        weight = (minute.minute_ms - begin_ms) // MINUTE_MS + 1
        numerator += weight * toward_zero(minute.total, minute.samples)
        weights += weight
    return toward_zero(numerator, weights) if weights else 0


def rate_of(average: int, terms: FundingTerms) -> int:
    """The rate that an average premium gives."""
    damped = average + clamped(interest(terms) - average, -terms.damper, terms.damper)
    return clamped(damped, terms.floor, terms.cap)


def interval_ms(terms: FundingTerms) -> int:
    """Time between two settlements."""
    return terms.interval_hours * HOUR_MS


def boundary_before(now_ms: int, terms: FundingTerms) -> int:
    """The last moment of settlement at or before ``now_ms``; they begin at midnight UTC."""
    return now_ms - now_ms % interval_ms(terms)


def boundary_after(now_ms: int, terms: FundingTerms) -> int:
    """The next moment of settlement after ``now_ms``."""
    return boundary_before(now_ms, terms) + interval_ms(terms)
