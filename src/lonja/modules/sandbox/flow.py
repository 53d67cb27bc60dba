"""When simulated traders trade, on which side and how much, with the statistics of the recorded venues.

Three measured facts (docs/markets.md) shape it: trades come in bursts, with gaps from milliseconds to many times the
mean; the side of one tells much of the side of the next ten; sizes spread over four orders of magnitude.
Invariant: the same seed gives the same trades.
"""

import math
import random
from typing import Final

_BURST_AFTER_BURST: Final = 0.76
_BURST_AFTER_PAUSE: Final = 0.17
_BURST_MEDIAN, _BURST_SPREAD = 0.012, 1.0
"""Gaps within a burst, in mean gaps: lognormal."""
_PAUSE_SCALE, _PAUSE_SHAPE = 1.5, 0.8
"""Gaps between bursts, in mean gaps: Weibull."""

_SIDE_KEPT: Final = 0.86
_SIDE_FOLLOWED: Final = 0.72

_SIZE_SPREAD: Final = 2.2
_SIZE_MEDIAN: Final = 0.12
"""The median of sizes in mean sizes, given the bounds below."""
_SIZE_MIN, _SIZE_MAX = 0.06, 300.0
"""Bounds of sizes in medians."""


class Flow:
    """The stream of one instrument's trades."""

    def __init__(self, random: random.Random) -> None:
        """Draw everything from ``random``."""
        self._random = random
        self._in_burst = False
        self._buys = random.random() < 0.5

    def gap(self) -> float:
        """Time to the next trade, in mean gaps."""
        chance = _BURST_AFTER_BURST if self._in_burst else _BURST_AFTER_PAUSE
        self._in_burst = self._random.random() < chance
        if self._in_burst:
            return self._random.lognormvariate(math.log(_BURST_MEDIAN), _BURST_SPREAD)
        return self._random.weibullvariate(_PAUSE_SCALE, _PAUSE_SHAPE)

    def buys(self, shift: float) -> bool:
        """Whether the next trader buys; ``shift`` is added to the share of buyers."""
        if self._random.random() > _SIDE_KEPT:
            self._buys = self._random.random() < 0.5 + shift
        follows = self._random.random() < _SIDE_FOLLOWED
        return self._buys if follows else self._random.random() < 0.5 + shift

    def size(self) -> float:
        """The size of the next trade, in mean sizes."""
        drawn = self._random.lognormvariate(0.0, _SIZE_SPREAD)
        return _SIZE_MEDIAN * min(_SIZE_MAX, max(_SIZE_MIN, drawn))
