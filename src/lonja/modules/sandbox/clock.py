"""The sandbox's clock: first some minutes of the recent past at the pace of the set-up, then the machine's time.

Why here: the first trades are made in a second but should look as if they took minutes. Invariant: it never runs
backwards while the machine's clock does not.
"""

from lonja.engine.ports import Clock


class SandboxClock:
    """A clock that can be held in the past and let go once."""

    def __init__(self, real: Clock) -> None:
        """Show the time of ``real`` until it is held."""
        self._real = real
        self._held_ms: int | None = None

    def now_ms(self) -> int:
        """Milliseconds since the epoch: where it is held, or the real time."""
        return self._real.now_ms() if self._held_ms is None else self._held_ms

    def real_now_ms(self) -> int:
        """The machine's time, held or not."""
        return self._real.now_ms()

    @property
    def is_held(self) -> bool:
        """Whether it stands still."""
        return self._held_ms is not None

    def hold_at(self, now_ms: int) -> None:
        """Stand still at ``now_ms``, at the latest at the real time; never earlier than it stands already."""
        at_least = now_ms if self._held_ms is None else max(now_ms, self._held_ms)
        self._held_ms = min(at_least, self._real.now_ms())

    def let_go(self) -> None:
        """Show the real time from now on."""
        self._held_ms = None
