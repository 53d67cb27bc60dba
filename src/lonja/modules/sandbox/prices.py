"""Fair prices of the sandbox: a random walk per asset, moved partly by bitcoin, drawn back to where it began.

Its volatility comes and goes in spells of seconds, minutes and hours, as on the recorded venues (docs/markets.md).
Why here: the only place with a model of the world; it uses floats because it lies outside the core and only suggests
prices. Invariant: the same seed and the same steps give the same prices.
"""

import math
import random
from collections.abc import Collection, Mapping
from typing import NamedTuple

from lonja.modules.sandbox.basis import Bases
from lonja.modules.sandbox.catalogue import ASSETS, AssetFact
from lonja.modules.sandbox.moods import EFFECTS, Mood, MoodEffect
from lonja.modules.sandbox.storms import Storms

USD = "USD"
"""Quotes inverse contracts; nobody owns any."""

_YEAR_SECONDS = 365 * 86_400.0
_PULL_SECONDS = 3 * 86_400.0
"""A move is half undone after about two days, so that months of running stay near the catalogue."""

_LOG_MAX = 0.6
"""Moods do not drive the logarithm of a price further than this from where it began."""
_STORM_LOG_MAX = math.log(2_000.0)
"""Nor do storms: what anybody trades still has a price in ticks there, and exponentials stay numbers."""


class _Spell(NamedTuple):
    """One part of the logarithm of volatility: its variance, and how long it lasts."""

    variance: float
    seconds: float


_SHORT_SECONDS = 1.0
"""In a step shorter than this no spell changes much."""

_SPELLS = (_Spell(0.26, 16_500.0), _Spell(0.13, 400.0), _Spell(0.14, 20.0))
_VARIANCE = sum(spell.variance for spell in _SPELLS)


