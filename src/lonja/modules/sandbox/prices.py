"""Fair prices of the sandbox: a random walk per asset, moved partly by bitcoin, drawn back to where it began.

Why here: the only place with a model of the world; it uses floats because it lies outside the core and only suggests
prices. Invariant: the same seed and the same steps give the same prices.
"""

import math
import random
from collections.abc import Mapping

from lonja.modules.sandbox.catalogue import ASSETS, AssetFact

_YEAR_SECONDS = 365 * 86_400.0
_PULL_SECONDS = 3 * 86_400.0
"""A move is half undone after about two days, so that months of running stay near the catalogue."""

_MOOD_PULL_SECONDS = 3_600.0
_MOOD_SPREAD = 0.35
_STEP_SECONDS_MAX = 60.0


class FairPrices:
    """Dollar prices of all assets, moved on step by step."""

    def __init__(self, seed: str, start: Mapping[str, float] | None = None) -> None:
        """Begin at ``start`` (dollars; the catalogue's price for what it lacks)."""
        self._random = random.Random(f"prices:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        self._facts: dict[str, AssetFact] = {name: fact for name, fact in ASSETS.items() if fact.volatility > 0.0}
        self._mood = 0.0
        self._log: dict[str, float] = dict.fromkeys(self._facts, 0.0)
        for name, price in (start or {}).items():
            if name in self._log and price > 0.0:
                self._log[name] = math.log(price / ASSETS[name].price)
        self._prices = {name: self._price(name) for name in ASSETS}

    def price(self, base: str, quote: str) -> float:
        """What one ``base`` is worth in ``quote``."""
        return self._prices[base] / self._prices[quote]

    def step(self, seconds: float) -> None:
        """Let ``seconds`` pass; a long pause counts as a minute."""
        seconds = min(seconds, _STEP_SECONDS_MAX)
        if seconds <= 0.0:
            return
        gauss = self._random.gauss
        pull = _MOOD_SPREAD * math.sqrt(2.0 * seconds / _MOOD_PULL_SECONDS)
        self._mood += -self._mood * seconds / _MOOD_PULL_SECONDS + pull * gauss(0.0, 1.0)
        scale = math.exp(self._mood) * math.sqrt(seconds / _YEAR_SECONDS)
        bitcoin = gauss(0.0, 1.0)
        for name, fact in self._facts.items():
            own = math.sqrt(1.0 - fact.follows * fact.follows) * gauss(0.0, 1.0)
            shock = fact.volatility * scale * (fact.follows * bitcoin + own)
            self._log[name] += shock - self._log[name] * seconds / _PULL_SECONDS
            self._prices[name] = self._price(name)

    def _price(self, name: str) -> float:
        return ASSETS[name].price * math.exp(self._log.get(name, 0.0))
