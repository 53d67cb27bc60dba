"""A timer that runs only when asked: at most once per interval, and never while nothing changes.

Why here: market data changes far more often than it may be sent. Time is the event loop's, not the exchange's,
because it paces the network, whatever speed the exchange's clock has.
"""

import asyncio
from collections.abc import Callable


class Pulse:
    """Calls ``action`` at the next multiple of ``interval_s`` after it was requested."""

    def __init__(self, interval_s: float, action: Callable[[], None]) -> None:
        """Belongs to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._interval_s = interval_s
        self._action = action
        self._tick = 0
        """The multiple of the interval that was asked for last."""
        self._handle: asyncio.TimerHandle | None = None

    def request(self) -> None:
        """Have the action run soon; further requests until then change nothing."""
        if self._handle is None:
            # A timer may fire a trifle early, and a moment's quotient be rounded down: no multiple has a second run.
            self._tick = max(int(self._loop.time() // self._interval_s), self._tick) + 1
            self._handle = self._loop.call_at(self._tick * self._interval_s, self._fire)

    def stop(self) -> None:
        """Forget a pending request."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
            self._tick -= 1

    def _fire(self) -> None:
        self._handle = None
        self._action()
