"""How much of each contract is held and by how many, sampled on a grid of exchange time.

Why events and not the engine's views: a sample is what held at its moment, also when nobody looked then, and what a
crash kept out comes again from the journal. Invariants: a sample tells what was held before anything that happened at its
time or later; the first moment of five minutes, of an hour and of a day after any change has one, so the last sample
before a moment of such a grid tells that moment.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from lonja.core.events import Event, FamilyDefined, MarkPriceSet, PositionChanged
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS

SAMPLED_MS: Final = 5 * MINUTE_MS
UTC8_MIDNIGHT_MS: Final = 16 * HOUR_MS
GRIDS: Final = ((SAMPLED_MS, 0), (HOUR_MS, 0), (DAY_MS, 0), (DAY_MS, UTC8_MIDNIGHT_MS))
"""Step of each grid, and where it begins after midnight UTC."""

_TOP_PERCENT: Final = 5
"""The largest so many of a hundred accounts in a contract are its top traders; at least one is."""

Key = tuple[int, int, int, int]
"""Account, instrument, margin mode, position side."""


class Standing(NamedTuple):
    """A contract at ``time_ms``: ``lots`` held, each counted once; ``mark`` in ticks.

    ``longs`` and ``shorts`` are accounts that hold more of one side than of the other, those that start with ``top`` are
    about the largest of them alone, with what these hold. Of samples from before the exchange opened only lots and mark
    are known.
    """

    instrument: int
    time_ms: int
    lots: int
    mark: int
    longs: int = 0
    shorts: int = 0
    top_longs: int = 0
    top_shorts: int = 0
    top_long_lots: int = 0
    top_short_lots: int = 0


class _Contract:
    """What is held of one contract. Without a mark it is not traded, or not any more, and not sampled."""

    __slots__ = ("longs", "lots", "mark", "nets", "shorts", "top")

    def __init__(self) -> None:
        self.mark = 0
        self.lots = 0
        self.longs = 0
        self.shorts = 0
        self.nets: dict[int, int] = {}
        self.top: tuple[int, int, int, int] | None = None

    def move(self, account: int, change: int) -> None:
        """Let what an account holds in all change."""
        before = self.nets.get(account, 0)
        after = before + change
        self.longs += (after > 0) - (before > 0)
        self.shorts += (after < 0) - (before < 0)
        if after:
            self.nets[account] = after
        else:
            self.nets.pop(account, None)
        self.top = None

    def standing(self, instrument: int, time_ms: int) -> Standing:
        if self.top is None:
            self.top = _top(self.nets)
        return Standing(instrument, time_ms, self.lots, self.mark, self.longs, self.shorts, *self.top)


def _top(nets: Mapping[int, int]) -> tuple[int, int, int, int]:
    """Longs and shorts among the largest accounts, and what each of both hold."""
    count = -(-len(nets) * _TOP_PERCENT // 100)
    largest = heapq.nlargest(count, nets.items(), key=lambda one: (abs(one[1]), -one[0]))
    longs = [lots for _, lots in largest if lots > 0]
    shorts = [-lots for _, lots in largest if lots < 0]
    return len(longs), len(shorts), sum(longs), sum(shorts)


class Standings:
    """What is held of all contracts, event by event."""

    def __init__(self, held: Iterable[tuple[Key, int]], marks: Iterable[tuple[int, int]], time_ms: int) -> None:
        """Go on from what was ``held`` and which ``marks`` contracts had at ``time_ms`` (0: nothing happened yet)."""
        self.changed: dict[Key, int] = {}
        """Lots of positions that changed, 0 for what is held no more; whoever keeps them empties it."""
        self.time_ms = time_ms
        self.due_ms = _first_due(time_ms)
        """When something is sampled next."""
        self._held: dict[Key, int] = {}
        self._contracts: dict[int, _Contract] = {}
        self._funds: set[int] = set()
        for instrument, mark in marks:
            self._contract(instrument).mark = mark
        self._before: dict[Key, int] = dict(held)
        self.takes: Mapping[type[Event], Any] = {
            FamilyDefined: lambda event: self.know_fund(event.fund_account),
            PositionChanged: self._on_position,
        }

    def know_fund(self, account: int) -> None:
        """What belongs to a Security Fund is nobody's choice and counts for no ratio."""
        self._funds.add(account)

    def begin(self) -> None:
        """Take over what was held before, once all funds of before are known."""
        before, self._before = self._before, {}
        for key, lots in before.items():
            self._set(key, lots)

    def pass_to(self, time_ms: int) -> Iterator[Standing]:
        """Let time come to ``time_ms``, before anything that happens then: the samples that are due."""
        if time_ms >= self.due_ms:
            for moment_ms in sorted(_moments(self.time_ms, time_ms)):
                for instrument, contract in self._contracts.items():
                    if contract.mark:
                        yield contract.standing(instrument, moment_ms)
        if time_ms > self.time_ms:
            self.time_ms, self.due_ms = time_ms, _first_due(time_ms)

    def _contract(self, instrument: int) -> _Contract:
        found = self._contracts.get(instrument)
        if found is None:
            found = self._contracts[instrument] = _Contract()
        return found

    def _set(self, key: Key, lots: int) -> None:
        before = self._held.get(key, 0)
        if lots:
            self._held[key] = lots
        else:
            self._held.pop(key, None)
        contract = self._contract(key[1])
        contract.lots += max(lots, 0) - max(before, 0)
        if key[0] not in self._funds:
            contract.move(key[0], lots - before)

    def _on_position(self, event: PositionChanged) -> None:
        if event.lots_changed:
            key = (event.account, event.instrument, event.margin_mode, event.position_side)
            self._set(key, event.lots)
            self.changed[key] = event.lots

    def marked(self, event: MarkPriceSet) -> None:
        """A contract has a mark."""
        self._contract(event.instrument).mark = event.price

    def end(self, instrument: int) -> None:
        """A contract is traded no more; an instrument that is none has nothing that could end."""
        if instrument in self._contracts:
            self._contracts[instrument].mark = 0


def _first_due(time_ms: int) -> int:
    """The first moment of the finest grid after ``time_ms``."""
    return time_ms - time_ms % SAMPLED_MS + SAMPLED_MS


def _moments(after_ms: int, until_ms: int) -> set[int]:
    """The first moment of each grid in (after, until]."""
    first = {after_ms - (after_ms - shift_ms) % step_ms + step_ms for step_ms, shift_ms in GRIDS}
    return {moment_ms for moment_ms in first if moment_ms <= until_ms} if after_ms else set()
