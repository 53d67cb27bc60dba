"""Positions in pairs in memory: how they came about, which the engine's pockets do not tell.

Why in memory: it belongs to every row of such a position, and private pushes need it at every event. Invariant: known of
every position of a customer that is held, and of those that ended since the start.
"""

from collections.abc import Callable, Iterable
from typing import Any

from lonja.core.collateral_events import CollateralTaken, DebtCovered
from lonja.core.events import Event, Filled, OrderAmended, OrderCanceled, OrderPlaced, Transferred
from lonja.core.margin_events import PocketLeverageSet, PocketTakenOver
from lonja.engine.api import EngineViews
from lonja.modules.history.order_fold import OrderFold
from lonja.modules.history.pocket_fold import LEVERAGE_LEAST, Change, Pair, PocketFold
from lonja.modules.history.position_fold import PositionRecord
from lonja.modules.history.waiting_margin import WaitingMargin


class PairTracker:
    """Follows customers' pockets; ``OrderTracker`` owns one and tells it of events."""

    def __init__(self, views: EngineViews, orders: OrderFold) -> None:
        """Know nothing; ``orders`` knows pockets and instruments."""
        self._views = views
        self._orders = orders
        self._fold = PocketFold()
        self._last: dict[int, PositionRecord] = {}
        self._scales: list[int] = []
        # Any: each function takes its own kind of event; the table guarantees that it gets that kind.
        self.table: dict[type[Event], Callable[[Any], None]] = {
            DebtCovered: self._on_covered,
            PocketLeverageSet: lambda event: self._keep(self._fold.leverage_set(event)),
        }
        """What to do with which event; of trades ``filled`` is told, of liquidations ``taken``, of money ``transferred``."""

    def prime(self, stored: Iterable[PositionRecord], margins: Iterable[WaitingMargin] = ()) -> None:
        """Take over what was ``stored`` of the positions that are held and of ``margins`` that wait, before the first batch."""
        for margin in margins:
            self._fold.margins.adopt(margin)
        for record in stored:
            if record.pocket >= 0:
                self._fold.adopt(record)
                self._last[record.pocket] = record

    def life(self, pocket: int) -> PositionRecord | None:
        """The position in a pocket, or the last one that was; None when there was none since the start."""
        return self._last.get(pocket)

    def placed(self, event: OrderPlaced, came: Transferred) -> None:
        """An order of a pocket brought its margin."""
        self._fold.margins.placed(event, came)

    def changed(self, event: OrderAmended | OrderCanceled) -> None:
        """An order was changed or ended, maybe one that brought its margin."""
        if isinstance(event, OrderAmended):
            self._fold.margins.amended(event)
        else:
            self._fold.margins.canceled(event)

    def filled(self, event: Filled) -> None:
        """An order traded, maybe one of a pocket."""
        name = self._orders.pockets.get(event.account)
        if name is not None:
            # Leverage is told by the engine.
            self._keep(self._fold.filled(event, name, self._pair(name.instrument), LEVERAGE_LEAST))

    def taken(self, event: CollateralTaken | PocketTakenOver) -> Change | None:
        """A liquidation, maybe of a pocket: the life before and after."""
        pocket = event.pocket if isinstance(event, PocketTakenOver) else event.account
        name = self._orders.pockets.get(pocket)
        if name is None:
            return None
        pair = self._pair(name.instrument)
        if isinstance(event, PocketTakenOver):
            change = self._fold.taken_over(event, pair)
        else:
            change = self._fold.taken(event, pair)
        self._keep([] if change is None else [change[1]])
        return change

    def _on_covered(self, event: DebtCovered) -> None:
        name = self._orders.pockets.get(event.account)
        if name is not None:
            self._keep(self._fold.covered(event, self._pair(name.instrument)))

    def transferred(self, event: Transferred) -> None:
        """Money moved, maybe into a pocket or out of it."""
        for account in (event.account, event.to_account):
            if account in self._orders.pockets:
                self._keep(self._fold.emptied(event, account))

    def _keep(self, changed: list[PositionRecord]) -> None:
        for record in changed:
            self._last[record.pocket] = record

    def _pair(self, instrument: int) -> Pair:
        facts = self._orders.instruments[instrument]
        if max(facts.base, facts.quote) >= len(self._scales):
            self._scales = [view.scale for view in self._views.currencies()]
        return Pair(facts, self._scales[facts.base], self._scales[facts.quote])
