"""Indices set by hand: fixed at a price, or left to follow their feeds again.

Why here: an index reaches further than its contracts: the spot pair of its name has price bands around it, and simulated
traders quote by it. Invariants: what was fixed holds until somebody says otherwise or the process ends; when a call is
answered, marks, bands and books stand by it, also while time stands. The quiet indices are always fixed, and go on
where their contracts' marks stood when the last process ended.
"""

import asyncio
from typing import Final

from lonja.core.commands import Command, SetIndexPrice, SetInstrumentState
from lonja.core.kinds import InstrumentState, InstrumentType
from lonja.core.views import InstrumentView
from lonja.engine.api import Engine
from lonja.modules.sandbox.contract_catalogue import QUIET_INDICES, QUIET_PRICE
from lonja.modules.sandbox.markets import SimulatedMarkets
from lonja.modules.sandbox.ports import IndexBoard, PriceFollower
from lonja.primitives.errors import SettingsError
from lonja.primitives.money import format_scaled

INDEX_SCALE: Final = 18
"""Prices of indices are whole numbers of 10 ** -18 of the quote currency."""

_ONE: Final = 10**INDEX_SCALE
_TICKS_MAX: Final = 10**12


class SandboxIndices:
    """Everything that people may fix."""

    def __init__(self, engine: Engine, markets: SimulatedMarkets, board: IndexBoard, prices: PriceFollower) -> None:
        """``board`` makes the indices of contracts, ``prices`` tells the engine what follows from them."""
        self._engine = engine
        self._markets = markets
        self._board = board
        self._prices = prices
        self._fixed: dict[str, int] = {}
        self._changing = asyncio.Lock()

    async def begin(self) -> None:
        """Fix the quiet indices where they were left, and tell the marks of all contracts."""
        async with self._changing:
            known = self._following()
            for index_id in QUIET_INDICES:
                if index_id in known:
                    await self._fix(index_id, self._left_at(known[index_id]) or QUIET_PRICE * _ONE)
            await self._prices.turn()

    def knows(self, index_id: str) -> bool:
        """Whether an instrument follows ``index_id``."""
        return index_id in self._following()

    def fixed(self) -> dict[str, int]:
        """The indices that are fixed now, and at which price."""
        return dict(sorted(self._fixed.items()))

    async def fix(self, index_id: str, price: int) -> None:
        """Let a known index be ``price`` from now on. Raises ``SettingsError`` for what cannot be a price."""
        followers = self._following()[index_id]
        if not all(0 < 2 * price // _tick(view) <= 2 * _TICKS_MAX for view in followers):
            low, high = max(map(_tick, followers)), min(map(_tick, followers)) * _TICKS_MAX
            raise SettingsError(f"{index_id} goes from {_text(low)} to {_text(high)}.", "Choose another price.")
        async with self._changing:
            if not all(self._bears(view, price) for view in followers):
                raise SettingsError(f"Too much is held for {index_id} to go so far.", "Choose a price nearer to now.")
            await self._fix(index_id, price)
            await self._follow()

    async def release(self, index_id: str) -> None:
        """Let an index follow its feed again. Raises ``SettingsError`` for one that has none."""
        if index_id in QUIET_INDICES:
            raise SettingsError(f"{index_id} follows no feed.", "Give it a price.")
        async with self._changing:
            self._release(index_id)
            await self._follow()

    async def reset(self) -> None:
        """All indices as they are at the very beginning."""
        async with self._changing:
            for index_id in self.fixed():
                self._release(index_id)
            for index_id in QUIET_INDICES:
                if self.knows(index_id):
                    await self._fix(index_id, QUIET_PRICE * _ONE)
            await self._follow()
            await self._begin_again()

    async def _begin_again(self) -> None:
        """Let the markets that nobody trades on for us have no past: they open anew."""
        known = self._following()
        quiet = [view for index_id in QUIET_INDICES for view in known.get(index_id, ())]
        alive = [view.instrument for view in quiet if view.state == InstrumentState.LIVE]
        states = (InstrumentState.PREOPEN, InstrumentState.LIVE)
        told: list[Command] = [SetInstrumentState(instrument=code, state=state) for code in alive for state in states]
        if told:
            await self._engine.submit_many(told)

    def _release(self, index_id: str) -> None:
        self._fixed.pop(index_id, None)
        self._board.fix(index_id, 0)
        self._markets.pin(index_id, None)

    async def _fix(self, index_id: str, price: int) -> None:
        self._fixed[index_id] = price
        self._board.fix(index_id, price)
        self._markets.pin(index_id, price / _ONE)
        told: list[Command] = []
        for view in self._following()[index_id]:
            ticks = max(1, (2 * price + _tick(view)) // (2 * _tick(view)))
            if view.instrument_type == InstrumentType.SPOT and view.index_price != ticks:
                told.append(SetIndexPrice(instrument=view.instrument, price=ticks))
        if told:
            await self._engine.submit_many(told)

    async def _follow(self) -> None:
        """Marks and limits, then books within them; once more, since what spot makers tell moves marks again."""
        for _ in range(2):
            await self._prices.turn()
            await self._markets.settle()

    def _bears(self, view: InstrumentView, price: int) -> bool:
        """Whether the engine would take marks around ``price``; else they would stay, and nobody be liquidated."""
        if view.instrument_type == InstrumentType.SPOT or view.state == InstrumentState.DELISTED:
            return True
        ticks = price // _tick(view)
        return all(self._engine.views.bears(view.instrument, mark) for mark in (max(1, ticks // 2), 2 * ticks + 1))

    def _following(self) -> dict[str, list[InstrumentView]]:
        """Instruments by the index that they follow: contracts of an underlying, the spot pair of the same name."""
        names = [currency.name for currency in self._engine.views.currencies()]
        found: dict[str, list[InstrumentView]] = {}
        for view in self._engine.views.instruments():
            found.setdefault(f"{names[view.base]}-{names[view.quote]}", []).append(view)
        return found

    def _left_at(self, followers: list[InstrumentView]) -> int:
        """The mark of a contract, or what its spot pair was told; 0 when neither is known."""
        for view in reversed(followers):
            contract = self._engine.views.contract(view.instrument)
            ticks = contract.mark if contract is not None else view.index_price
            if ticks:
                return ticks * _tick(view)
        return 0


def _tick(view: InstrumentView) -> int:
    return view.tick_step * int(10 ** (INDEX_SCALE - view.price_scale))


def _text(price: int) -> str:
    return format_scaled(price, INDEX_SCALE)
