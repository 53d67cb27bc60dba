"""On what terms orders of pockets were placed: their leverage, and the currency that is their margin.

Why here: the engine tells neither with an order, but both follow from what it tells before. Invariant: as in
``order_fold``, of which this is a part.
"""

from lonja.core.events import OrderPlaced, Transferred
from lonja.core.margin_events import OrderReduces
from lonja.modules.history.order_fold import PocketName, TrackedOrder

UNKNOWN = -1


class PocketTerms:
    """Which currency the margin of an order is in: that of a cross pocket, or what came with the order."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self._last: Transferred | None = None
        self.came: Transferred | None = None
        """What came with the order that ``apply`` completed last; None when nothing did."""
        self._reducing: OrderReduces | None = None

    def transferred(self, event: Transferred) -> None:
        """Margin goes into a pocket, maybe with the order that follows at once."""
        self._last = event

    def reduces(self, event: OrderReduces) -> None:
        """The order that follows at once only reduces."""
        self._reducing = event

    def apply(self, order: TrackedOrder, event: OrderPlaced, name: PocketName, leverage: int) -> None:
        """Complete ``order`` of the pocket ``name``, which was placed at a leverage in hundredths."""
        order.leverage = leverage
        reducing, self._reducing = self._reducing, None
        order.reduce_only = int(reducing is not None and reducing.order_id == event.order_id)
        self.came = None if name.currency != UNKNOWN else self._brought(event, event.sequence - 1 - order.reduce_only)
        order.margin_currency = name.currency if self.came is None else self.came.currency

    def _brought(self, event: OrderPlaced, sequence: int) -> Transferred | None:
        """What came right before the order, at ``sequence``; nothing does with one that only closes, or when its owner moves margin."""
        last = self._last
        came = last is not None and last.sequence == sequence and last.to_account == event.account
        # By hand it would have a name.
        return last if last is not None and came and not last.client_transfer_id else None
