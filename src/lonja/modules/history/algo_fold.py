"""Algo orders as the sum of their events, for customers' accounts.

Why here: as ``order_fold``; both the tracker in memory and the projection in SQL use it. Invariant: an algo order is in
``open`` exactly while the engine knows it.
"""

from collections.abc import Iterable
from typing import Final

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
from lonja.core.events import Filled
from lonja.core.kinds import AlgoKind, AlgoLeg, AlgoState, ProfitKind
from lonja.core.views import AlgoView
from lonja.modules.history.algo_records import AlgoRecord
from lonja.modules.history.order_fold import MARGIN, OrderFold

ORDERS_NAMED: Final = 100
"""How many of the orders of an algo order are named, the last ones."""
NO_LEG: Final = -1

_LIVE = int(AlgoState.LIVE)
_PROTECTING: Final = (AlgoKind.CONDITIONAL, AlgoKind.OCO, AlgoKind.MOVE_ORDER_STOP)
"""What only reduces a position in a pair, as in the core."""
_IN_BASE: Final = 1
_IN_QUOTE: Final = 2
"""The side of a position in a pair says in which currency its margin is, as in the core."""
_BY_LEG: Final = {
    int(AlgoLeg.TRIGGER): 6,
    int(AlgoLeg.TAKE_PROFIT): 7,
    int(AlgoLeg.STOP_LOSS): 7,
    int(AlgoLeg.CALLBACK): 25,
    int(AlgoLeg.SLICE): 13,
}
_OF_CHASE: Final = 34
LINKED_PROFIT: Final = 70
"""What placed an order: a take profit that rests, and of which the algo order is the stop loss."""
LONE_PROFIT: Final = 71
"""The same without a stop loss."""
_DETAILS: Final = AlgoRecord._fields[AlgoRecord._fields.index("time_in_force") : -1]
_PLAIN: Final = tuple(AlgoRecord._field_defaults.values())
_SOURCES: Final = ("source", "profit_source", "loss_source")
_FORGOTTEN: Final = (
    *("leg", "triggered_price", "triggered_time_ms", "order_size", "order_count", "orders", "filled", "notional"),
    *("created_time_ms", "linked_order_id"),
)
"""What the engine does not know, or not as it was told."""


def source_of(kind: int, leg: int) -> int:
    """What placed an order, as the wire numbers it."""
    return _OF_CHASE if kind == AlgoKind.CHASE else _BY_LEG[leg]


