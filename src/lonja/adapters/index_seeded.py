"""An index source that differs a little from another one, every few seconds anew: a further exchange for a sandbox.

Why not each second: every change of an index is a mark or more to tell, journal and keep, and most markets are quiet.
Invariant: what it says depends on the seed, its name, the index and the time, never on when it was asked; all sources of
an index change at the same moments.
"""

from hashlib import blake2b

from lonja.modules.pricing.ports import IndexSource, SourcePrice

PERIOD_MS = 4_000
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
        from_ms, off_ppm = self._drawn.get(index_id, (0, 0))
        if not from_ms <= told.time_ms < from_ms + PERIOD_MS:
            # Not each time: it is asked for several times a second by everybody who follows the index.
            from_ms = told.time_ms - (told.time_ms - _number(index_id)) % PERIOD_MS
            off_ppm = _number(f"{self._seed}:{self._name}:{index_id}:{from_ms}") % (2 * self._spread_ppm + 1)
            off_ppm -= self._spread_ppm
            self._drawn[index_id] = (from_ms, off_ppm)
        return SourcePrice(max(1, told.price * (_PPM + off_ppm) // _PPM), told.time_ms)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
