"""What the simulated traders do when: a queue of moments in exchange time.

Why here: a thousand instruments must cost nothing while nothing is due. Invariants: the same seed and the same calls
give the same commands; one call carries out a bounded number of moments, and what it leaves comes first in the next.
"""

import heapq
from collections.abc import Callable, Sequence
from random import Random

from lonja.core.commands import Command
from lonja.core.views import OrderView
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.traders import InstrumentTraders
from lonja.primitives.instant import SECOND_MS

MOMENTS_MAX = 120
"""Most quotes and trades in one call."""

_MOMENTS_BEHIND = 40
"""The same in a call that is far behind. At high speeds this, not the clock, decides how much happens."""

_BEHIND_MS = SECOND_MS

PRICE_STEP_MS = 250
_PRICE_STEPS_MAX = 16
_LAG_MAX_MS = 2 * SECOND_MS
"""What is further behind counts as due so long ago: nobody makes up for what he slept through."""

_FIRST_QUOTES_MS = 2 * SECOND_MS

Resting = Callable[[int], Sequence[OrderView]]
"""The open orders of an account."""


class Agenda:
    """The moments of all traders."""

    def __init__(self, traders: Sequence[InstrumentTraders], prices: FairPrices, resting: Resting, seed: str) -> None:
        """Nothing is planned before the first ``act``."""
        self._traders = traders
        self._prices = prices
        self._resting = resting
        self._random = Random(f"agenda:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        self._queue: list[tuple[int, int, int]] = []
        self._quote_ms = [0] * len(traders)
        self._price_ms = 0

    def act(self, now_ms: int) -> list[Command]:
        """What is due at ``now_ms``: all quotes first, since they rely on what rests now, then the trades."""
        if not self._price_ms:
            self._plan(now_ms)
        is_behind = now_ms - self._price_ms > _BEHIND_MS
        self._move_prices(now_ms)
        quotes: list[Command] = []
        trades: list[Command] = []
        queue = self._queue
        for _ in range(_MOMENTS_BEHIND if is_behind else MOMENTS_MAX):
            if not queue or queue[0][0] > now_ms:
                break
            due_ms, index, is_trade = heapq.heappop(queue)
            from_ms = max(due_ms, now_ms - _LAG_MAX_MS)
            if is_trade:
                trades.append(self._trade(index, from_ms))
            elif due_ms == self._quote_ms[index]:
                quotes += self._quote(index, from_ms)
        return quotes + trades

    def quote_all(self) -> list[Command]:
        """Every maker looks at its book."""
        return [command for t in self._traders for command in t.quote(self._prices, self._resting(t.maker))]

    def _plan(self, now_ms: int) -> None:
        self._price_ms = now_ms
        liveliness = self._prices.liveliness
        for index, traders in enumerate(self._traders):
            first_ms = now_ms + self._random.randrange(1, _FIRST_QUOTES_MS)
            self._plan_quote(index, first_ms)
            pace_ms = traders.fact.pace_ms
            trade_ms = min(traders.trade_gap_ms(liveliness), self._random.randrange(1, 2 * pace_ms))
            heapq.heappush(self._queue, (now_ms + trade_ms, index, 1))

    def _plan_quote(self, index: int, due_ms: int) -> None:
        # Of several planned for one instrument only the one noted here counts.
        self._quote_ms[index] = due_ms
        heapq.heappush(self._queue, (due_ms, index, 0))

    def _move_prices(self, now_ms: int) -> None:
        behind_ms = now_ms - self._price_ms
        step_ms = max(PRICE_STEP_MS, behind_ms // _PRICE_STEPS_MAX)
        steps = behind_ms // step_ms
        for _ in range(steps):
            self._prices.step(step_ms / SECOND_MS)
        self._price_ms += steps * step_ms
        if not steps:
            return
        for index, traders in enumerate(self._traders):
            if traders.is_off(self._prices):
                self._hurry(index, self._price_ms)

    def _hurry(self, index: int, from_ms: int) -> None:
        due_ms = from_ms + self._traders[index].reaction_ms()
        if due_ms < self._quote_ms[index]:
            self._plan_quote(index, due_ms)

    def _quote(self, index: int, from_ms: int) -> list[Command]:
        traders = self._traders[index]
        self._plan_quote(index, from_ms + traders.quote_gap_ms())
        return traders.quote(self._prices, self._resting(traders.maker))

    def _trade(self, index: int, from_ms: int) -> Command:
        traders = self._traders[index]
        gap_ms = traders.trade_gap_ms(self._prices.liveliness)
        heapq.heappush(self._queue, (from_ms + gap_ms, index, 1))
        command = traders.trade(self._prices)
        if traders.is_off(self._prices):
            self._hurry(index, from_ms)
        return command
