"""Fee tiers and the rounding of fees.

Invariant: a fee is rounded up and a rebate down to the smallest unit, so the house never pays for rounding
(``docs/adr/0007``). Rates are parts per million of what the order's owner receives.
"""

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

TIER_MAX: Final[i64] = 64
GROUP_MAX: Final[i64] = 64
RATE_MAX_PPM: Final[i64] = 100_000
_PPM: Final[i64] = 1_000_000


def place_of(tier: i64, group: i64) -> i64:
    """Where ``FeeTiers`` has the rates of one pair."""
    return tier * GROUP_MAX + group


class FeeTiers:
    """Maker and taker rates by tier and group of instruments."""

    def __init__(self) -> None:
        """All rates 0."""
        self.maker: Final[vec[i64]] = vec[i64]([0 for _ in range(TIER_MAX * GROUP_MAX)])
        self.taker: Final[vec[i64]] = vec[i64]([0 for _ in range(TIER_MAX * GROUP_MAX)])

    def define(self, tier: i64, group: i64, maker_rate_ppm: i64, taker_rate_ppm: i64) -> None:
        """Set the rates of one pair."""
        self.maker[place_of(tier, group)] = maker_rate_ppm
        self.taker[place_of(tier, group)] = taker_rate_ppm

    def maker_rate(self, tier: i64, group: i64) -> i64:
        """Rate of the order that rested, in ppm."""
        return self.maker[place_of(tier, group)]

    def taker_rate(self, tier: i64, group: i64) -> i64:
        """Rate of the order that took, in ppm."""
        return self.taker[place_of(tier, group)]


def fee_of(received: i64, rate_ppm: i64) -> i64:
    """Fee on ``received`` (>= 0) in the same unit; negative for a rebate.

    Split in millions so that the product stays within 63 bits for every amount.
    """
    millions: i64 = received // _PPM
    rest: i64 = received % _PPM
    if rate_ppm >= 0:
        return millions * rate_ppm + (rest * rate_ppm + _PPM - 1) // _PPM
    return -(millions * -rate_ppm + rest * -rate_ppm // _PPM)