class AlgoFold:
    """Open algo orders of customers, event by event."""

    def __init__(self, orders: OrderFold) -> None:
        """Know nothing; ``orders`` knows accounts and instruments, and is told where orders come from."""
        self.open: dict[int, AlgoRecord] = {}
        self._orders = orders
        self._children: dict[int, int] = {}
        self._child_of: dict[int, int] = {}
        self._details: dict[int, AlgoDetailed] = {}

    def forget(self) -> None:
        """Drop all."""
        self.open.clear()
        self._children.clear()
        self._child_of.clear()
        self._details.clear()

    def adopt(self, records: Iterable[AlgoRecord]) -> None:
        """Go on with open algo orders."""
        for record in records:
            self.open[record.algo_id] = record
            if record.orders:
                self._expect(record.algo_id, int(record.orders.rsplit(",", 1)[-1]))

    def placed(self, event: AlgoPlaced) -> AlgoRecord | None:
        """The new algo order, or None when it is no customer's."""
        if not self._orders.is_customer(event.account):
            return None
        instrument_type = self._orders.instruments[event.instrument].instrument_type
        names = (event.algo_id, event.account, event.instrument, instrument_type, event.parent_order_id)
        terms = event[6:34]
        waiting = int(event.parent_order_id != 0)
        progress = (_LIVE, 0, 0, waiting, NO_LEG, 0, 0, 0, 0, "", 0, 0)
        made = AlgoRecord._make((*names, *terms, *progress, event.time_ms, event.time_ms, event.sequence, *_PLAIN))
        details = self._details.pop(event.algo_id, None)
        return self._keep(self.shown(made if details is None else _with_details(made, details)))

    def shown(self, record: AlgoRecord) -> AlgoRecord:
        """An algo order of a pocket is shown as its owner's, with the margin mode of the position it is for."""
        name = self._orders.pockets.get(record.account)
        if name is None:
            return record
        reduces = record.reduce_only or int(record.kind in _PROTECTING)
        shown = record._replace(
            account=name.owner, instrument_type=MARGIN, margin_mode=name.margin_mode, reduce_only=reduces
        )
        if name.currency < 0:
            return shown
        is_base = name.currency == self._orders.instruments[name.instrument].base
        return shown._replace(position_side=_IN_BASE if is_base else _IN_QUOTE)

    def detailed(self, event: AlgoDetailed) -> None:
        """What an algo order asks for besides, which is placed or amended at once."""
        found = self.open.get(event.algo_id)
        if found is not None:
            self._keep(_with_details(found, event))
        elif self._orders.is_customer(event.account):
            self._details[event.algo_id] = event

    def linked(self, event: AlgoLinked) -> AlgoRecord | None:
        """A stop loss for which a take profit rests, or None when it is not tracked."""
        found = self.open.get(event.algo_id)
        if found is None:
            return None
        if event.order_id:
            self._orders.expect(event.order_id, event.algo_id, LINKED_PROFIT)
        elif found.linked_order_id not in self._children:
            # It was refused; one that was of an algo order of its own is dropped with that.
            self._orders.expect_no_more(found.linked_order_id)
        return self._keep(found._replace(linked_order_id=event.order_id, sequence=event.sequence))

    def amended(self, event: AlgoAmended) -> AlgoRecord | None:
        """The algo order after a change, or None when it is not tracked."""
        found = self.open.get(event.algo_id)
        if found is None:
            return None
        return self._keep(
            found._replace(
                kind=_kind_after(found, event),
                size=event.size,
                trigger_price=event.trigger_price,
                order_price=event.order_price,
                profit_trigger=event.profit_trigger,
                profit_price=event.profit_price,
                loss_trigger=event.loss_trigger,
                loss_price=event.loss_price,
                callback_ppm=event.callback_ppm,
                callback_ticks=event.callback_ticks,
                activation_price=event.activation_price,
                updated_time_ms=event.time_ms,
                sequence=event.sequence,
            )
        )

    def activated(self, event: AlgoActivated) -> AlgoRecord | None:
        """The algo order once the order it is attached to has ended, or None when it is not tracked."""
        found = self.open.get(event.algo_id)
        if found is None:
            return None
        changed = found._replace(waiting=0, size=event.size, updated_time_ms=event.time_ms, sequence=event.sequence)
        return self._keep(changed)

    def following(self, event: AlgoFollowing) -> AlgoRecord | None:
        """The algo order that begins to follow the price, or None when it is not tracked."""
        found = self.open.get(event.algo_id)
        if found is None:
            return None
        return self._keep(found._replace(updated_time_ms=event.time_ms, sequence=event.sequence))

    def triggered(self, event: AlgoTriggered) -> AlgoRecord | None:
        """The algo order that places an order, or None when it is not tracked."""
        found = self.open.get(event.algo_id)
        if found is None:
            return None
        rests = found.profit_kind == ProfitKind.LIMIT and event.leg == AlgoLeg.TAKE_PROFIT
        source = LONE_PROFIT if rests else source_of(found.kind, event.leg)
        self._orders.expect(event.order_id, event.algo_id, source)
        self._expect(event.algo_id, event.order_id)
        named = [*found.orders.split(","), str(event.order_id)] if found.orders else [str(event.order_id)]
        return self._keep(
            found._replace(
                leg=event.leg,
                triggered_price=event.price,
                triggered_time_ms=event.time_ms,
                order_size=event.size,
                order_count=found.order_count + 1,
                orders=",".join(named[-ORDERS_NAMED:]),
                updated_time_ms=event.time_ms,
                sequence=event.sequence,
            )
        )

    def filled(self, event: Filled) -> AlgoRecord | None:
        """The algo order one of whose orders traded, or None when it is none of theirs."""
        algo_id = self._children.get(event.order_id)
        if algo_id is None:
            return None
        found = self.open[algo_id]
        return self._keep(
            found._replace(
                filled=found.filled + event.size,
                notional=found.notional + event.notional,
                updated_time_ms=event.time_ms,
                sequence=event.sequence,
            )
        )

    def ended(self, event: AlgoEnded) -> AlgoRecord | None:
        """The algo order after its end, or None when it is not tracked."""
        found = self.open.pop(event.algo_id, None)
        if found is None:
            return None
        child = self._child_of.pop(event.algo_id, 0)
        self._children.pop(child, 0)
        named, count = found.orders, found.order_count
        if self._orders.expect_no_more(child):
            # The order was refused: its id is used by nothing.
            named, count = named.rpartition(",")[0], count - 1
        return found._replace(
            state=event.algo_state,
            cause=event.cause,
            rejection=event.rejection,
            orders=named,
            order_count=count,
            updated_time_ms=event.time_ms,
            sequence=event.sequence,
        )

    def _expect(self, algo_id: int, order_id: int) -> None:
        self._children.pop(self._child_of.get(algo_id, 0), 0)
        self._children[order_id] = algo_id
        self._child_of[algo_id] = order_id

    def _keep(self, record: AlgoRecord) -> AlgoRecord:
        self.open[record.algo_id] = record
        return record


def _with_details(record: AlgoRecord, event: AlgoDetailed) -> AlgoRecord:
    """``record`` with what only detailed commands say."""
    return record._replace(**{name: getattr(event, name) for name in (*_DETAILS, *_SOURCES)})


def _kind_after(found: AlgoRecord, event: AlgoAmended) -> int:
    """The kind after an amendment: a leg may have been taken away, or, while it waits, come to it."""
    if found.kind > AlgoKind.OCO:
        return found.kind
    takes = event.profit_trigger or found.profit_ppm or found.profit_kind
    both = takes and (event.loss_trigger or found.loss_ppm)
    if found.waiting or not both:
        return int(AlgoKind.OCO if both else AlgoKind.CONDITIONAL)
    return found.kind


def record_of(view: AlgoView, instrument_type: int, stored: AlgoRecord | None, sequence: int) -> AlgoRecord:
    """An open algo order told by the engine; ``stored`` adds what it placed, which the engine forgets."""
    names = (view.algo_id, view.account, view.terms.instrument, instrument_type, view.parent_order_id)
    terms = view.terms[5:33]
    orders = str(view.child_order_id) if view.child_order_id else ""
    progress = (_LIVE, 0, 0, view.waiting, NO_LEG, 0, 0, 0, int(bool(orders)), orders, view.filled, 0)
    times = (view.created_time_ms, view.updated_time_ms, sequence)
    linked = view.linked_order_ids[-1] if view.linked_order_ids else 0
    made = AlgoRecord._make((*names, *terms, *progress, *times, *view.details, linked))
    if stored is None:
        return made
    return made._replace(**{name: getattr(stored, name) for name in _FORGOTTEN})
