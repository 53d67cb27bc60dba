"""What the house tells Prometheus and its log of liquidations, deleveraging and Security Funds.

Why here: whoever runs an exchange has to hear that a fund falls before its customers' winners are deleveraged. Counters
follow events; balances are read when somebody asks. Invariant: a fund's alarm is logged when it changes, and only then.
"""

from collections.abc import Iterator
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from lonja.core.events import Event, FamilyDefined, FundChanged, MarginWarned, PositionChanged, PositionTakenOver
from lonja.core.kinds import PositionCause
from lonja.core.views import FamilyView
from lonja.edge.wire.contract_rows import FundState, fund_state
from lonja.edge.wire.instruments import INSTRUMENT_TYPES
from lonja.engine.api import EngineViews, EventBatch

_LABELS: Final = ("family", "type")
_COUNTED: Final = frozenset({FundChanged, PositionChanged, PositionTakenOver, MarginWarned, FamilyDefined})
_ALARMS: Final = {FundState.NORMAL: 0, FundState.WARNING: 1, FundState.ADL: 2}

_log = structlog.get_logger("lonja.risk")


class RiskMetrics(Collector):
    """Counters and alarms of one house; subscribe ``on_batch``."""

    def __init__(self, registry: CollectorRegistry, views: EngineViews) -> None:
        """Everything at zero; funds as ``views`` know them."""
        self._views = views
        self._family_of: dict[int, int] = {}
        self._balances: dict[int, int] = {}
        self._alarms: dict[int, FundState] = {}
        self._deleveraged: set[int] = set()
        self._flows: dict[int, tuple[int, int]] = {}
        registry.register(self)
        self._warned = Counter("lonja_margin_warnings", "Positions that came near liquidation.", registry=registry)
        self._liquidated, self._closed, self._gained, self._lost = (
            Counter(name, text, _LABELS, registry=registry)
            for name, text in (
                ("lonja_liquidations", "Positions, or parts of them, that were taken over."),
                (
                    "lonja_deleveraged_positions",
                    "Positions of customers that were closed because a fund could not pay.",
                ),
                ("lonja_fund_inflow", "What Security Funds got, in whole units of what they are settled in."),
                ("lonja_fund_outflow", "What Security Funds paid, in whole units of what they are settled in."),
            )
        )
        for family in views.families():
            self._know(family)

    def collect(self) -> Iterator[Metric]:
        """Balances, peaks and alarms of all Security Funds (``Collector``)."""
        balance, peak, alarm = (
            GaugeMetricFamily(name, text, labels=_LABELS)
            for name, text in (
                ("lonja_fund_balance", "What a Security Fund has, in whole units of what it is settled in."),
                ("lonja_fund_peak", "The most that it had within eight hours."),
                ("lonja_fund_alarm", "0: it stands well; 1: it fell or keeps positions; 2: winners are deleveraged."),
            )
        )
        for family in self._views.families():
            labels = _labels(family)
            balance.add_metric(labels, self._whole(family, family.fund_balance))
            peak.add_metric(labels, self._whole(family, family.fund_peak))
            alarm.add_metric(labels, _ALARMS[self._state(family)])
        yield from (balance, peak, alarm)

    def on_batch(self, batch: EventBatch) -> None:
        """Count what happened (``Subscriber``)."""
        # Hundreds of thousands of events a second may pass, and hardly any is about this.
        touched = {self._take(event) for event in batch.events if type(event) in _COUNTED} - {-1}
        if touched:
            self._look(touched)

    def flows(self, family: int) -> tuple[int, int]:
        """What the fund of a family got, and what it paid, smallest units, since the start of the process."""
        return self._flows.get(family, (0, 0))

    def alarm(self, family: FamilyView) -> FundState:
        """How a fund stands."""
        return self._state(family)

    def _take(self, event: Event) -> int:
        """Count one event; the family whose fund it touched, -1 for none."""
        if isinstance(event, FundChanged):
            return self._move(event.family, event.balance)
        if isinstance(event, PositionChanged):
            return self._take_position(event)
        if isinstance(event, PositionTakenOver):
            self._liquidated.labels(*_labels(self._family(self._of(event.instrument)))).inc()
        elif isinstance(event, MarginWarned):
            self._warned.inc()
        elif isinstance(event, FamilyDefined):
            self._know(self._family(event.family))
        return -1

    def _take_position(self, event: PositionChanged) -> int:
        own = self._family_of.get(event.account)
        if own is not None:
            return self._move(own, event.balance)
        if event.cause == PositionCause.DELEVERAGED:
            code = self._of(event.instrument)
            self._closed.labels(*_labels(self._family(code))).inc()
            self._deleveraged.add(code)
        return -1

    def _move(self, code: int, balance: int) -> int:
        family = self._family(code)
        change, self._balances[code] = balance - self._balances.get(code, balance), balance
        if change:
            gained, lost = self.flows(code)
            self._flows[code] = (gained + max(change, 0), lost + max(-change, 0))
            counter = self._gained if change > 0 else self._lost
            counter.labels(*_labels(family)).inc(self._whole(family, abs(change)))
        return code

    def _look(self, touched: set[int]) -> None:
        """Log the alarms that changed."""
        for family in (self._family(code) for code in sorted(touched)):
            before, now = self._alarms.get(family.family, FundState.NORMAL), self._state(family)
            self._alarms[family.family] = now
            if now is not before:
                log = _log.info if now is FundState.NORMAL else _log.warning
                facts = {
                    "balance": self._whole(family, family.fund_balance),
                    "peak": self._whole(family, family.fund_peak),
                }
                log("a Security Fund's alarm changed", family=family.name, before=before.value, now=now.value, **facts)
        self._deleveraged.clear()

    def _state(self, family: FamilyView) -> FundState:
        keeps = any(position.lots for position in self._views.positions(family.fund_account))
        return fund_state(family, keeps_positions=keeps, has_deleveraged=family.family in self._deleveraged)

    def _know(self, family: FamilyView) -> None:
        self._family_of[family.fund_account] = family.family
        self._balances[family.family] = family.fund_balance

    def _family(self, code: int) -> FamilyView:
        return self._views.families()[code]

    def _of(self, instrument: int) -> int:
        contract = self._views.contract(instrument)
        assert contract is not None, "only contracts have positions"
        return contract.family

    def _whole(self, family: FamilyView, units: int) -> float:
        scale: int = self._views.currencies()[family.settle].scale
        return units / float(10**scale)


def _labels(family: FamilyView) -> tuple[str, str]:
    return family.name, INSTRUMENT_TYPES[family.instrument_type]
