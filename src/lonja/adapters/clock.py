"""Clocks: the machine's own, and one that is moved by hand.

Why here: time is a port, so that tests, and later a sandbox at another speed, decide what time it is.
"""

import time


class SystemClock:
    """The machine's wall clock."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch; jumps when the machine's clock is set."""
        return time.time_ns() // 1_000_000


class SteadyClock:
    """Measures how much time passes, whatever becomes of the machine's date; asleep, the machine ages not at all."""

    def now_ms(self) -> int:
        """Milliseconds since an unknown moment; never runs back."""
        return time.monotonic_ns() // 1_000_000


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now_ms: int) -> None:
        """Start at ``now_ms``."""
        self._now_ms = now_ms

    def now_ms(self) -> int:
        """Milliseconds since the epoch, as last set."""
        return self._now_ms

    def set_ms(self, now_ms: int) -> None:
        """Jump to ``now_ms``, forwards or backwards."""
        self._now_ms = now_ms

    def advance_ms(self, milliseconds: int) -> None:
        """Move on by ``milliseconds``."""
        self._now_ms += milliseconds
