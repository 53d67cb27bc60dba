"""Keeps the simulated markets going: turn after turn, until told to stop.

Why here: the only part of the sandbox that waits. Invariant: a busy or read-only engine only makes it pause.
"""

import asyncio
import math
from collections.abc import Callable, Sequence

import structlog

from lonja.core.commands import Command, Deposit
from lonja.core.kinds import Ledger
from lonja.core.rejections import Rejection
from lonja.core.views import Outcome
from lonja.engine.api import Engine
from lonja.modules.sandbox.agenda import Agenda
from lonja.modules.sandbox.clock import SandboxClock
from lonja.modules.sandbox.contract_opening import OpenedFamily
from lonja.modules.sandbox.contract_traders import ContractWatch
from lonja.modules.sandbox.crowd import Crowd
from lonja.modules.sandbox.lookout import NOTHING, Lookout
from lonja.modules.sandbox.moods import EFFECTS, Mood, MoodEffect, Moods
from lonja.modules.sandbox.opening import OpenedSandbox, simulator_funds
from lonja.modules.sandbox.ports import FeedBook, FeedEvent, MarketFeed, PriceFollower
from lonja.modules.sandbox.prices import USD, FairPrices
from lonja.modules.sandbox.storms import Storm
from lonja.modules.sandbox.traders import Traders
from lonja.primitives.errors import (
    EngineBusyError,
    EngineOutcomeUnknownError,
    EngineReadOnlyError,
    EngineStoppedError,
    SettingsError,
)
from lonja.primitives.instant import MINUTE_MS, SECOND_MS

WARM_UP_TRADES = 101
"""What each market has before it opens: the promised 100 and one."""

WARM_UP_MS = 4 * MINUTE_MS
"""How long before the real time a first start lets its traders begin."""

_WARM_UP_TURNS = 120
_WARM_UP_TURNS_MAX = 400
_WARM_UP_SIZES = 0.15
"""Trades are smaller in the warm-up, because the makers look at their books less often."""

_FIRST_CONTRACT_TRADES = 3
_QUOTED_AT_ONCE = 25
"""Makers whose commands go to the engine together."""

_GATHERINGS, _GATHER_AT_ONCE = 10, 8

_COUNT_TURNS = 25
_QUOTE_TURNS = 60
_TURN_SECONDS = 0.05
_PAUSE_SECONDS_MIN, _PAUSE_SECONDS_MAX = 0.25, 5.0

_LOOK_SHARE = 0.001
"""Prices at stake are looked at when they are likely to have moved by this share, a quarter of the smallest maintenance margin."""
_LOOK_MS_MIN, _LOOK_MS_MAX = 250, 15 * MINUTE_MS
_SOON_MS = 5 * SECOND_MS
_STAKES_MS = 30 * SECOND_MS
"""How long what was found to be at stake counts while the clock moves on."""
_FAR_MS, _LOOKS_MAX = MINUTE_MS, 40
"""How far a fast clock goes between two turns before somebody looks in between, and how often at most."""

_log = structlog.get_logger("lonja.sandbox")


