"""The time before a sandbox opened, as far as contracts are concerned: deliveries, premiums, open interest.

Why here: whoever backtests on funding or asks for deliveries finds nothing in an exchange that is a minute old. What can
be done is done by ordinary commands at its time, while the clock is held there; only premiums and open interest are told
by formula. Invariant: the same seed and the same beginning give the same past.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from random import Random
from typing import Final

from lonja.core.commands import Command, DeliverContract
from lonja.core.rejections import Rejection
from lonja.core.texts import Text32
from lonja.engine.api import Engine, EngineViews
from lonja.modules.pricing.api import WEEK_MS, name_of, weeks
from lonja.modules.sandbox.basis import SPREAD_ELSEWHERE, SPREAD_LIVELY, lasting
from lonja.modules.sandbox.clock import EARLIEST_MS, SandboxClock
from lonja.modules.sandbox.contract_catalogue import FamilyFact
from lonja.modules.sandbox.contract_opening import ContractLister, past_markets
from lonja.modules.sandbox.past import Past
from lonja.modules.sandbox.prices import FairPrices
from lonja.modules.statistics.api import SAMPLED_MS, Standing
from lonja.primitives.instant import DAY_MS, HOUR_MS

WEEKS: Final = 4
"""So many Fridays have deliveries."""

_TRILLION: Final = 10**12
_BPS_OF_HALF_A_SPREAD: Final = 2e4
_HELD_SPREAD: Final = 0.15
_HELD_LASTS_SECONDS: Final = 86_400.0
"""How far open interest wanders, as a standard deviation of its logarithm, and how long that lasts."""


class PastExpiries:
    """Dated contracts that ended before the exchange opened: listed a week before their end, and delivered then."""

    def __init__(self, engine: Engine, clock: SandboxClock, past: Past, seed: str) -> None:
        """``clock`` is that of the engine, which knows the families."""
        self._engine = engine
        self._clock = clock
        self._past = past
        self._lister = ContractLister(engine.views)
        self._seed = seed

    async def run(self) -> None:
        """List and deliver, up to the end of ``past``, where the clock is not held any earlier than that."""
        ends = first_ends(self._past.end_ms)
        prices = self._prices(ends)
        for end_ms in ends:
            self._clock.hold_at(end_ms - WEEK_MS)
            await self._all(
                self._lister.listing(family, name_of(underlying, end_ms), end_ms)._replace(
                    instrument_id=Text32(name_of(underlying, end_ms)), family=family, expiry_ms=end_ms
                )
                for family, underlying in self._lister.families().items()
            )
            self._clock.hold_at(end_ms)
            await self._all(
                DeliverContract(instrument=code, price=max(1, round(prices[end_ms][base] / tick)), fee_rate_ppm=0)
                for code, base, tick in self._ending(end_ms)
            )

    def _ending(self, end_ms: int) -> Iterator[tuple[int, str, float]]:
        names = [currency.name for currency in self._engine.views.currencies()]
        for view in self._engine.views.instruments():
            contract = self._engine.views.contract(view.instrument)
            if contract is not None and contract.expiry_time_ms == end_ms:
                yield view.instrument, names[view.base], float(view.tick_step) / 10.0**view.price_scale

    def _prices(self, ends: list[int]) -> dict[int, dict[str, float]]:
        """Dollar prices at each end, those of the day before the opening where it falls into it."""
        known = {end_ms: self._past.dollars(end_ms) for end_ms in ends if end_ms >= self._past.begin_ms}
        then, bases = self._past.dollars(self._past.begin_ms), self._lister.bases()
        # A random walk looks the same in both directions.
        walk = FairPrices(f"past:{self._seed}:weeks", then, {*bases, "USDT"})
        now_ms = self._past.begin_ms
        for end_ms in reversed([end_ms for end_ms in ends if end_ms < now_ms]):
            while now_ms > end_ms:
                walk.step(HOUR_MS / 1_000)
                now_ms -= HOUR_MS
            known[end_ms] = walk.dollars()
        return known

    async def _all(self, commands: Iterable[Command]) -> None:
        listed = list(commands)
        outcomes = await self._engine.submit_many(listed) if listed else []
        for command, outcome in zip(listed, outcomes, strict=True):
            assert outcome.rejection == Rejection.NONE, f"{Rejection(outcome.rejection).name}: {command}"


def first_ends(now_ms: int) -> list[int]:
    """The last Fridays before ``now_ms`` that contracts ended on, oldest first, as far as time reaches back."""
    begin_ms = now_ms - (WEEKS + 1) * WEEK_MS
    ends = [end_ms for end_ms in islice(weeks(begin_ms), WEEKS + 1) if end_ms <= now_ms]
    return [end_ms for end_ms in ends[-WEEKS:] if end_ms - WEEK_MS >= EARLIEST_MS]


def past_ms_of(fact: FamilyFact) -> int:
    """How far funding of a contract goes back before its listing: three months of what people look at much."""
    return (90 if fact.is_lively else 30) * DAY_MS


class PastPremiums:
    """How far perpetual contracts stood from their indices: bases that wander, less half of what makers earn."""

    def __init__(self, facts: Mapping[str, FamilyFact], seed: str) -> None:
        """``facts`` by the name of the contract."""
        self._facts = facts
        self._seed = seed

    def walk(self, instrument_id: str, step_ms: int) -> Iterator[int]:
        """Its premiums in millionths of a millionth, ``step_ms`` apart, without end."""
        fact = self._facts[instrument_id]
        spread = SPREAD_LIVELY if fact.is_lively else SPREAD_ELSEWHERE
        half = fact.spread_bps / _BPS_OF_HALF_A_SPREAD
        gauss = Random(f"premiums:{instrument_id}:{self._seed}").gauss  # noqa: S311  # repeatable by seed
        kept, new = lasting(step_ms / 1_000)
        basis = spread * gauss(0.0, 1.0)
        while True:
            basis = basis * kept + spread * new * gauss(0.0, 1.0)
            yield round(math.copysign(max(0.0, abs(basis) - half), basis) * _TRILLION)


def past_standings(views: EngineViews, past: Past, seed: str, now_ms: int) -> Iterator[Standing]:
    """Open interest of the contracts that have a past, over the day before ``now_ms``; it ends at what is held now."""
    kept = math.exp(-SAMPLED_MS / 1_000 / _HELD_LASTS_SECONDS)
    new = _HELD_SPREAD * math.sqrt(1.0 - kept * kept)
    for are_dated in (False, True):
        for market, instrument in past_markets(views, are_dated=are_dated):
            contract = views.contract(instrument)
            if contract is None or not contract.open_lots:
                continue
            gauss, log = Random(f"held:{market.name}:{seed}").gauss, 0.0  # noqa: S311  # repeatable by seed
            last_ms = now_ms - now_ms % SAMPLED_MS
            for time_ms in range(last_ms, last_ms - DAY_MS, -SAMPLED_MS):
                lots = max(1, round(contract.open_lots * math.exp(log)))
                yield Standing(instrument, time_ms, lots, past.ticks(market, time_ms))
                log = log * kept + new * gauss(0.0, 1.0)
