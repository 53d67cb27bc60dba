"""Telling others that something about a user's rights changed.

Why here: the gate keeps answers in memory, and the core keeps holds of its own; both are renewed by what is told here.
Invariant: what is told is durable already.
"""

from collections.abc import Callable

Listener = Callable[[int], None]
"""Takes the number of the user about whom something changed."""


class Listeners:
    """Who wants to know."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> None:
        """Tell ``listener`` from now on; it is called on the thread that made the change."""
        self._listeners.append(listener)

    def tell(self, user_id: int) -> None:
        """Something about ``user_id`` changed."""
        for listener in self._listeners:
            listener(user_id)