class FairPrices:
    """Dollar prices of all assets, moved on step by step."""

    def __init__(
        self, seed: str, start: Mapping[str, float] | None = None, names: Collection[str] | None = None
    ) -> None:
        """Begin at ``start`` (dollars; the catalogue's price for what it lacks).

        Only the assets in ``names`` are known, all of the catalogue when that is None.
        """
        self.bases = Bases(seed)
        """How far contracts trade from what they follow."""
        self.storms = Storms(seed)
        self._random = random.Random(f"prices:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        known = {name: fact for name, fact in ASSETS.items() if names is None or name in names}
        self._facts: dict[str, AssetFact] = {name: fact for name, fact in known.items() if fact.volatility > 0.0}
        self._spells = [0.0] * len(_SPELLS)
        self._log: dict[str, float] = dict.fromkeys(self._facts, 0.0)
        self._pins: dict[tuple[str, str], float] = {}
        self._told: dict[str, float] = {}
        self.is_behind = False
        """Whether makers cannot follow every move of now."""
        self._effects: Mapping[str, MoodEffect] = {}
        self._usual = EFFECTS[Mood.NORMAL]
        for name, price in (start or {}).items():
            if name in self._log and price > 0.0:
                self._log[name] = math.log(price / ASSETS[name].price)
        self._prices = {name: self._price(name) for name in known}
        # Name, volatility shared with bitcoin, volatility of its own, price in the catalogue: this runs often.
        self._terms = [
            (name, fact.volatility * fact.follows, fact.volatility * math.sqrt(1.0 - fact.follows**2), fact.price)
            for name, fact in self._facts.items()
        ]

    def price(self, base: str, quote: str) -> float:
        """What one ``base`` is worth in ``quote``."""
        pinned = self._pins.get((base, quote))
        return self._prices[base] / self._prices[quote] if pinned is None else pinned

    def index(self, base: str, quote: str, outside: float | None = None) -> float:
        """What contracts follow: ``outside``, where prices are not made here; dollars stand for USDT, unless pinned.

        While makers are behind it is what the exchange was told last: books of contracts must not run ahead of their
        index, or the difference would look like a premium.
        """
        pinned = self._pins.get((base, quote))
        if pinned is not None:
            return pinned
        if outside is not None:
            return outside
        told = self._told.get(base) if self.is_behind else None
        return self.price(base, "USDT") if told is None else told

    def tell(self, base: str, quote: str, price: float) -> None:
        """Take note of what the exchange was told."""
        if quote == "USDT":
            self._told[base] = price

    def pin(self, base: str, quote: str, price: float | None) -> None:
        """Let one ``base`` be worth ``price`` of ``quote`` whatever the walk does; None lets it follow the walk."""
        if price is None:
            self._pins.pop((base, quote), None)
        else:
            self._pins[base, quote] = price

    def dollars(self) -> dict[str, float]:
        """All prices of this moment."""
        return dict(self._prices)

    @property
    def liveliness(self) -> float:
        """How volatile the world is in this spell; about 1 on average."""
        return math.exp(self._spells[0] + self._spells[1] - _VARIANCE)

    def set_effects(self, usual: MoodEffect, effects: Mapping[str, MoodEffect]) -> None:
        """Let moods act on the assets in ``effects``, and ``usual`` on the others."""
        self._usual, self._effects = usual, effects

    def step(self, seconds: float) -> None:
        """Let ``seconds`` pass, as many as there are."""
        if seconds <= 0.0:
            return
        self.bases.step(seconds)
        gauss = self._random.gauss
        for index, spell in enumerate(_SPELLS):
            kept = math.exp(-seconds / spell.seconds)
            new = math.sqrt(spell.variance * (1.0 - kept * kept))
            self._spells[index] = self._spells[index] * kept + new * gauss(0.0, 1.0)
        spells = sum(self._spells) if seconds < _SHORT_SECONDS else self._average_spells(seconds)
        kept = math.exp(-seconds / _PULL_SECONDS)
        # What is drawn back on the way counts less; in a short time that is nothing.
        counted = _PULL_SECONDS / 2.0 * (1.0 - kept * kept)
        scale = math.exp(spells - _VARIANCE) * math.sqrt(counted / _YEAR_SECONDS)
        bitcoin = gauss(0.0, 1.0) * scale
        effects, usual = self._effects, self._usual
        logs, prices, exp = self._log, self._prices, math.exp
        for name, with_bitcoin, own, price in self._terms:
            log = logs[name]
            shock = with_bitcoin * bitcoin + own * scale * gauss(0.0, 1.0)
            if effects or usual.volatility != 1.0 or usual.drift_per_hour:
                effect = effects.get(name, usual)
                shock = shock * effect.volatility + self._drift(name, log, effect, seconds)
            logs[name] = log = log * kept + shock
            prices[name] = price * exp(log)

    def blow(self, now_ms: int) -> None:
        """Let storms move prices to where they have them at ``now_ms``."""
        for name, change in self.storms.pass_to(now_ms):
            if name in self._log:
                self._log[name] = max(-_STORM_LOG_MAX, min(self._log[name] + change, _STORM_LOG_MAX))
                self._prices[name] = self._price(name)

    def _average_spells(self, seconds: float) -> float:
        """What spells amount to over a time in which short ones come and go; the mean of their volatility is the same.

        A long step that took the spell of its end for all of it would bring leaps that no market makes.
        """
        total = 0.0
        for now, spell in zip(self._spells, _SPELLS, strict=True):
            lives = spell.seconds / seconds
            kept = 2.0 * lives * (1.0 - lives * -math.expm1(-1.0 / lives))
            total += now * math.sqrt(kept) + spell.variance * (1.0 - kept)
        return total

    def pace_ms(self, names: Collection[str], share: float, now_ms: int) -> float:
        """In how much time the price of one of ``names`` is likely to move by ``share``; endless if they stand still."""
        lively = self.liveliness
        paces = [math.inf]
        for name in names:
            if name in self._facts:
                effect = self._effects.get(name, self._usual)
                moves = self._facts[name].volatility * effect.volatility * lively
                paces.append((share / moves) ** 2 * _YEAR_SECONDS * 1_000.0)
                if effect.drift_per_hour:
                    paces.append(share / abs(effect.drift_per_hour) * 3_600_000.0)
                paces.append(self.storms.pace_ms(name, share, now_ms))
        return min(paces)

    def bears(self, name: str, move: float) -> bool:
        """Whether one more storm that moves an asset by the share ``move`` leaves its price within reach of its first."""
        log = math.log1p(move)
        return abs(self._log[name] + self.storms.to_come(name, log) + log) <= _STORM_LOG_MAX

    def is_pinned(self, base: str) -> bool:
        """Whether a price of ``base`` is set by hand."""
        return any(name == base for name, _ in self._pins)

    def wanders(self, name: str) -> bool:
        """Whether the price of an asset moves at all."""
        return name in self._log

    def _drift(self, name: str, log: float, effect: MoodEffect, seconds: float) -> float:
        drift = effect.drift_per_hour
        if not drift:
            return 0.0
        # What hardly moves of itself is hardly moved by moods either.
        pushed = drift * min(1.0, 2.0 * ASSETS[name].volatility) * seconds / 3_600.0
        room = max(0.0, _LOG_MAX - math.copysign(log, log * drift))
        return math.copysign(min(abs(pushed), room), drift)

    def _price(self, name: str) -> float:
        return ASSETS[name].price * math.exp(self._log.get(name, 0.0))
