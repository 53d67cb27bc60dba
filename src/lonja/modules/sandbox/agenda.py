"""What the simulated traders do when: a queue of moments in exchange time.

Why here: a thousand instruments must cost nothing while nothing is due. Invariants: the same seed and the same calls
give the same commands; one call carries out a bounded number of moments, and none is left out for good.
"""

import heapq
from collections.abc import Callable, Collection, Iterator, Sequence
from random import Random
from typing import NamedTuple

from lonja.core.commands import Command
from lonja.core.views import OrderView
from lonja.modules.sandbox.lookout import Stakes
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.sandbox.traders import Traders
from lonja.primitives.instant import SECOND_MS

MOMENTS_MAX = 120
"""Most quotes and trades in one call."""

_QUOTES_BEHIND, _TRADERS_BEHIND = 12, 100
"""Most makers and traders that act in a call which is far behind; to look at a book costs thirty times a trade.
At high speeds and in long moves these, not the clock, decide how much happens."""

_QUOTE_COMMANDS_BEHIND = 600
"""No further maker quotes in such a call after so many commands: the further prices went, the more orders each moves."""

_IN_A_ROW_BEHIND = 4
"""Most trades of one instrument in such a call."""

_BEHIND_MS = SECOND_MS

PRICE_STEP_MS = 250
_PRICE_STEPS_MAX = 16
_LAG_MAX_MS = 2 * SECOND_MS
"""What is further behind counts as due so long ago: nobody makes up for what he slept through."""

_FIRST_QUOTES_MS = 2 * SECOND_MS

_SETTLED_AT_ONCE = 25
"""Makers whose commands go to the engine together: all at once would let clients wait for a second."""

Resting = Callable[[int], Sequence[OrderView]]
"""The open orders of an account."""


class _Moment(NamedTuple):
    """Something planned; compared by time first."""

    due_ms: int
    place: int
    is_trade: int


