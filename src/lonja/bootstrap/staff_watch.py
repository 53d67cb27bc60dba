"""What staff see of the running exchange: figures, halted pairs, indices, Security Funds.

Why here: the edge shows figures of engine, metrics and prices without knowing where they come from. Invariant: everything
but the past of a fund is read from memory.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lonja.bootstrap.metrics import HouseMetrics
from lonja.bootstrap.prices import Prices
from lonja.bootstrap.risk_metrics import RiskMetrics
from lonja.core.kinds import InstrumentState
from lonja.core.views import FamilyView
from lonja.edge.services import Services
from lonja.edge.staff.services import Feed, Fund, FundMove, FundPast
from lonja.edge.wire.contract_rows import FundState
from lonja.edge.wire.instruments import INSTRUMENT_TYPES, STATES
from lonja.edge.wire.units import CurrencyForm
from lonja.modules.pricing.api import DELEVERAGED, ENDOWED, GAINED, LOST, IndexState
from lonja.primitives.instant import DAY_MS, HOUR_MS
from lonja.primitives.money import format_scaled

MOVES_MAX: Final = 50
_WEEK_HOURS: Final = 7 * DAY_MS // HOUR_MS
_KINDS: Final = (ENDOWED, GAINED, LOST, DELEVERAGED)
_ALARMS: Final = (FundState.ADL, FundState.WARNING, FundState.NORMAL)
_FEEDS: Final = (IndexState.STALE, IndexState.THIN, IndexState.FIXED, IndexState.LIVE)


@dataclass(frozen=True, slots=True)
class HouseWatch:
    """The running house; see ``edge.staff.services.Watch``."""

    services: Services
    prices: Prices
    metrics: HouseMetrics
    risk: RiskMetrics
    snapshots: Path
    machine_ms: Callable[[], int]

    def figures(self) -> Mapping[str, int]:
        """Numbers by name."""
        engine = self.services.engine
        return {
            "accounts": engine.views.account_count(),
            "last_event": engine.views.last_sequence(),
            "time_ms": engine.now_ms(),
            "snapshot_age_ms": self._snapshot_age_ms(),
            **self.metrics.figures(),
        }

    def halted(self) -> Sequence[tuple[str, str]]:
        """Instruments that do not trade as usual; those that ended long ago do not count."""
        usual = (InstrumentState.LIVE, InstrumentState.DELISTED)
        views = self.services.engine.views.instruments()
        return [(view.instrument_id, STATES[view.state]) for view in views if view.state not in usual]

    def feeds(self) -> Sequence[Feed]:
        """All indices that contracts follow, those in trouble first."""
        now_ms, catalogue = self.services.engine.now_ms(), self.services.catalogue
        names = sorted({form.underlying for form in catalogue.instruments() if form.is_contract})
        found = [(name, self.prices.conductor.board.price(name, now_ms)) for name in names]
        found.sort(key=lambda one: _FEEDS.index(one[1].state))
        return [
            Feed(name, price.state.value if price.price else "unknown", price.sources, price.age_ms)
            for name, price in found
        ]

    def funds(self) -> Sequence[Fund]:
        """All Security Funds, those with an alarm first."""
        families = self.services.engine.views.families()
        found = [(_ALARMS.index(self.risk.alarm(family)), family) for family in families]
        return [self._fund(family) for _, family in sorted(found, key=lambda one: (one[0], one[1].family))]

    def fund(self, kind: str, family: str) -> FundPast | None:
        """The last week of a fund, blocking."""
        views = self.services.engine.views
        found = next(
            (one for one in views.families() if one.name == family and INSTRUMENT_TYPES[one.instrument_type] == kind),
            None,
        )
        if found is None:
            return None
        currency, records = self._currency(found), self.services.price_records
        now_ms = self.services.engine.now_ms()
        hours = records.fund_balances(found.family, now_ms - now_ms % HOUR_MS, HOUR_MS, _WEEK_HOURS)
        moves = records.fund_changes(found.family, _KINDS, limit=MOVES_MAX)
        return FundPast(
            [(point.time_ms, currency.text(point.balance)) for point in reversed(hours)],
            [FundMove(one.time_ms, one.kind, currency.text(one.amount), currency.text(one.balance)) for one in moves],
        )

    def _fund(self, family: FamilyView) -> Fund:
        currency, (gained, lost) = self._currency(family), self.risk.flows(family.family)
        fall_ppm = (
            (family.fund_peak - family.fund_balance) * 1_000_000 // family.fund_peak if family.fund_peak > 0 else 0
        )
        held = self.services.engine.views.positions(family.fund_account)
        return Fund(
            INSTRUMENT_TYPES[family.instrument_type],
            family.name,
            currency.name,
            currency.text(family.fund_balance),
            currency.text(family.fund_peak),
            format_scaled(max(fall_ppm, 0), 4),
            currency.text(gained),
            currency.text(lost),
            sum(1 for position in held if position.lots),
            self.risk.alarm(family).value,
        )

    def _currency(self, family: FamilyView) -> CurrencyForm:
        return self.services.catalogue.currency(family.settle)

    def _snapshot_age_ms(self) -> int:
        """How old the newest snapshot is by the machine's clock, -1 before the first."""
        written = []
        for path in self.snapshots.glob("*"):
            # An old one may be deleted just now.
            with suppress(FileNotFoundError):
                written.append(int(path.stat().st_mtime * 1_000))
        return max(0, self.machine_ms() - max(written)) if written else -1
