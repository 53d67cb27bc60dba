"""What the engine tells about itself while it works, for metrics.

Why here: the engine knows no metrics library; ``bootstrap`` connects one.
"""

from typing import Protocol


class EngineObserver(Protocol):
    """Called on the engine's thread; must be quick and must not raise."""

    def on_commit(self, command_count: int, seconds: float, waiting: int) -> None:
        """A group commit became durable after ``seconds``; ``waiting`` commands had queued up meanwhile."""

    def on_apply(self, event_count: int, seconds: float) -> None:
        """The commit was applied and published in ``seconds``."""

    def on_refused(self, command_count: int) -> None:
        """Commands were not taken: the queue was full, or the journal slow or not writable."""


class SilentObserver:
    """Listens to nothing."""

    def on_commit(self, command_count: int, seconds: float, waiting: int) -> None:
        """Do nothing."""

    def on_apply(self, event_count: int, seconds: float) -> None:
        """Do nothing."""

    def on_refused(self, command_count: int) -> None:
        """Do nothing."""
