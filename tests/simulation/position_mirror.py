"""Positions as their events tell them: lots, exact averages, margins and totals rebuilt from nothing else.

Why here: views and projections know only events. ``Positions.fold`` expects each event to follow from those before it,
``compare`` expects the state to hold what was told.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from lonja.core import events as e
from lonja.core.kinds import MarginMode, PositionCause, PositionMode
from lonja.core.margin_events import FamilyLeverageSet
from lonja.core.positions import LEVERAGE_DEFAULT
from lonja.core.state import State

PARTS = 10**12
Key = tuple[int, int, int, int]
"""Account, instrument, margin mode, position side."""
Setting = e.LeverageSet | FamilyLeverageSet | e.MarkPriceSet | e.PositionModeSet | e.ContractDelivered
SETTINGS = (e.LeverageSet, FamilyLeverageSet, e.MarkPriceSet, e.PositionModeSet, e.ContractDelivered)


@dataclass
class Held:
    """One position as told so far; ``entry`` is the sum of what its lots weigh in the average."""

    lots: int = 0
    entry: Fraction = Fraction(0)
    margin: int = 0
    life: int = 0
    pnl: int = 0
    fees: int = 0
    funding: int = 0
    penalty: int = 0


@dataclass
class Positions:
    """Every position that was told, the leverages and modes that were chosen, and the mark prices."""

    inverse: dict[int, bool] = field(default_factory=dict)
    held: dict[Key, Held] = field(default_factory=dict)
    leverages: dict[Key, int] = field(default_factory=dict)
    family_of: dict[int, int] = field(default_factory=dict)
    family_leverages: dict[tuple[int, int, int], int] = field(default_factory=dict)
    marks: dict[int, int] = field(default_factory=dict)
    two_sided: set[int] = field(default_factory=set)
    delivered: set[int] = field(default_factory=set)

    def leverage(self, key: Key) -> int:
        """The leverage of a position, there or to come."""
        account, instrument, margin_mode, side = key
        default = LEVERAGE_DEFAULT
        if margin_mode == MarginMode.CROSS and instrument not in self.delivered:
            default = self.family_leverages.get((account, self.family_of[instrument], side), default)
        return self.leverages.get(key, default)

    def set(self, event: Setting) -> None:
        """Take in what concerns a contract, an account or a position to come."""
        if isinstance(event, e.LeverageSet):
            key = (event.account, event.instrument, event.margin_mode, event.position_side)
            self.leverages[key] = event.leverage
        elif isinstance(event, FamilyLeverageSet):
            self.family_leverages[event.account, event.family, event.position_side] = event.leverage
        elif isinstance(event, e.MarkPriceSet):
            self.marks[event.instrument] = event.price
        elif isinstance(event, e.ContractDelivered):
            self._deliver(event.instrument)
        elif event.position_mode == PositionMode.LONG_SHORT:
            self.two_sided.add(event.account)
        else:
            self.two_sided.discard(event.account)

    def _deliver(self, instrument: int) -> None:
        """What is chosen for the family from now on is not for a contract that is over."""
        for (account, family, side), leverage in self.family_leverages.items():
            if family == self.family_of[instrument]:
                self.leverages.setdefault((account, instrument, int(MarginMode.CROSS), side), leverage)
        self.delivered.add(instrument)

    def fold(self, event: e.PositionChanged) -> int:
        """Take in a change, expect it to follow from what was told before, and return what it does to the cash."""
        key = (event.account, event.instrument, event.margin_mode, event.position_side)
        told = self.held.setdefault(key, Held())
        if told.lots == 0 and event.cause == PositionCause.FILLED:
            told = self.held[key] = Held(life=event.sequence)
        self._move_lots(event, told)
        funded = event.cause == PositionCause.FUNDING
        told.margin += event.margin_moved
        told.pnl += 0 if funded else event.gained
        told.funding += event.gained if funded else 0
        told.fees += event.fee
        fined = event.penalty - told.penalty
        told.penalty = event.penalty
        assert fined == 0 or event.cause in (PositionCause.LIQUIDATED, PositionCause.COVERED), "a penalty for nothing"
        assert event.margin_mode == MarginMode.ISOLATED or event.margin_moved == 0, "a cross position has a margin"
        totals = (told.lots, told.margin, told.life, told.pnl, told.fees, told.funding)
        named = (event.lots, event.margin, event.life, event.pnl, event.fees, event.funding)
        assert totals == named, f"a position is told with other totals than {totals}: {event}"
        average = event.average_ticks + Fraction(event.average_parts, PARTS)
        # Only denominators beyond 2**128 are rounded, which no average shows.
        assert abs(average - self.average(key)) <= Fraction(1, PARTS), "a position is told with another average"
        return event.gained - event.fee - event.margin_moved + fined

    def _move_lots(self, event: e.PositionChanged, told: Held) -> None:
        changed = event.lots_changed
        if changed * told.lots < 0:
            assert abs(changed) <= abs(told.lots), "one change both ends a position and begins another"
            told.entry *= Fraction(abs(told.lots) - abs(changed), abs(told.lots))
        elif changed:
            lots = abs(changed)
            told.entry += Fraction(lots, event.price) if self.inverse[event.instrument] else lots * event.price
        told.lots += changed

    def average(self, key: Key) -> Fraction:
        """The average price in ticks, 0 when flat."""
        told = self.held[key]
        if told.lots == 0:
            return Fraction(0)
        return abs(told.lots) / told.entry if self.inverse[key[1]] else told.entry / abs(told.lots)

    def compare(self, state: State) -> None:
        """Expect the positions and mark prices of ``state`` to be those told."""
        for instrument in state.instruments:
            if instrument.contract is not None:
                assert instrument.contract.mark == self.marks.get(int(instrument.code), 0), "a mark price was not told"
        for position in state.positions:
            key = (int(position.account), int(position.instrument), int(position.margin_mode), int(position.side))
            told = self.held.pop(key, Held())
            found = Held(
                int(position.lots),
                told.entry,
                int(position.margin),
                int(position.life),
                int(position.pnl),
                int(position.fees),
                int(position.funding),
                int(position.penalty),
            )
            assert found == told, f"a position is {found} but was told as {told}"
            assert position.leverage == self.leverage(key), "a leverage was not told"
            self.held[key] = told
        assert len(self.held) <= len(state.positions), "a position was told that there is not"
