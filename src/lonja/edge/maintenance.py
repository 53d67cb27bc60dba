"""Announced maintenance: what clients are told before the house closes.

Why here: REST lists it, the status channel pushes it, and both must say the same. Invariant: the latest announcement
comes last.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple


class MaintenanceState(Enum):
    """How far a maintenance is; the values are the wire's."""

    SCHEDULED = "scheduled"
    ONGOING = "ongoing"
    COMPLETED = "completed"
    CANCELED = "canceled"


class Maintenance(NamedTuple):
    """One maintenance of all services. Times are ms; ``end_ms`` is None while nobody knows."""

    title: str
    state: MaintenanceState
    begin_ms: int
    end_ms: int | None
    changed_ms: int


class MaintenanceBoard:
    """What was announced, and who wants to hear of it. Belongs to the engine's event loop."""

    def __init__(self) -> None:
        """Nothing was announced."""
        self._announced: list[Maintenance] = []
        self._listeners: list[Callable[[Maintenance], None]] = []

    def announce(self, maintenance: Maintenance) -> None:
        """Tell everybody; one with the same title and begin replaces its former state."""
        key = (maintenance.title, maintenance.begin_ms)
        self._announced = [old for old in self._announced if (old.title, old.begin_ms) != key]
        self._announced.append(maintenance)
        for listener in self._listeners:
            listener(maintenance)

    def add_listener(self, listener: Callable[[Maintenance], None]) -> None:
        """Call ``listener`` with every announcement from now on."""
        self._listeners.append(listener)

    def announced(self) -> list[Maintenance]:
        """Everything announced, latest change last."""
        return list(self._announced)