class Agenda:
    """The moments of all traders."""

    def __init__(self, traders: Sequence[Traders], prices: FairPrices, resting: Resting, seed: str) -> None:
        """Nothing is planned before ``begin`` or the first ``act``."""
        self._traders = list(traders)
        self._prices = prices
        self._resting = resting
        self._random = Random(f"agenda:{seed}")  # noqa: S311  # repeatable by seed, nothing secret
        self._queue: list[_Moment] = []
        self._contracts: dict[str, list[int]] = {}
        self._tellers: dict[str, list[int]] = {}
        for place, one in enumerate(traders):
            if one.tells_index:
                self._tellers.setdefault(one.base, []).append(place)
        self._quote_ms = [0] * len(traders)
        self._price_ms = 0
        self._acted_ms = 0
        self._walked = False

    def begin(self, now_ms: int) -> None:
        """From ``now_ms`` on there is something to do; what began already goes on."""
        if not self._price_ms:
            self._plan(now_ms)

    def add(self, traders: Traders, now_ms: int) -> None:
        """Let the traders of a contract act, too."""
        self._traders.append(traders)
        self._quote_ms.append(0)
        self._contracts.setdefault(traders.base, []).append(len(self._traders) - 1)
        if self._price_ms:
            self._plan_first(len(self._traders) - 1, now_ms)

    def act(self, now_ms: int) -> list[Command]:
        """What is due at ``now_ms``: all quotes first, since they rely on what rests now, then the trades."""
        self.begin(now_ms)
        self._prices.is_behind = now_ms - self._acted_ms > _BEHIND_MS
        self._acted_ms = now_ms
        self.move_prices(now_ms)
        return self._catch_up(now_ms) if self._prices.is_behind else self._keep_up(now_ms)

    def _keep_up(self, now_ms: int) -> list[Command]:
        """What is due, in order of time; what is left comes first in the next call."""
        quotes: list[Command] = []
        trades: list[Command] = []
        queue = self._queue
        for _ in range(MOMENTS_MAX):
            if not queue or queue[0].due_ms > now_ms:
                break
            due_ms, index, is_trade = heapq.heappop(queue)
            if self._traders[index].has_ended:
                continue
            from_ms = max(due_ms, now_ms - _LAG_MAX_MS)
            if is_trade:
                trades.append(self._trade(index, from_ms))
            elif due_ms == self._quote_ms[index]:
                quotes += self._quote(index, from_ms)
        return quotes + trades

    def _catch_up(self, now_ms: int) -> list[Command]:
        """Part of what is due, when more is than can be done: half for those who need it most, half by time.

        By time alone a busy market would get no more than the quietest, by need alone the quietest nothing.
        """
        quotes: list[_Moment] = []
        trades: list[_Moment] = []
        later: list[_Moment] = []
        for moment in self._queue:
            if self._traders[moment.place].has_ended:
                continue
            if moment.due_ms > now_ms:
                later.append(moment)
            elif moment.is_trade:
                trades.append(moment)
            elif moment.due_ms == self._quote_ms[moment.place]:
                quotes.append(moment)
        quotes = _by_need(quotes, _QUOTES_BEHIND, lambda one: self._traders[one.place].off(self._prices))
        trades = _by_need(trades, _TRADERS_BEHIND, lambda one: (now_ms - one.due_ms) / self._traders[one.place].pace_ms)
        self._queue = later + quotes[_QUOTES_BEHIND:] + trades[_TRADERS_BEHIND:]
        heapq.heapify(self._queue)
        commands: list[Command] = []
        for moment in quotes[:_QUOTES_BEHIND]:
            if len(commands) < _QUOTE_COMMANDS_BEHIND:
                commands += self._quote(moment.place, now_ms)
                # At once: until its contracts follow, a new index looks as if they had a premium.
                for place in self._following(moment.place):
                    commands += self._quote(place, now_ms)
            else:
                heapq.heappush(self._queue, moment)
        return commands + [command for one in trades[:_TRADERS_BEHIND] for command in self._trades(one, now_ms)]

    def _following(self, place: int) -> list[int]:
        """The contracts whose index the maker at ``place`` tells."""
        traders = self._traders[place]
        return self._contracts.get(traders.base, []) if traders.tells_index else []

    def look(self, stakes: Stakes) -> list[Command]:
        """Tell the indices at stake that moved, and let the makers and takers that matter there follow."""
        self._prices.is_behind = True
        commands: list[Command] = []
        for place in sorted(place for base in stakes.bases for place in self._tellers.get(base, [])):
            if told := self._traders[place].tell(self._prices):
                commands += told
                commands += self._follow(place, stakes)
        return commands

    def _follow(self, place: int, stakes: Stakes) -> Iterator[Command]:
        for follower in (place, *self._following(place)):
            traders = self._traders[follower]
            if traders.instrument in stakes.instruments and not traders.has_ended:
                yield from self._quote(follower, self._price_ms)
                if traders.instrument in stakes.waited:
                    yield traders.trade(self._prices)

    def requote(self, bases: Collection[str]) -> list[Command]:
        """The makers of all contracts on ``bases`` look at their books, since their indices may have moved."""
        places = [place for base in sorted(bases) for place in self._contracts.get(base, [])]
        return [
            command
            for place in places
            if not self._traders[place].has_ended
            for command in self._quote(place, self._price_ms)
        ]

    def quote_all(self) -> list[Command]:
        """Every maker looks at its book."""
        return [command for t in self._traders for command in t.quote(self._prices, self._resting(t.maker))]

    def settle(self) -> Iterator[list[Command]]:
        """Every maker whose price went away looks at its book, some at a time; the rest read what was done before."""
        self._prices.is_behind = False
        away = [index for index, traders in enumerate(self._traders) if traders.is_off(self._prices)]
        for first in range(0, len(away), _SETTLED_AT_ONCE):
            indexes = away[first : first + _SETTLED_AT_ONCE]
            yield [command for index in indexes for command in self._quote(index, self._price_ms)]

    def _plan(self, now_ms: int) -> None:
        self._price_ms = self._acted_ms = now_ms
        for index in range(len(self._traders)):
            self._plan_first(index, now_ms)

    def _plan_first(self, index: int, now_ms: int) -> None:
        traders = self._traders[index]
        self._plan_quote(index, now_ms + self._random.randrange(1, _FIRST_QUOTES_MS))
        gap_ms = traders.trade_gap_ms(self._prices.liveliness)
        trade_ms = min(gap_ms, self._random.randrange(1, 2 * traders.pace_ms))
        heapq.heappush(self._queue, _Moment(now_ms + trade_ms, index, 1))

    def _plan_quote(self, index: int, due_ms: int) -> None:
        # Of several planned for one instrument only the one noted here counts.
        self._quote_ms[index] = due_ms
        heapq.heappush(self._queue, _Moment(due_ms, index, 0))

    def move_prices(self, now_ms: int) -> None:
        """Let prices follow up to ``now_ms``, and the makers whose books they left be in a hurry."""
        if not self._price_ms:
            return
        behind_ms = now_ms - self._price_ms
        step_ms = max(PRICE_STEP_MS, behind_ms // _PRICE_STEPS_MAX)
        steps = behind_ms // step_ms
        for _ in range(steps):
            self._prices.step(step_ms / SECOND_MS)
            self._price_ms += step_ms
            self._prices.blow(self._price_ms)
        if not (steps or self._walked):
            return
        self._walked = False
        for index, traders in enumerate(self._traders):
            if traders.is_off(self._prices):
                self._hurry(index, self._price_ms)

    @property
    def price_ms(self) -> int:
        """How far prices have come; 0 before the beginning."""
        return self._price_ms

    def walk(self, now_ms: int) -> None:
        """Let prices come to ``now_ms`` in one step; who has to hurry is seen at the next turn."""
        behind_ms = now_ms - self._price_ms
        if self._price_ms and behind_ms > 0:
            self._prices.step(behind_ms / SECOND_MS)
            self._price_ms, self._walked = now_ms, True
            self._prices.blow(now_ms)

    def _hurry(self, index: int, from_ms: int) -> None:
        due_ms = from_ms + self._traders[index].reaction_ms()
        if due_ms < self._quote_ms[index]:
            self._plan_quote(index, due_ms)

    def _quote(self, index: int, from_ms: int) -> list[Command]:
        traders = self._traders[index]
        self._plan_quote(index, from_ms + traders.quote_gap_ms())
        return traders.quote(self._prices, self._resting(traders.maker))

    def _trades(self, moment: _Moment, now_ms: int) -> Iterator[Command]:
        """A trade that is behind, and those that follow it at once; the makers and what is still missing come later."""
        due_ms = max(moment.due_ms, now_ms - _LAG_MAX_MS)
        for _ in range(_IN_A_ROW_BEHIND):
            command, due_ms = self._next_trade(moment.place, due_ms, now_ms)
            yield command
            if due_ms > now_ms:
                break
        heapq.heappush(self._queue, _Moment(max(due_ms, now_ms + 1), moment.place, 1))

    def _trade(self, index: int, from_ms: int) -> Command:
        command, due_ms = self._next_trade(index, from_ms, from_ms)
        heapq.heappush(self._queue, _Moment(due_ms, index, 1))
        return command

    def _next_trade(self, index: int, from_ms: int, seen_ms: int) -> tuple[Command, int]:
        """A trade at ``from_ms``, which the maker sees at ``seen_ms``, and when the next one is due."""
        traders = self._traders[index]
        due_ms = from_ms + traders.trade_gap_ms(self._prices.liveliness)
        command = traders.trade(self._prices)
        if traders.is_off(self._prices):
            self._hurry(index, seen_ms)
        return command, due_ms


def _by_need(moments: list[_Moment], count: int, need: Callable[[_Moment], float]) -> list[_Moment]:
    """``moments`` with ``count`` of them in front: half of these with the greatest ``need``, then half those due first."""
    moments.sort()
    if len(moments) <= count:
        return moments
    first = count // 2
    by_need = sorted(moments[first:], key=need, reverse=True)
    return by_need[: count - first] + moments[:first] + by_need[count - first :]
