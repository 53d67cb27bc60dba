"""Opens the projections of a data folder, able to read again from the journal what they missed.

Why here: only ``bootstrap`` may know that both are SQLite files in one folder.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from lonja.adapters.data_folder import JOURNAL_NAME, SNAPSHOTS_NAME
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.engine.api import EventBatch
from lonja.engine.recovery import event_batches
from lonja.modules.history.api import History
from lonja.primitives.errors import DataError

PROJECTIONS_NAME = "projections.sqlite"


def event_source(data: Path) -> Callable[[int], Iterator[EventBatch]]:
    """Reads the events later than a sequence from the journal in ``data``, on a connection of its own."""

    def read(after_sequence: int) -> Iterator[EventBatch]:
        with closing(SqliteJournal(data / JOURNAL_NAME, read_only=True)) as journal:
            yield from event_batches(journal, FileSnapshots(data / SNAPSHOTS_NAME), after_sequence)

    return read


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
