"""Appends rows in a thread of their own, and settles the doubt when it is unknown whether a row was kept.

Why here: a failed sync does not say whether the row will be there after a crash. Telling its senders "not taken" could
turn out a lie, so the same row is written again until it is certainly kept.
Invariant: a row is reported kept only when it is, and not kept only when nobody will ever see it.
"""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue

import structlog

from lonja.engine.ports import Journal, JournalRow
from lonja.primitives.errors import DataError, EngineOutcomeUnknownError

_log = structlog.get_logger("lonja.engine")

Done = Callable[[Exception | None], None]
"""Called on the loop for each row: None when it is kept; ``DataError`` when it is not; ``EngineOutcomeUnknownError``
when the writer was closed in doubt; anything else when the journal is not what it should be."""


class JournalWriter:
    """The one who writes to the journal.

    A daemon thread, not an executor: an executor's thread would keep the process from ending while the disk hangs.
    """

    def __init__(self, journal: Journal, retry_seconds: float, on_done: Done) -> None:
        """Answer on the running loop."""
        self.in_doubt = False
        self._journal = journal
        self._retry_seconds = retry_seconds
        self._on_done = on_done
        self._loop = asyncio.get_running_loop()
        self._closing = threading.Event()
        self._rows: SimpleQueue[JournalRow | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def write(self, row: JournalRow) -> None:
        """Begin to write ``row``."""
        self._rows.put(row)

    def close(self) -> None:
        """Give up settling and let the thread end after what it is doing."""
        self._closing.set()
        self._rows.put(None)

    def join(self, seconds: float) -> bool:
        """Wait until the thread has ended; whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (row := self._rows.get()) is not None:
            error = self._write(row)
            try:
                self._loop.call_soon_threadsafe(self._on_done, error)
            except RuntimeError:  # the loop was closed: nobody is left to be told
                return

    def _write(self, row: JournalRow) -> Exception | None:
        try:
            self._journal.append(row)
        except (DataError, AssertionError) as error:
            return error
        except Exception as error:  # noqa: BLE001  a port may raise anything; all of it means doubt
            _log.exception("it is unknown whether a journal row was kept", first_command=row.first_command)
            return self._settle(row, error)
        return None

    def _settle(self, row: JournalRow, cause: Exception) -> Exception | None:
        self.in_doubt = True
        while True:
            try:
                if self._is_kept(row):
                    break
            except AssertionError as error:
                return error
            if self._closing.wait(self._retry_seconds):
                return EngineOutcomeUnknownError(f"The disk does not say whether the last commands are kept ({cause}).")
        self.in_doubt = False
        _log.warning("the journal row is kept after all", first_command=row.first_command)
        return None

    def _is_kept(self, row: JournalRow) -> bool:
        """Look whether ``row`` is there, else try once more to write it."""
        try:
            found = self._journal.next_command()
            if found == row.first_command:
                self._journal.append(row)
                return True
        except AssertionError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, the doubt remains
            _log.warning("the journal row is still in doubt", first_command=row.first_command, error=str(error))
            return False
        assert found == row.first_command + row.command_count, "someone else wrote to the journal"
        return True
