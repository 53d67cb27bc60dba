"""Opens a data folder and starts the engine on what lies in it.

Why here: only ``bootstrap`` may know that the journal is SQLite and the snapshots are files.
Invariant: the folder stays locked from before the journal is read until after it is closed.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lonja.adapters.data_folder import DataFolder
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.engine.limits import EngineLimits
from lonja.engine.observer import EngineObserver
from lonja.engine.ports import Clock, Journal, Snapshots
from lonja.engine.recovery import Progress, recover
from lonja.engine.sequencer import Sequencer, require_asserts
from lonja.primitives.errors import DataCorruptError, DataError


@dataclass(frozen=True, slots=True)
class StoredEngine:
    """A running engine and what it stands on."""

    engine: Sequencer
    folder: DataFolder
    journal: Journal
    snapshots: Snapshots

    async def stop(self) -> None:
        """Stop the engine in order, leave the journal in one file and let go of the folder."""
        try:
            await self.engine.stop()
            await asyncio.to_thread(self._fold_journal)
        finally:
            self.folder.close()

    def _fold_journal(self) -> None:
        """Copy the write-ahead log into the journal's file; while projections read it, nobody could."""
        if self.engine.ended.done() and self.engine.ended.exception() is None:
            with suppress(DataError):
                SqliteJournal(self.folder.journal_path).close()


def open_engine(
    data: Path,
    clock: Clock,
    *,
    limits: EngineLimits | None = None,
    observer: EngineObserver | None = None,
    progress: Progress | None = None,
) -> StoredEngine:
    """Lock ``data`` (made when absent), recover its state, start the engine on the running loop.

    Raises ``DataError`` in its forms, and ``SettingsError`` when Python runs without asserts.
    """
    require_asserts()
    folder = DataFolder(data)
    try:
        _require_journal(folder)
        journal = SqliteJournal(folder.journal_path)
        try:
            snapshots = FileSnapshots(folder.snapshots_path)
            start = recover(journal, snapshots, progress)
        except DataError:
            journal.close()
            raise
    except DataError:
        folder.close()
        raise
    engine = Sequencer(start, journal=journal, clock=clock, snapshots=snapshots, limits=limits, observer=observer)
    return StoredEngine(engine, folder, journal, snapshots)


def _require_journal(folder: DataFolder) -> None:
    """Raise ``DataCorruptError`` when the journal is gone that the snapshots were taken of; none is made in its place."""
    if not folder.journal_path.exists() and any(folder.snapshots_path.iterdir()):
        raise DataCorruptError(
            f"{folder.journal_path} is missing, but there are snapshots: acknowledged commands are missing.",
            "Restore the journal from the same copy as the snapshots.",
        )
