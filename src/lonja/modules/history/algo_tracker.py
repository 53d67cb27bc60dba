"""Customers' algo orders in memory: the open ones and those that ended recently; a part of ``tracker``.

Why in memory: as there. Invariant: equal to the engine's open algo orders after every batch.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lonja.core.algo_events import (
    AlgoActivated,
    AlgoAmended,
    AlgoDetailed,
    AlgoEnded,
    AlgoFollowing,
    AlgoLinked,
    AlgoPlaced,
    AlgoTriggered,
)
from lonja.core.events import Event, Filled
from lonja.core.kinds import AlgoLeg, AlgoState
from lonja.engine.api import EngineViews
from lonja.modules.history.algo_fold import AlgoFold, record_of
from lonja.modules.history.algo_records import AlgoChange, AlgoListener, AlgoRecord, AlgoUpdate
from lonja.modules.history.order_fold import OrderFold

ENDED_KEPT = 5_000


class AlgoTracker:
    """Follows customers' algo orders; ``OrderTracker`` owns one and tells it of events."""

    def __init__(self, views: EngineViews, orders: OrderFold, ended_kept: int = ENDED_KEPT) -> None:
        """Keep the last ``ended_kept`` ended algo orders besides the open ones."""
        self._views = views
        self._orders = orders
        self._fold = AlgoFold(orders)
        self._ended_kept = ended_kept
        self._ended: dict[int, AlgoRecord] = {}
        self._ended_order: deque[int] = deque()
        self._by_client_id: dict[tuple[int, str], int] = {}
        self._by_parent: dict[int, list[int]] = {}
        self._listeners: list[AlgoListener] = []
        self._brought: dict[int, list[AlgoDetailed | AlgoPlaced]] = {}
        self._is_brought: set[int] = set()
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self.table: dict[type[Event], Callable[[Any], None]] = {
            AlgoPlaced: self._on_placed,
            AlgoAmended: self._on_amended,
            AlgoActivated: self._on_activated,
            AlgoFollowing: lambda event: self._tell(self._fold.following(event), AlgoChange.WENT_ON),
            AlgoTriggered: self._on_triggered,
            AlgoEnded: self._on_ended,
            AlgoDetailed: self._fold.detailed,
            AlgoLinked: lambda event: self._tell(self._fold.linked(event), AlgoChange.WENT_ON),
        }
        """What to do with which event."""

    def adopt(self, account: int, stored: dict[int, AlgoRecord], sequence: int) -> None:
        """Take over the open algo orders of an account; ``stored`` adds what the engine forgets."""
        for view in self._views.algos(account):
            instrument_type = self._orders.instruments[view.terms.instrument].instrument_type
            record = self._fold.shown(record_of(view, instrument_type, stored.get(view.algo_id), sequence))
            self._fold.adopt([record])
            self._name(record)

    def add_listener(self, listener: AlgoListener) -> None:
        """Tell ``listener`` of every update from now on."""
        self._listeners.append(listener)

    # --- events

    def expect(self, events: Sequence[Event]) -> None:
        """Find what is attached to new orders, which is told after them, before the events are taken one by one."""
        self._brought, self._is_brought = {}, set()
        for at, event in enumerate(events):
            if type(event) is AlgoPlaced and event.parent_order_id:
                before = events[at - 1]
                with_details = isinstance(before, AlgoDetailed) and before.algo_id == event.algo_id
                brought = self._brought.setdefault(event.parent_order_id, [])
                brought += [before, event] if with_details and isinstance(before, AlgoDetailed) else [event]

    def bring(self, order_id: int) -> None:
        """A new order is about to be told: take in what is attached to it, which is then told with it."""
        for event in self._brought.pop(order_id, ()):
            if isinstance(event, AlgoPlaced):
                self._on_placed(event)
                self._is_brought.add(event.algo_id)
            else:
                self._fold.detailed(event)

    def filled(self, event: Filled) -> None:
        """An order traded, maybe one of an algo order."""
        record = self._fold.filled(event)
        if record is not None and record.leg == AlgoLeg.SLICE:
            self._tell(record, AlgoChange.WENT_ON)

    def _on_placed(self, event: AlgoPlaced) -> None:
        if event.algo_id in self._is_brought:
            return
        record = self._fold.placed(event)
        if record is not None:
            self._name(record)
            self._tell(record, AlgoChange.PLACED)

    def _on_amended(self, event: AlgoAmended) -> None:
        self._tell(self._fold.amended(event), AlgoChange.AMENDED, event.request_id)

    def _on_activated(self, event: AlgoActivated) -> None:
        self._tell(self._fold.activated(event), AlgoChange.PLACED)

    def _on_triggered(self, event: AlgoTriggered) -> None:
        record = self._fold.triggered(event)
        # What places one order ends with it at once, and both are one update.
        if record is not None and event.leg == AlgoLeg.SLICE:
            self._tell(record, AlgoChange.WENT_ON)

    def _on_ended(self, event: AlgoEnded) -> None:
        record = self._fold.ended(event)
        if record is None:
            return
        self._keep_ended(record)
        self._tell(record, AlgoChange.ENDED)

    def _tell(self, record: AlgoRecord | None, change: AlgoChange, request_id: str = "") -> None:
        if record is None or record.waiting:
            return
        for listener in self._listeners:
            if listener.follows(record.account):
                listener.on_algo(AlgoUpdate(record, change, request_id))

    def _name(self, record: AlgoRecord) -> None:
        if record.client_algo_id:
            self._by_client_id[record.account, record.client_algo_id] = record.algo_id
        if record.parent_order_id:
            self._by_parent.setdefault(record.parent_order_id, []).append(record.algo_id)

    def _leave_parent(self, record: AlgoRecord) -> None:
        siblings = self._by_parent.get(record.parent_order_id, [])
        if record.algo_id in siblings:
            siblings.remove(record.algo_id)
            if not siblings:
                del self._by_parent[record.parent_order_id]

    def _keep_ended(self, record: AlgoRecord) -> None:
        self._ended[record.algo_id] = record
        self._ended_order.append(record.algo_id)
        if len(self._ended_order) <= self._ended_kept:
            return
        oldest = self._ended.pop(self._ended_order.popleft())
        self._leave_parent(oldest)
        key = (oldest.account, oldest.client_algo_id)
        if self._by_client_id.get(key) == oldest.algo_id:
            del self._by_client_id[key]

    # --- reads

    def algo(self, algo_id: int) -> AlgoRecord | None:
        """An open or recently ended algo order, or None."""
        return self._fold.open.get(algo_id) or self._ended.get(algo_id)

    def find(self, account: int, client_algo_id: str) -> AlgoRecord | None:
        """The newest open or recently ended algo order of ``account`` with this client id, or None."""
        algo_id = self._by_client_id.get((account, client_algo_id))
        return None if algo_id is None else self.algo(algo_id)

    def open_algos(self, account: int) -> list[AlgoRecord]:
        """Open algo orders of a customer's ``account`` and its pockets, newest first.

        But for those that still wait for their order.
        """
        tracked = self._fold.open
        views = (view for one in self._orders.accounts_of(account) for view in self._views.algos(one))
        found = (tracked.get(algo_id) for algo_id in sorted((view.algo_id for view in views), reverse=True))
        return [record for record in found if record is not None and not record.waiting]

    def attached_to(self, order_id: int) -> list[AlgoRecord]:
        """What waits for the end of an order, oldest first."""
        return [record for record in self.brought_by(order_id) if record.waiting and record.state == AlgoState.LIVE]

    def brought_by(self, order_id: int) -> list[AlgoRecord]:
        """What was attached to an order, oldest first, whatever has become of it since; as far as it is still known."""
        found = (self.algo(algo_id) for algo_id in self._by_parent.get(order_id, ()))
        return [record for record in found if record is not None]


def by_id(records: Iterable[AlgoRecord]) -> dict[int, AlgoRecord]:
    """Records by their ids."""
    return {record.algo_id: record for record in records}
