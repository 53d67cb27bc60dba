"""Orders that are refused for no reason of their own.

Why here: REST and WebSocket meet where orders are built, and that place asks this one.
"""

from lonja.edge.errors import EdgeError
from lonja.edge.sandbox.fault_codes import struck_refusal
from lonja.modules.sandbox.api import FaultBook, Moment, Point


class RejectedOrders:
    """``OrderFaults`` by the rules of ``book``."""

    def __init__(self, book: FaultBook) -> None:
        """``book`` may be empty, and then refuses nothing."""
        self._book = book

    def refusal_of(self, account: int, operation: str, instrument_id: str) -> EdgeError | None:
        """Why ``operation`` on this instrument is refused now, None when it is not."""
        if not self._book.is_active:
            return None
        strikes = self._book.strike(Moment(Point.ORDER, "", (operation,), account, instrument_id))
        if not strikes:
            return None
        return struck_refusal(strikes[0].rule.code)
