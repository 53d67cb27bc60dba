"""Margin that came into pockets with orders, as far as these have not traded: it pays no debt, and may go back.

Why here: whether a position is over depends on what the pocket has without it, as in the core. The engine does not tell
it, but it follows from what it tells of orders and transfers. Invariant: known of open orders alone.
"""

from typing import NamedTuple

from lonja.core.events import Filled, OrderAmended, OrderCanceled, OrderPlaced, Transferred
from lonja.core.kinds import OrderState, OrderType

_MARKET = int(OrderType.MARKET)
_PARTIALLY_FILLED = int(OrderState.PARTIALLY_FILLED)


class WaitingMargin(NamedTuple):
    """What an order of ``lots`` brought of a currency, how many of its lots traded, and what went back since."""

    order_id: int
    pocket: int
    currency: int
    amount: int
    lots: int
    traded: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """What still waits, in smallest units."""
        waits = max(self.lots - self.traded, 0)
        return max(self.amount * waits // self.lots - self.returned, 0)


class WaitingMargins:
    """What waits, event by event."""

    def __init__(self) -> None:
        """Know nothing."""
        self._of_order: dict[int, WaitingMargin] = {}
        self._orders: dict[int, set[int]] = {}
        self._changed: set[int] = set()

    def adopt(self, margin: WaitingMargin) -> None:
        """Go on with what is stored."""
        self._of_order[margin.order_id] = margin
        self._orders.setdefault(margin.pocket, set()).add(margin.order_id)

    def placed(self, event: OrderPlaced, came: Transferred) -> None:
        """An order came with margin; what a market order brings is not kept apart."""
        if event.order_type != _MARKET:
            self._put(WaitingMargin(event.order_id, event.account, came.currency, came.amount, event.size))

    def filled(self, event: Filled) -> None:
        """An order traded, maybe one that brought something."""
        known = self._of_order.get(event.order_id)
        if known is not None and event.order_state > _PARTIALLY_FILLED:
            self._drop(event.order_id)
        elif known is not None:
            self._put(known._replace(traded=event.order_filled))

    def amended(self, event: OrderAmended) -> None:
        """An order was made smaller: its part of what came goes back."""
        known = self._of_order.get(event.order_id)
        if known is not None:
            due = known.amount * max(known.lots - event.new_size, 0) // known.lots
            self._put(known._replace(returned=max(known.returned, due)))

    def canceled(self, event: OrderCanceled) -> None:
        """An order ended: what it has not used goes back, and what cannot is the pocket's."""
        if event.order_id in self._of_order:
            self._drop(event.order_id)

    def of(self, pocket: int, currency: int) -> int:
        """What waits in a pocket of a currency."""
        waiting = (self._of_order[order_id] for order_id in self._orders.get(pocket, ()))
        return sum(margin.left for margin in waiting if margin.currency == currency)

    def _put(self, margin: WaitingMargin) -> None:
        self.adopt(margin)
        self._changed.add(margin.order_id)

    def _drop(self, order_id: int) -> None:
        margin = self._of_order.pop(order_id)
        self._orders[margin.pocket].remove(order_id)
        self._changed.add(order_id)

    def take_changed(self) -> tuple[list[WaitingMargin], list[int]]:
        """What changed since the last time, and the orders of which nothing waits any more."""
        known = self._of_order
        changed = sorted(self._changed)
        self._changed.clear()
        return [known[order_id] for order_id in changed if order_id in known], [
            order_id for order_id in changed if order_id not in known
        ]
