"""Opens the projections of a data folder, able to read again from the journal what they missed.

Why here: only ``bootstrap`` may know that both are SQLite files in one folder.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError

from lonja.adapters.data_folder import JOURNAL_NAME, SNAPSHOTS_NAME
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.engine.api import EventBatch
from lonja.engine.recovery import event_batches
from lonja.modules.history.api import History
from lonja.primitives.errors import DataError

PROJECTIONS_NAME = "projections.sqlite"

_log = structlog.get_logger("lonja.projections")


class EventRecords(Protocol):
    """What a module remembers of events, beside the history of customers."""

    last_sequence: int

    def begin_at(self, sequence: int) -> None:
        """Nothing of interest happened up to ``sequence``."""

    def start_over(self) -> None:
        """Forget everything (blocking)."""

    def catch_up(self, batches: Iterable[EventBatch]) -> None:
        """Take what was missed, and keep it (blocking)."""


def event_source(data: Path) -> Callable[[int], Iterator[EventBatch]]:
    """Reads the events later than a sequence from the journal in ``data``, on a connection of its own."""

    def read(after_sequence: int) -> Iterator[EventBatch]:
        with closing(SqliteJournal(data / JOURNAL_NAME, read_only=True)) as journal:
            yield from event_batches(journal, FileSnapshots(data / SNAPSHOTS_NAME), after_sequence)

    return read


def bring_up(records: EventRecords, name: str, data: Path, last_sequence: int, *, has_begun: bool) -> None:
    """Bring ``records`` up to the engine's ``last_sequence``: anew when they are of another history (blocking).

    ``has_begun`` says whether anything that they remember can have happened; ``name`` is what the log calls them.
    """
    if records.last_sequence > last_sequence:
        _log.warning("records are of another history and are made anew from the journal", of=name)
        records.start_over()
    if not has_begun:
        records.begin_at(last_sequence)
    elif records.last_sequence < last_sequence:
        records.catch_up(event_source(data)(records.last_sequence))


def open_history(data: Path, last_sequence: int | None = None) -> History:
    """The projections of ``data``, brought up to the engine's ``last_sequence`` when that is given (blocking).

    Raises ``DataError`` when they cannot be used.
    """
    path = data / PROJECTIONS_NAME
    with _in_our_words(path):
        history = History(f"sqlite:///{path.resolve()}", event_source(data))
        if last_sequence is not None:
            history.catch_up(last_sequence)
    return history


def rebuild_history(data: Path, show: Callable[[EventBatch], None]) -> int:
    """Make the projections of ``data`` again; ``show`` hears of each batch. The last event; raises ``DataError``."""
    with _in_our_words(data / PROJECTIONS_NAME), closing(open_history(data)) as history:
        history.rebuild(show)
        return history.last_sequence()


@contextmanager
def _in_our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(error).split("\n", 1)[0]
        remedy = "Delete that file: it is made anew from the journal."
        if "disk is full" in reason or "disk I/O error" in reason:
            remedy = "Free some space on its disk, or change a disk that fails."
        raise DataError(f"The projections {path} cannot be used: {reason}.", remedy) from error
