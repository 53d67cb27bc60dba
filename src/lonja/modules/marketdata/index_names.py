"""Which instrument tells the index of a name such as ``BTC-USD``.

Why here: contracts follow an index that is made of several markets, and there may be no spot pair of its name; spot pairs
without contracts have an index of their own. Invariant: a name that was once known stays known.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple


class Follower(NamedTuple):
    """An instrument that follows an index; ``tick`` is its price scale and tick step."""

    instrument: int
    name: str
    tick: tuple[int, int]


class IndexNames:
    """Instruments by the index that they follow."""

    def __init__(self, has_price: Callable[[int], bool], is_delisted: Callable[[int], bool]) -> None:
        """``has_price`` says whether the index of an instrument is known."""
        self._has_price = has_price
        self._is_delisted = is_delisted
        self._spot: dict[str, Follower] = {}
        self._contracts: dict[str, list[Follower]] = {}
        self._followers: dict[int, Follower] = {}

    def add_spot(self, follower: Follower) -> None:
        """A spot pair is listed."""
        self._followers[follower.instrument] = self._spot[follower.name] = follower

    def add_contract(self, follower: Follower, *, is_perpetual: bool) -> None:
        """A contract is listed; the perpetual ones live on and are asked first."""
        self._followers[follower.instrument] = follower
        known = self._contracts.setdefault(follower.name, [])
        known.insert(0 if is_perpetual else len(known), follower)

    def names(self) -> Sequence[str]:
        """All names, those of spot pairs first, each in the order of listing."""
        return list(dict.fromkeys([*self._spot, *self._contracts]))

    def source(self, name: str) -> int | None:
        """Whose index price is that of ``name``: a contract's when it has one; None when nothing is called so."""
        contracts = [one for one in self._contracts.get(name, ()) if not self._is_delisted(one.instrument)]
        spot = self._spot.get(name)
        for one in contracts:
            if self._has_price(one.instrument):
                return one.instrument
        if spot is not None:
            return spot.instrument
        return contracts[0].instrument if contracts else None

    def past(self, instrument: int) -> int:
        """Whose trades stand for the time before the index of ``instrument`` was known: the spot pair's, if alike."""
        follower = self._followers.get(instrument)
        spot = None if follower is None else self._spot.get(follower.name)
        if follower is None or spot is None or spot.tick != follower.tick:
            return instrument
        return spot.instrument
