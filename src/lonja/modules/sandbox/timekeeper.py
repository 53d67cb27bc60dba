"""Moves the sandbox's time on and lets everything on the way happen, in order.

Why here: a jump of a day must fire each timer at its time and let the simulated traders act between. Invariants: only
one move is under way at a time; what a move does depends on where it starts, how far it goes and the seed, never on
how fast the machine is.
"""

import asyncio
from contextlib import suppress

import structlog

from lonja.core.commands import Tick
from lonja.engine.api import Engine
from lonja.modules.sandbox.clock import END_MS, SandboxClock
from lonja.modules.sandbox.markets import SimulatedMarkets
from lonja.modules.sandbox.ports import PriceFollower
from lonja.primitives.errors import EngineOutcomeUnknownError, EngineUnavailableError
from lonja.primitives.instant import DAY_MS, HOUR_MS, SECOND_MS

TURN_MS = 250
"""Exchange time between two turns of the traders in a short move; the same as when time runs at real speed."""
TURNS_MAX, LONG_TURNS_MAX, MANY_TURNS_MAX = 240, 120, 60
"""Turns of the traders in one move, in one longer than an hour, and in one of more than ``_MANY`` instruments: the more
there is to do the less often they act, so that the answer comes in seconds."""
_MANY = 100
MOVE_MAX_MS = 366 * DAY_MS
"""Longest single move."""
CROWD_MS_MAX = 8 * DAY_MS
"""In longer moves simulated customers with much leverage stay at home: to look after them takes as long as time does."""

_log = structlog.get_logger("lonja.sandbox")


class Timekeeper:
    """The only one who moves the clock of a running sandbox."""

    def __init__(
        self, engine: Engine, clock: SandboxClock, markets: SimulatedMarkets, prices: PriceFollower | None = None
    ) -> None:
        """``clock`` is the engine's; ``prices`` of contracts follow it, too."""
        self._prices = prices
        self._engine = engine
        self._clock = clock
        self._markets = markets
        self._moving = asyncio.Lock()
        self._goal_ms = 0
        self._under_way: set[asyncio.Task[bool]] = set()

    @property
    def clock(self) -> SandboxClock:
        """What time it is, and how fast it passes."""
        return self._clock

    def now_ms(self) -> int:
        """The exchange's time."""
        return self._engine.now_ms()

    @property
    def goal_ms(self) -> int:
        """Where the move leads that is under way; 0 when there is none."""
        return self._goal_ms

    async def set_speed(self, speed: int) -> None:
        """Let time pass at ``speed`` millionths of the machine's from now on; 0 freezes it."""
        async with self._moving:
            self._settle()
            self._clock.set_speed(speed)

    async def advance(self, milliseconds: int) -> None:
        """Move on by ``milliseconds``, at most ``MOVE_MAX_MS``, until ``END_MS``. Raises what the engine raises."""
        async with self._moving:
            await self._move_to(min(END_MS, self._engine.now_ms() + milliseconds))

    async def advance_to(self, time_ms: int) -> bool:
        """Move on to ``time_ms``; False, and nothing done, when that has passed or is out of reach."""
        async with self._moving:
            if not 0 <= time_ms - self._engine.now_ms() <= MOVE_MAX_MS or time_ms > END_MS:
                return False
            await self._move_to(time_ms)
            return True

    def set_out(self, time_ms: int) -> None:
        """Begin to move on to ``time_ms``, as ``advance_to`` does, and do not wait for it; ``goal_ms`` tells the way left."""
        self._goal_ms = self._goal_ms or time_ms
        task = asyncio.create_task(self.advance_to(time_ms))
        self._under_way.add(task)
        task.add_done_callback(self._arrive)

    def _arrive(self, task: asyncio.Task[bool]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("the clock stopped on its way", exc_info=error)

    async def mark(self) -> None:
        """Put the present time into the journal, so that the next start does not begin before it."""
        with suppress(EngineUnavailableError, EngineOutcomeUnknownError):
            if not self._clock.follows_machine:
                await self._engine.submit(Tick())

    async def _move_to(self, end_ms: int) -> None:
        self._goal_ms = end_ms
        try:
            await self._pass(end_ms)
        finally:
            self._goal_ms = 0

    async def _pass(self, end_ms: int) -> None:
        self._settle()
        begin_ms = now_ms = self._engine.now_ms()
        turn_ms = max(TURN_MS, -(-(end_ms - begin_ms) // self._turns_max(end_ms - begin_ms)))
        # Short turns have their own grid, so that many moves shorter than a turn bring turns as well.
        next_turn_ms = begin_ms + (turn_ms if turn_ms > TURN_MS else TURN_MS - begin_ms % TURN_MS)
        looks = turn_ms > TURN_MS
        if looks:
            await self._begin_looking(end_ms, end_ms - begin_ms)
        due_ms = self._due_ms(now_ms, end_ms)
        while now_ms < end_ms:
            stop_ms = min(next_turn_ms, due_ms, self._timer_ms(now_ms, end_ms))
            now_ms = self._next_look_ms(now_ms, stop_ms) if looks else stop_ms
            self._clock.move_to(now_ms)
            if now_ms == stop_ms:
                # At once: otherwise the engine might see the new time first and fire a timer by itself.
                await self._engine.submit(Tick())
            if now_ms < stop_ms or self._markets.has_looked:
                await self._look()
            if now_ms == stop_ms:
                is_turn = now_ms == next_turn_ms
                next_turn_ms += turn_ms * is_turn
                await self._happen(is_turn, looks)
                due_ms = self._due_ms(now_ms, end_ms)
        if turn_ms > SECOND_MS:
            # Prices went far between two turns, and most makers had no time to follow.
            await self._markets.settle()
            if self._prices is not None:
                await self._prices.turn()

    async def _happen(self, is_turn: bool, looks: bool) -> None:
        """Let the traders have their turn, and settle what is due."""
        if is_turn:
            await self._markets.turn()
        if self._prices is not None:
            if looks:
                await self._markets.look_around()
            await self._prices.turn()

    async def _begin_looking(self, end_ms: int, move_ms: int) -> None:
        if self._prices is not None:
            if move_ms > CROWD_MS_MAX:
                await self._markets.send_crowds_home(end_ms)
            await self._markets.look_around(anew=True)

    async def _look(self) -> None:
        """Let marks of what is at stake follow, so that liquidations and stops come near their prices."""
        if self._prices is not None:
            await self._prices.look(await self._markets.look())

    def _next_look_ms(self, now_ms: int, stop_ms: int) -> int:
        look_ms = 0 if self._prices is None else self._markets.next_look_ms(now_ms)
        return min(look_ms, stop_ms) if look_ms else stop_ms

    def _timer_ms(self, now_ms: int, end_ms: int) -> int:
        """When the engine's next timer is due, at most ``end_ms``."""
        timer_ms = self._engine.next_timer_ms()
        return min(timer_ms, end_ms) if timer_ms > now_ms else end_ms

    def _due_ms(self, now_ms: int, end_ms: int) -> int:
        """When the next settlement, expiry or listing is due, at most ``end_ms``."""
        due_ms = 0 if self._prices is None else self._prices.next_due_ms()
        return min(due_ms, end_ms) if due_ms > now_ms else end_ms

    def _turns_max(self, move_ms: int) -> int:
        if self._markets.instrument_count > _MANY:
            return MANY_TURNS_MAX
        return TURNS_MAX if move_ms <= HOUR_MS else LONG_TURNS_MAX

    def _settle(self) -> None:
        """Bring a clock that is behind the last command up to it, so that both move on together."""
        self._clock.move_to_at_least(self._engine.now_ms())
