"""An index source that reads what the house's own spot instruments are told to be worth.

Why here: in a sandbox the simulated or followed spot markets are the world outside, and contracts are worth the same.
"""

from collections.abc import Callable, Mapping

from lonja.engine.api import EngineViews
from lonja.modules.pricing.ports import SourcePrice

_PRICE_SCALE = 18


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
        self._names: dict[str, int] = {}

    @property
    def name(self) -> str:
        """By which the terms weigh it."""
        return self._name

    def price(self, index_id: str) -> SourcePrice | None:
        """The index price of the instrument; None without an instrument, or while nobody told its price."""
        code = self._codes.get(index_id)
        if code is None and (code := self._find(index_id)) is None:
            return None
        instrument = self._views.instrument(code)
        if instrument is None or not instrument.index_price:
            return None
        tick = instrument.tick_step * 10 ** (_PRICE_SCALE - instrument.price_scale)
        return SourcePrice(instrument.index_price * tick, self._now_ms())

    def _find(self, index_id: str) -> int | None:
        # Instruments are numbered as they are listed, and what was listed stays: to look through all takes milliseconds.
        while (listed := self._views.instrument(len(self._names))) is not None:
            self._names[listed.instrument_id] = listed.instrument
        base, _, quote = index_id.partition("-")
        for name in (index_id, f"{base}-{self._stand_ins.get(quote, quote)}"):
            if name in self._names:
                self._codes[index_id] = self._names[name]
                return self._codes[index_id]
        return None
