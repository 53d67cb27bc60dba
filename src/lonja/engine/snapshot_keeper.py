"""Decides when the state is saved, and saves it without holding up the commands.

Why here: dumping must happen between two batches, on the engine's thread; writing may take its time in another.
Invariant: at most one snapshot is being written, and a failed one harms nothing, since the journal has it all.
"""

import threading
import time
from collections.abc import Callable

import structlog

from lonja.engine.limits import EngineLimits
from lonja.engine.ports import Snapshots

_log = structlog.get_logger("lonja.engine")

Pack = Callable[[], bytes]
"""Makes a snapshot of the present state."""


class SnapshotKeeper:
    """Counts commands and saves the state after every so many, the more seldom the longer it takes."""

    def __init__(self, snapshots: Snapshots, limits: EngineLimits, commands_since: int) -> None:
        """``commands_since`` have passed since the last snapshot."""
        self._snapshots = snapshots
        self._limits = limits
        self._commands_since = commands_since
        self._rest_until = 0.0
        self._thread: threading.Thread | None = None

    def count(self, command_count: int, next_command: int, pack: Pack) -> None:
        """``command_count`` more commands were applied, the last before ``next_command``: save when it is time."""
        self._commands_since += command_count
        if self._commands_since >= self._limits.snapshot_commands and time.monotonic() >= self._rest_until:
            is_writing = self._thread is not None and self._thread.is_alive()
            if not is_writing:
                self._start(next_command, pack)

    def finish(self, next_command: int, pack: Pack) -> None:
        """Save what came since the last snapshot."""
        if self._commands_since:
            self._start(next_command, pack)

    def join(self, seconds: float) -> None:
        """Wait for the disk."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _start(self, next_command: int, pack: Pack) -> None:
        self._commands_since = 0
        begun = time.monotonic()
        try:
            data = pack()
        except Exception:  # noqa: BLE001  dumping changes nothing, so trading can go on without a snapshot
            _log.exception("the state cannot be dumped; the journal has everything", next_command=next_command)
            return
        seconds = time.monotonic() - begun
        self._rest_until = begun + seconds / self._limits.snapshot_share
        _log.info("state dumped", next_command=next_command, size=len(data), seconds=round(seconds, 4))
        self._thread = threading.Thread(
            target=self._save, args=(self._thread, next_command, data), name="snapshot", daemon=True
        )
        self._thread.start()

    def _save(self, earlier: threading.Thread | None, next_command: int, data: bytes) -> None:
        if earlier is not None:
            earlier.join()
        try:
            self._snapshots.save(next_command, data)
        except Exception:  # noqa: BLE001  whatever it is, trading can go on without a snapshot
            _log.exception("the snapshot was not saved; the journal has everything", next_command=next_command)
