"""What all attackers have in common: they go on until the time is over, and complain of what is not documented."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

COMPLAINTS_MAX: Final = 20


class ComplaintError(Exception):
    """The exchange answered, or kept silent, in a way that is not documented."""


class Attack:
    """Rounds of one attacker in a thread of its own, each drawn from the seed and its number."""

    def __init__(self, name: str, seed: int, one_round: Callable[[random.Random, Counter[str]], None]) -> None:
        self.name = name
        self.counted: Counter[str] = Counter()
        self.complaints: list[str] = []
        self._seed = seed
        self._one_round = one_round
        self._thread = threading.Thread(target=self._run, name=name)
        self._ends = 0.0

    def start(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        number = 0
        while time.monotonic() < self._ends and len(self.complaints) < COMPLAINTS_MAX:
            try:
                self._one_round(random.Random(f"{self._seed} {self.name} {number}"), self.counted)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is told, and the attack goes on
                self.complaints.append(f"{self.name}, seed {self._seed}, round {number}: {error!r}")
            number += 1
        self.counted["rounds"] += number
