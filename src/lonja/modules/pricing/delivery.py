"""The price at which dated contracts are delivered: the mean of their index.

Invariant: every sample counts once and the same, however often somebody looked.
Source: public announcement of 6 March 2026: the mean of the last 30 minutes before the expiry, a sample every 200 ms.
"""

from lonja.modules.pricing.contract_prices import KEPT_MS
from lonja.modules.pricing.exact import nearest
from lonja.modules.pricing.sampling import MinuteSums
from lonja.modules.pricing.terms import Terms


class IndexTrail:
    """Where an index went lately."""

    def __init__(self, underlying: str, terms: Terms, now_ms: int) -> None:
        """Nothing is known yet; ``now_ms`` decides how far samples are apart."""
        self.minutes = MinuteSums(terms.delivery(underlying, now_ms).period_ms, KEPT_MS)
        self._price = 0
        self._since_ms = 0

    def pass_to(self, now_ms: int, price: int) -> None:
        """Let what was seen last hold until ``now_ms``, and see ``price`` (0: none)."""
        if self._price and now_ms > self._since_ms:
            self.minutes.add(self._price, self._since_ms, now_ms)
        self._price, self._since_ms = price, now_ms

    def mean(self, from_ms: int, until_ms: int) -> int | None:
        """The mean of the samples in [from, until), both full minutes, to the nearest; None without any."""
        found = self.minutes.mean(from_ms, until_ms)
        return None if found is None else nearest(*found)
