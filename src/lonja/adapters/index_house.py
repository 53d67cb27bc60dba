"""An index source that reads what the house's own spot instruments are told to be worth.

Why here: in a sandbox the simulated or followed spot markets are the world outside, and contracts are worth the same.
"""

from collections.abc import Callable, Mapping

from lonja.engine.api import EngineViews
from lonja.modules.pricing.ports import SourcePrice

_PRICE_SCALE = 18
_SEARCH_MS = 10_000
"""How soon an instrument that was not found is looked for again: to look through all of them takes milliseconds."""


class HouseIndexSource:
    """Prices of spot instruments of the same name."""

    def __init__(
        self, name: str, views: EngineViews, now_ms: Callable[[], int], stand_ins: Mapping[str, str] | None = None
    ) -> None:
        """``stand_ins`` says which quote currency stands in for one without an instrument, such as USDT for USD."""
        self._name = name
        self._views = views
        self._now_ms = now_ms
        self._stand_ins = dict(stand_ins or {})
        self._codes: dict[str, int] = {}
        self._missed_ms: dict[str, int] = {}

    @property
    def name(self) -> str:
        """By which the terms weigh it."""
        return self._name

    def price(self, index_id: str) -> SourcePrice | None:
        """The index price of the instrument; None without an instrument, or while nobody told its price."""
        if index_id not in self._codes and not self._find(index_id):
            return None
        instrument = self._views.instrument(self._codes[index_id])
        if instrument is None or not instrument.index_price:
            return None
        tick = instrument.tick_step * 10 ** (_PRICE_SCALE - instrument.price_scale)
        return SourcePrice(instrument.index_price * tick, self._now_ms())

    def _find(self, index_id: str) -> bool:
        now_ms = self._now_ms()
        if now_ms < self._missed_ms.get(index_id, 0) + _SEARCH_MS:
            return False
        base, _, quote = index_id.partition("-")
        codes = {one.instrument_id: one.instrument for one in self._views.instruments()}
        for name in (index_id, f"{base}-{self._stand_ins.get(quote, quote)}"):
            if name in codes:
                self._codes[index_id] = codes[name]
                return True
        self._missed_ms[index_id] = now_ms
        return False