class SimulatedMarkets:
    """The traders of all instruments on one engine."""

    def __init__(self, engine: Engine, opened: OpenedSandbox, families: Sequence[OpenedFamily] = ()) -> None:
        """Nothing happens before ``warm_up`` or ``run``; contracts of ``families`` are traded, too."""
        self._engine = engine
        self._spot = opened.traders
        self._seed = opened.seed
        self._traders: list[Traders] = list(opened.traders)
        simulated = {traders.instrument_id for traders in opened.traders}
        self._watch = ContractWatch(families, simulated, engine.views, engine.now_ms, opened.seed)
        self._prices = opened.prices
        self._moods = Moods()
        self._turning = asyncio.Lock()
        self._agenda = self._fresh_agenda(opened.seed)
        self._crowds: list[tuple[Traders, Crowd]] = []
        self._moods_end_ms: int | None = None
        self._followed = {followed.fact.instrument_id: followed for followed in opened.followed}
        self._feeds: list[MarketFeed] = []
        self._aligned_ms = 0
        self._crowds_away_ms = 0
        self._lookout = Lookout(engine.views)
        self._stakes = NOTHING
        self._stakes_ms = 0
        self.has_looked = False
        """Whether looks moved indices since all contracts on them followed."""

    def follow(self, feed: MarketFeed) -> None:
        """Let ``feed``, which has started, drive the followed instruments that it tells of."""
        self._feeds.append(feed)

    def set_mood(self, instrument_id: str | None, mood: Mood, duration_ms: int | None = None) -> None:
        """From now on ``instrument_id`` (None: every market) behaves like ``mood``, for ``duration_ms`` or for good.

        ``duration_ms`` counts exchange time. Moods do not outlive the process. Raises ``SettingsError`` for an
        instrument without simulated traders.
        """
        if instrument_id is not None and all(traders.instrument_id != instrument_id for traders in self._traders):
            raise SettingsError(f"No simulated traders act on {instrument_id}.", "Choose another instrument.")
        until_ms = None if duration_ms is None else self._engine.now_ms() + duration_ms
        self._moods.set(instrument_id, mood, until_ms)
        self._follow_moods(self._engine.now_ms())

    def pin(self, index_id: str, price: float | None) -> None:
        """Let simulated traders hold an index for worth ``price``; None: what they make of it themselves."""
        base, _, quote = index_id.partition("-")
        self._prices.pin(base, quote, price)

    def storm(self, index_id: str, move: float, lasts_ms: int, recovers_ms: int = 0) -> Storm:
        """Let an index move by the share ``move`` within ``lasts_ms``, and come back in ``recovers_ms`` (0: stay).

        Both count exchange time. Books of its markets are thin meanwhile. Storms do not outlive the process. Raises
        ``SettingsError`` for an index that simulated traders do not move, or that would be moved out of reach.
        """
        base, _, quote = index_id.partition("-")
        if quote not in ("USDT", USD) or not self._prices.wanders(base) or self._prices.is_pinned(base):
            raise SettingsError(
                f"{index_id} is not moved by simulated traders.", "Choose an index that is, or let it go."
            )
        if not self._prices.bears(base, move):
            raise SettingsError(
                f"{index_id} has gone far enough.", "Wait until it has come back, or reset the sandbox."
            )
        now_ms = self._engine.now_ms()
        storm = Storm(index_id, move, now_ms, now_ms + lasts_ms, now_ms + lasts_ms + recovers_ms)
        self._prices.storms.begin(storm)
        for traders in self._traders:
            if traders.base == base and traders.quote_currency in ("USDT", USD):
                self._moods.set(traders.instrument_id, Mood.STORM, storm.end_ms)
        self._follow_moods(now_ms)
        return storm

    def storms(self) -> list[Storm]:
        """The storms that are not over, those that come back included."""
        return self._prices.storms.all()

    @property
    def instrument_count(self) -> int:
        """How many instruments simulated traders act on."""
        return len(self._traders)

    def moods(self) -> dict[str, Mood]:
        """The mood of each instrument with simulated traders."""
        now_ms = self._engine.now_ms()
        return {t.instrument_id: self._moods.of(t.instrument_id, now_ms) for t in self._traders}

    async def warm_up(self, clock: SandboxClock, trade_count: Callable[[int], int]) -> None:
        """Trade until each instrument has enough trades; ``trade_count`` tells how many clients would be shown.

        A held ``clock`` is moved from where it stands to its free time meanwhile and then let go.
        """
        lacking = [t for t in self._traders if trade_count(t.instrument) < WARM_UP_TRADES]
        begin_ms = self._engine.now_ms()
        clock_was_held = clock.is_held
        step_ms = max(1, (clock.free_now_ms() - begin_ms) // _WARM_UP_TURNS) if clock_was_held else 2 * SECOND_MS
        for turn in range(_WARM_UP_TURNS_MAX):
            if not lacking:
                break
            if clock_was_held:
                clock.hold_at(begin_ms + turn * step_ms)
            self._prices.step(step_ms / SECOND_MS)
            # Reading books is what takes long; they are deep enough for many trades.
            if turn % _QUOTE_TURNS == 0:
                await self._send(self._agenda.quote_all())
            await self._send([t.trade(self._prices, _WARM_UP_SIZES) for t in lacking])
            if turn >= WARM_UP_TRADES or turn % _COUNT_TURNS == 0:
                lacking = [t for t in lacking if trade_count(t.instrument) < WARM_UP_TRADES]
        clock.let_go()
        await self._send(self._agenda.quote_all())
        self._agenda.begin(self._engine.now_ms())

    async def open_contracts(self) -> None:
        """Quote contracts that nobody quotes yet, and let those that never traded trade a little."""
        new = self._notice_contracts(self._engine.now_ms())
        for first in range(0, len(new), _QUOTED_AT_ONCE):
            await self._send([c for t in new[first : first + _QUOTED_AT_ONCE] for c in self._quotes_of(t)])
        fresh = [traders for traders in new if not self._engine.views.last_price(traders.instrument)]
        for _ in range(_FIRST_CONTRACT_TRADES):
            await self._send([traders.trade(self._prices, _WARM_UP_SIZES) for traders in fresh])
        await self._gather()

    async def _gather(self) -> None:
        """Let crowds take their positions, and makers look at their books in between."""
        for _ in range(_GATHERINGS):
            await self._submit([command for _, crowd in self._crowds for command in crowd.gather(_GATHER_AT_ONCE)])
            await self._send([command for traders, _ in self._crowds for command in self._quotes_of(traders)])

    async def run(self, clock: SandboxClock, prices: PriceFollower | None = None) -> None:
        """Trade until canceled, or until the engine stops; rest while ``clock`` is frozen.

        At most half of the time goes into it, however fast the clock runs. ``prices`` of contracts follow a fast one.
        """
        pause = 0.0
        timer = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(_TURN_SECONDS + pause)
            if not clock.speed:
                continue
            began = timer()
            try:
                if prices is not None:
                    await self.catch_up(prices)
                await self.turn()
            except (EngineBusyError, EngineReadOnlyError) as error:
                pause = min(_PAUSE_SECONDS_MAX, max(2 * pause, _PAUSE_SECONDS_MIN))
                _log.warning("simulated traders wait", reason=error.message, seconds=pause)
            except (EngineStoppedError, EngineOutcomeUnknownError):
                return
            else:
                pause = max(0.0, timer() - began - _TURN_SECONDS)

    async def turn(self) -> None:
        """Let all traders act whose turn it is now, one turn after the other. Raises what the engine raises."""
        async with self._turning:
            now_ms = self._engine.now_ms()
            self._notice_contracts(now_ms)
            await self._send(self.step(now_ms))
            for traders, crowd in self._crowds:
                # Who comes back into a storm would only feed it.
                if now_ms <= self._crowds_away_ms or self._prices.storms.blows(traders.base, now_ms):
                    crowd.wait(now_ms)
                else:
                    await self._submit(crowd.act(now_ms))
            for feed in self._feeds:
                await self._take(feed.due(now_ms))
            await self._align(now_ms)

    async def send_crowds_home(self, until_ms: int) -> None:
        """Let crowds end their positions and stay away up to ``until_ms``. Raises what the engine raises."""
        async with self._turning:
            self._crowds_away_ms = until_ms
            for _ in range(_GATHERINGS):
                await self._send([command for traders, _ in self._crowds for command in self._quotes_of(traders)])
                await self._submit([command for _, crowd in self._crowds for command in crowd.go_home(_GATHER_AT_ONCE)])

    def next_look_ms(self, now_ms: int) -> int:
        """When prices at stake should be looked at again; 0 when nothing is at stake."""
        stakes = self._stakes
        pace_ms = self._prices.pace_ms(stakes.bases, _LOOK_SHARE, now_ms)
        if pace_ms == math.inf:
            return 0
        wait_ms = int(min(max(pace_ms, _LOOK_MS_MIN), _LOOK_MS_MAX))
        # What a fund keeps is deleveraged after half a minute.
        holds = any(one.lots for account in stakes.funds for one in self._engine.views.positions(account))
        return now_ms + (min(wait_ms, _SOON_MS) if holds else wait_ms)

    async def catch_up(self, prices: PriceFollower) -> None:
        """Look at what is at stake on the way that a fast clock has gone since prices moved last; not too often.

        Where the clock is now, for it does not wait; but step by step, so that nobody is liquidated far too late. Raises
        as ``look``.
        """
        now_ms, at_ms = self._engine.now_ms(), self._agenda.price_ms
        if not at_ms or now_ms - at_ms < _FAR_MS:
            return
        await self.look_around(anew=True)
        for _ in range(_LOOKS_MAX):
            at_ms = self.next_look_ms(at_ms)
            if not 0 < at_ms < now_ms:
                break
            await prices.look(await self._look_at(at_ms))
        await self.look_around()

    async def look(self) -> frozenset[int]:
        """Let prices come to now, tell indices at stake, and let their books follow: the instruments looked at.

        Raises what the engine raises.
        """
        return await self._look_at(self._engine.now_ms())

    async def _look_at(self, time_ms: int) -> frozenset[int]:
        async with self._turning:
            self._pass_moods(time_ms)
            self._agenda.walk(time_ms)
            self.has_looked = True
            await self._send(self._agenda.look(self._stakes))
            return self._stakes.instruments

    async def look_around(self, *, anew: bool = False) -> None:
        """Let all contracts follow that looks left behind, and find out what is at stake, if that is long ago or ``anew``.

        Raises as ``look``.
        """
        async with self._turning:
            if self.has_looked:
                await self._send(self._agenda.requote(self._stakes.bases))
                self.has_looked = False
            now_ms = self._engine.now_ms()
            if anew or now_ms - self._stakes_ms >= _STAKES_MS:
                self._stakes_ms = now_ms
                self._stakes = self._lookout.stakes([one for _, crowd in self._crowds for one in crowd.members])

    async def settle(self) -> None:
        """Let every maker look at its book whose price went away from it. Raises what the engine raises."""
        async with self._turning:
            for commands in self._agenda.settle():
                await self._send(commands)

    async def _take(self, events: Sequence[FeedEvent]) -> None:
        for event in events:
            followed = self._followed.get(event.instrument_id)
            if followed is None:
                continue
            if isinstance(event, FeedBook):
                followed.take_book(event)
            else:
                # Books that came before a trade are followed first, so that it meets what it met there.
                if followed.has_changed:
                    await self._send(followed.align(self._engine.views.open_orders(followed.maker)))
                await self._send(followed.trade(event, self._engine.views.open_orders(followed.maker)))

    async def _align(self, now_ms: int) -> None:
        """Follow what changed; now and then everything, since customers take from books that stand still."""
        is_time = now_ms - self._aligned_ms >= SECOND_MS
        if is_time:
            self._aligned_ms = now_ms
        for followed in self._followed.values():
            if is_time or followed.has_changed:
                await self._send(followed.align(self._engine.views.open_orders(followed.maker)))

    async def reset(self, seed: int) -> None:
        """Empty the books of the simulated traders, forget all moods and begin again at the catalogue's prices.

        Each reset with one ``seed`` begins the same course of prices and trades.
        """
        text = f"{seed}:reset"
        async with self._turning:
            resting = [t.withdraw(self._engine.views.open_orders(t.maker)) for t in self._traders]
            await self._send([command for commands in resting for command in commands])
            self._moods = Moods()
            self._moods_end_ms = None
            self._prices = FairPrices(text, None, self._prices.dollars())
            self._spot = [traders.again(text) for traders in self._spot]
            self._traders = list(self._spot)
            self._agenda = self._fresh_agenda(text)
            self._watch.begin_again(text)
            self._crowds, self._seed = [], text
            self._notice_contracts(self._engine.now_ms())
            await self._send(self._agenda.quote_all())
            self._agenda.begin(self._engine.now_ms())

    def step(self, now_ms: int) -> list[Command]:
        """What all traders whose turn it is do at ``now_ms``."""
        self._pass_moods(now_ms)
        return self._agenda.act(now_ms)

    def _pass_moods(self, now_ms: int) -> None:
        while self._moods_end_ms is not None and now_ms >= self._moods_end_ms:
            # However long ago that was, until then the mood held.
            self._agenda.move_prices(self._moods_end_ms)
            self._follow_moods(self._moods_end_ms)

    def _notice_contracts(self, now_ms: int) -> list[Traders]:
        """Let traders act on contracts that were listed meanwhile, and none on those that ended."""
        if self._watch.end_expired(now_ms):
            self._traders = [traders for traders in self._traders if not traders.has_ended]
        new: list[Traders] = []
        for traders in self._watch.new_traders():
            if traders.family.crowd:
                crowd = Crowd(self._engine.views, traders.instrument, traders.family.crowd, self._seed)
                self._crowds.append((traders, crowd))
            traders.add_basis(self._prices.bases)
            self._traders.append(traders)
            self._agenda.add(traders, now_ms)
            new.append(traders)
        return new

    def _quotes_of(self, traders: Traders) -> list[Command]:
        return traders.quote(self._prices, self._engine.views.open_orders(traders.maker))

    def _fresh_agenda(self, seed: str) -> Agenda:
        return Agenda(self._traders, self._prices, self._engine.views.open_orders, seed)

    def _follow_moods(self, now_ms: int) -> None:
        """Tell prices and traders what the moods of ``now_ms`` mean."""
        by_asset: dict[str, MoodEffect] = {}
        for traders in self._traders:
            effect = EFFECTS[self._moods.of(traders.instrument_id, now_ms)]
            if effect != traders.effect:
                traders.set_effect(effect)
            # An asset follows the first of its markets that is not like all others.
            if effect != EFFECTS[self._moods.usual(now_ms)]:
                by_asset.setdefault(traders.base, effect)
        self._prices.set_effects(EFFECTS[self._moods.usual(now_ms)], by_asset)
        self._moods_end_ms = self._moods.next_end_ms(now_ms)

    async def _send(self, commands: Sequence[Command]) -> None:
        """Let the engine take commands of traders who are given money when they have none left."""
        await self._submit(self._gifts(commands, await self._submit(commands)))

    async def _submit(self, commands: Sequence[Command]) -> list[Outcome]:
        return await self._engine.submit_many(commands) if commands else []

    def _gifts(self, commands: Sequence[Command], outcomes: Sequence[Outcome]) -> list[Command]:
        """New money for simulated traders who ran out of it."""
        poor = {
            command.account
            for command, outcome in zip(commands, outcomes, strict=True)
            if outcome.rejection == Rejection.INSUFFICIENT_BALANCE
        }
        names = {currency.currency: currency.name for currency in self._engine.views.currencies()}
        return [
            Deposit(account=account, currency=balance.currency, ledger=Ledger.TRADING, amount=wanted - balance.cash)
            for account in sorted(poor)
            for balance in self._engine.views.balances(account)
            if balance.ledger == Ledger.TRADING
            and balance.cash < (wanted := simulator_funds(names[balance.currency])) // 2
        ]
