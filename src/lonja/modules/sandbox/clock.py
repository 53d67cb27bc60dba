"""The sandbox's clock: the machine's time, or another one at any speed.

Why here: a bot's month passes in an hour, a test stands still, and the first trades are made in a second but look as
if they took minutes. Invariant: it never runs backwards while the machine's clock does not.
"""

import re

from lonja.engine.ports import Clock

SPEED_SCALE = 1_000_000
"""Speeds are counted in millionths."""
REAL_SPEED = SPEED_SCALE
SPEED_MAX = 100_000 * SPEED_SCALE
EARLIEST_MS = 1_483_315_200_000
"""2017-01-02: order ids count from the day before."""
END_MS = 2_524_608_000_000
"""2050-01-01: order ids stay 19 digits long that far. The clock stops there."""
_SPEED = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?", re.ASCII)


def speed_of(text: str) -> int | None:
    """``text`` such as 0, 60 or 0.5 in millionths; None when it is no speed from 0 to 100,000."""
    match = _SPEED.fullmatch(text)
    if match is None:
        return None
    speed = int(match[1]) * SPEED_SCALE + int((match[2] or "").ljust(6, "0"))
    return speed if speed <= SPEED_MAX else None


def speed_text(speed: int) -> str:
    """``speed`` in millionths as people write it."""
    whole, fraction = divmod(speed, SPEED_SCALE)
    return f"{whole}.{fraction:06}".rstrip("0").rstrip(".")


class SandboxClock:
    """A clock that follows the machine's until it is given a time or a speed of its own."""

    def __init__(self, real: Clock, steady: Clock | None = None) -> None:
        """Show the time of ``real``. ``steady`` (``real`` when not given) measures how much time passed otherwise."""
        self._real = real
        self._steady = steady or real
        self._speed = REAL_SPEED
        self._follows = True
        self._since_ms = 0
        self._steady_since_ms = 0
        self._held_ms: int | None = None

    def now_ms(self) -> int:
        """Milliseconds since the epoch: where it is held, or ``free_now_ms``."""
        return self.free_now_ms() if self._held_ms is None else self._held_ms

    def free_now_ms(self) -> int:
        """What it shows when it is not held."""
        if self._follows:
            return self._real.now_ms()
        passed_ms = (self._steady.now_ms() - self._steady_since_ms) * self._speed // SPEED_SCALE
        return min(END_MS, self._since_ms + passed_ms)

    def real_now_ms(self) -> int:
        """The machine's time."""
        return self._real.now_ms()

    @property
    def speed(self) -> int:
        """Exchange time that passes while one unit of real time does, in millionths."""
        return self._speed

    @property
    def follows_machine(self) -> bool:
        """Whether it shows the machine's time."""
        return self._follows

    def start(self, speed: int, start_ms: int | None, last_ms: int) -> None:
        """Begin a process on an exchange whose last command was at ``last_ms``, 0 when there is none.

        At real speed and without ``start_ms`` it follows the machine. Otherwise it starts at ``start_ms``, or where the
        exchange stood, or at the machine's time. It never starts before ``last_ms``.
        """
        real_ms = self._real.now_ms()
        if start_ms is None and speed == REAL_SPEED and real_ms >= last_ms:
            return
        wanted_ms = start_ms if start_ms is not None else last_ms or real_ms
        self._run_from(max(wanted_ms, last_ms), speed)

    def set_speed(self, speed: int) -> None:
        """Go on from now at ``speed`` millionths; 0 freezes. A clock that follows the machine's has real speed already."""
        if self._follows and speed == REAL_SPEED:
            return
        self._run_from(self.free_now_ms(), speed)

    def move_to(self, time_ms: int) -> None:
        """Jump to ``time_ms``, never backwards, and go on at the same speed."""
        self._run_from(max(time_ms, self.free_now_ms()), self._speed)

    def move_to_at_least(self, time_ms: int) -> None:
        """Jump to ``time_ms`` if that lies ahead."""
        if self.free_now_ms() < time_ms:
            self.move_to(time_ms)

    def _run_from(self, time_ms: int, speed: int) -> None:
        self._since_ms, self._steady_since_ms = time_ms, self._steady.now_ms()
        self._speed, self._follows = speed, False

    # -- Held while the first trades are made

    @property
    def is_held(self) -> bool:
        """Whether it stands still for the warm-up."""
        return self._held_ms is not None

    def hold_at(self, now_ms: int) -> None:
        """Stand still at ``now_ms``, at the latest at ``free_now_ms``; never earlier than it stands already."""
        at_least = now_ms if self._held_ms is None else max(now_ms, self._held_ms)
        self._held_ms = min(at_least, self.free_now_ms())

    def let_go(self) -> None:
        """Be held no longer."""
        self._held_ms = None
