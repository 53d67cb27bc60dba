"""An index source that differs a little from another one, each second anew: a further exchange, as a sandbox needs it.

Invariant: what it says depends on the seed, its name, the index and the second, never on when it was asked.
"""

from hashlib import blake2b

from lonja.modules.pricing.ports import IndexSource, SourcePrice

_SECOND_MS = 1_000
_PPM = 1_000_000


class SeededIndexSource:
    """Prices of ``around``, up to ``spread_ppm`` off."""

    def __init__(self, name: str, around: IndexSource, seed: str, spread_ppm: int) -> None:
        """The same seed gives the same prices."""
        self._name = name
        self._around = around
        self._seed = seed
        self._spread_ppm = spread_ppm
        self._drawn: dict[str, tuple[int, int]] = {}

    @property
    def name(self) -> str:
        """By which the terms weigh it."""
        return self._name

    def price(self, index_id: str) -> SourcePrice | None:
        """What the other one says, moved a little; at the same time."""
        told = self._around.price(index_id)
        if told is None:
            return None
        second = told.time_ms // _SECOND_MS
        known, off_ppm = self._drawn.get(index_id, (-1, 0))
        if known != second:
            # Asked for several times a second by everybody who follows the index.
            drawn = blake2b(f"{self._seed}:{self._name}:{index_id}:{second}".encode(), digest_size=8)
            off_ppm = int.from_bytes(drawn.digest(), "big") % (2 * self._spread_ppm + 1) - self._spread_ppm
            self._drawn[index_id] = (second, off_ppm)
        return SourcePrice(max(1, told.price * (_PPM + off_ppm) // _PPM), told.time_ms)
