"""Snapshots in memory: for tests, and for a sandbox that is to leave nothing behind."""

from collections.abc import Iterator

SNAPSHOTS_KEPT = 3


class MemorySnapshots:
    """The newest few snapshots in a dictionary."""

    def __init__(self, kept: int = SNAPSHOTS_KEPT) -> None:
        """Keep the ``kept`` newest."""
        self._kept = kept
        self._states: dict[int, bytes] = {}

    def save(self, next_command: int, state: bytes) -> None:
        """Keep ``state``, forget the oldest beyond the limit."""
        self._states[next_command] = state
        for old in sorted(self._states)[: -self._kept]:
            del self._states[old]

    def load_newest(self) -> Iterator[tuple[int, bytes]]:
        """Snapshots, newest first."""
        for next_command in sorted(self._states, reverse=True):
            yield next_command, self._states[next_command]
