"""Algo orders as their events tell them, a part of ``mirror``: what is open, and which order each placed."""

from dataclasses import dataclass, field

from lonja.core import algo_events as ae
from lonja.core import events as e
from lonja.core.algos import LIVE, UNPLACED, WAITING
from lonja.core.kinds import AlgoEndCause
from lonja.core.state import State


@dataclass
class AlgoMirror:
    """Everything that events have told of algo orders."""

    open: dict[int, ae.AlgoPlaced] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    triggered: ae.AlgoTriggered | ae.AlgoLinked | None = None
    details: dict[int, tuple[int, ...]] = field(default_factory=dict)
    linked: dict[int, int] = field(default_factory=dict)

    def fold(self, event: e.Event) -> None:
        """Take in one event and expect it to follow from those before."""
        if isinstance(event, ae.AlgoPlaced):
            assert event.algo_id not in self.open, "an algo order is told twice"
            self.open[event.algo_id] = event
            self.sizes[event.algo_id] = event.size
            self.waiting |= {event.algo_id} if event.parent_order_id else set()
        elif isinstance(event, ae.AlgoActivated):
            self.waiting.remove(event.algo_id)
            self.sizes[event.algo_id] = event.size
        elif isinstance(event, ae.AlgoAmended):
            self.sizes[event.algo_id] = event.size
        elif isinstance(event, ae.AlgoTriggered):
            assert self.triggered is None, "the order of an algo order did not follow"
            assert event.algo_id not in self.waiting, "an algo order fires while its order is open"
            self.triggered = event
        elif isinstance(event, ae.AlgoDetailed):
            self.details[event.algo_id] = event[5:-1]
        elif isinstance(event, ae.AlgoLinked):
            self._link(event)
        elif isinstance(event, ae.AlgoEnded):
            self._end(event)
        elif isinstance(event, e.OrderPlaced):
            self._place(event)

    def _link(self, event: ae.AlgoLinked) -> None:
        if event.order_id == 0:
            # The order of the take profit was refused.
            assert isinstance(self.triggered, ae.AlgoLinked)
            assert self.triggered.algo_id == event.algo_id
            self.linked.pop(self.triggered.order_id)
            self.triggered = None
            return
        told = self.triggered
        assert told is None or told.order_id == event.order_id, "the order of an algo order did not follow"
        self.triggered = event
        self.linked[event.order_id] = event.algo_id

    def _end(self, event: ae.AlgoEnded) -> None:
        placed = self.open.pop(event.algo_id)
        assert (placed.account, placed.instrument) == (event.account, event.instrument)
        del self.sizes[event.algo_id]
        self.details.pop(event.algo_id, None)
        self.waiting.discard(event.algo_id)
        refused = event.cause == AlgoEndCause.ORDER_REFUSED
        assert refused == (event.rejection != 0), "an algo order fails for no reason"
        if self.triggered is not None:
            assert refused, "the order of an algo order did not follow"
            self.triggered = None

    def _place(self, event: e.OrderPlaced) -> None:
        if self.triggered is not None:
            told = self.triggered
            assert (told.order_id, told.account, told.instrument) == (event.order_id, event.account, event.instrument)
            self.triggered = None

    def compare(self, state: State) -> None:
        """Expect the state to be what was told."""
        found = [algo for algo in state.algos.by_id.values() if algo.stage < UNPLACED]
        assert {algo.algo_id: algo.size for algo in found} == self.sizes
        assert {algo.algo_id for algo in found if algo.stage == WAITING} == self.waiting
        for algo in found:
            told = self.details.get(algo.algo_id)
            assert told is None or told == (*algo.sources(), *algo.details()), "details were changed and not told"
            assert all(self.linked[order_id] == algo.algo_id for order_id in algo.linked)
        assert all(algo.stage == LIVE or algo.parent == self.open[algo.algo_id].parent_order_id for algo in found)
