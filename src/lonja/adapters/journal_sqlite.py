"""The durable journal: one SQLite row per group commit, synced before it is acknowledged.

Why here: ``docs/adr/0005-sqlite-journal.md``. Each row carries a checksum over itself and the checksum of the row
before, so a changed, missing or swapped row is found by reading.
Invariant: after ``append`` returns, the row survives the loss of power.
"""

import hashlib
import os
import sqlite3
import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from lonja.adapters.durable_files import sync_folder
from lonja.engine.ports import JournalRow
from lonja.primitives.errors import DataCorruptError, DataError, DataVersionError

APPLICATION_ID = 0x4C4F4E4A
FORMAT = 1
CHECKSUM_BYTES = 16
CHECKPOINT_PAGES = 4_000
"""How large the write-ahead log grows (in pages of 4 KiB) before it is copied into the main file."""

READ_ROWS = 128
"""Rows per read transaction: short ones, because a long one keeps the write-ahead log from being emptied."""

_SCHEMA = """
CREATE TABLE journal (
    first_command INTEGER PRIMARY KEY,
    command_count INTEGER NOT NULL,
    shard INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event_digest BLOB NOT NULL,
    body BLOB NOT NULL,
    checksum BLOB NOT NULL
) STRICT
"""
_INSERT = "INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_PLACE = "SELECT first_command, command_count, checksum FROM journal"
_PAGE = "SELECT * FROM journal WHERE first_command >= ? ORDER BY first_command LIMIT ?"
_NUMBERS = struct.Struct("<qqqqq")
_GENESIS = bytes(CHECKSUM_BYTES)
_CERTAINLY_NOT_KEPT = (
    "SQLITE_FULL",
    "SQLITE_IOERR_WRITE",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_PERM",
    "SQLITE_TOOBIG",
)
"""Errors that come before the last page of a commit is written. Others (a failed sync above all) may come after it,
when the row may yet be there on the next start; those are passed on as they are."""

_T = TypeVar("_T")
_Place = tuple[int, bytes]


class SqliteJournal:
    """A journal in one SQLite file (and its ``-wal`` and ``-shm`` companions)."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        """Open ``path``, creating it unless ``read_only``; look at its last row, which everything new builds on.

        Raises ``DataCorruptError``, ``DataVersionError``, or ``DataError`` when it cannot be opened for writing.
        """
        self._path = path
        self._read_only = read_only
        self._connection = self._guarded(self._open)
        try:
            self._next, self._checksum = self._guarded(self._last)
            self._file = self._guarded(self._file_id)
            for _ in self.rows(self._next - 1) if self._next else ():
                pass
        except DataError:
            self._connection.close()
            raise

    def append(self, row: JournalRow) -> None:
        """Make ``row`` durable. Raises ``DataError`` when it was certainly not kept, ``sqlite3.Error`` when unknown."""
        assert row.command_count > 0, "a row without commands has no number"
        assert row.first_command == self._next, "rows are numbered without a gap"
        self._check_in_place()
        checksum = _checksum(self._checksum, row)
        try:
            self._connection.execute(_INSERT, (*row, checksum))
        except sqlite3.Error as error:
            if self._connection.in_transaction:
                self._connection.rollback()
            if _name(error).startswith(_CERTAINLY_NOT_KEPT):
                raise DataError(f"The journal {self._path} cannot be written ({error}).", _remedy(error)) from error
            raise
        self._next, self._checksum = row.first_command + row.command_count, checksum

    def rows(self, first_command: int = 0) -> Iterator[JournalRow]:
        """Verified rows from ``first_command`` to what is the end now. Raises ``DataCorruptError``."""
        with closing(self._guarded(self._open_reader)) as reader:
            end, _ = self._guarded(lambda: _end(reader))
            number, before = self._guarded(lambda: _start(reader, first_command))
            while number < end:
                for *fields, checksum in self._page(reader, number):
                    row = self._verified(number, before, JournalRow._make(fields), checksum)
                    number += row.command_count
                    before = checksum
                    yield row

    def _verified(self, number: int, before: bytes, row: JournalRow, checksum: bytes) -> JournalRow:
        if row.first_command != number:
            raise _corrupt(self._path, number, "is missing")
        try:
            is_sound = row.command_count > 0 and _checksum(before, row) == checksum
        except (struct.error, TypeError):  # a cut file gives NULL for what is lost
            is_sound = False
        if not is_sound:
            raise _corrupt(self._path, number, "is damaged")
        return row

    def _page(self, reader: sqlite3.Connection, number: int) -> list[tuple[Any, ...]]:
        found = self._guarded(lambda: reader.execute(_PAGE, (number, READ_ROWS)).fetchall())
        if not found:
            raise _corrupt(self._path, number, "is missing")
        return found

    def next_command(self) -> int:
        """Number the next row must start with, read anew from the file."""
        self._next, self._checksum = self._guarded(self._last)
        return self._next

    def close(self) -> None:
        """Release the files. The last one to close copies the write-ahead log into the main file."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._read_only:
            connection = self._open_reader()
        else:
            if not self._path.exists():
                _create(self._path)
            connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self._check_format(connection)
        return connection

    def _open_reader(self) -> sqlite3.Connection:
        uri = f"{self._path.resolve().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    def _check_format(self, connection: sqlite3.Connection) -> None:
        if _pragma(connection, "application_id") != APPLICATION_ID:
            raise DataCorruptError(f"{self._path} is not a journal.", "Name another data folder.")
        if (found := _pragma(connection, "user_version")) != FORMAT:
            raise DataVersionError(
                f"The journal {self._path} has format {found}, this program reads {FORMAT}.",
                "Use the version of lonja that wrote it.",
            )

    def _check_in_place(self) -> None:
        """Raise ``DataError`` when the file lies no longer where the next start looks for it."""
        try:
            is_in_place = self._file_id() == self._file
        except OSError:
            is_in_place = False
        if not is_in_place:
            raise DataError(
                f"The journal {self._path} was removed or replaced.",
                "Stop lonja, put its data folder back or restore it from a copy, and start again.",
            )

    def _file_id(self) -> tuple[int, int]:
        found = os.stat(self._path)  # noqa: PTH116  pathlib makes an object for each call, on the way of every commit
        return found.st_dev, found.st_ino

    def _last(self) -> _Place:
        return _end(self._connection)

    def _guarded(self, read: Callable[[], _T]) -> _T:
        """The result of ``read``, its SQLite errors told in our words."""
        try:
            return read()
        except (sqlite3.Error, OSError) as error:
            if type(error) is sqlite3.DatabaseError or _name(error).startswith("SQLITE_IOERR_SHORT_READ"):
                raise DataCorruptError(
                    f"The journal {self._path} is damaged ({error}).", "Restore the data folder from a copy."
                ) from error
            raise DataError(f"The journal {self._path} cannot be used ({error}).", _remedy(error)) from error


def _create(path: Path) -> None:
    """Make an empty journal under another name first, so that a kill leaves none or a whole one."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript(
            f"BEGIN; {_SCHEMA}; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
        )
    unfinished.rename(path)
    sync_folder(path.parent)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _end(connection: sqlite3.Connection) -> _Place:
    """The number after the last row, and the checksum of that row."""
    return _place_after(connection.execute(f"{_PLACE} ORDER BY first_command DESC LIMIT 1").fetchone())


def _start(connection: sqlite3.Connection, first_command: int) -> _Place:
    """The number of the row that holds ``first_command``, and the checksum of the row before it."""
    query = f"{_PLACE} WHERE first_command <= ? ORDER BY first_command DESC LIMIT 2"
    found = [*connection.execute(query, (first_command,)).fetchall(), None]
    after = _place_after(found[0])
    return after if after[0] <= first_command else _place_after(found[1])


def _place_after(found: tuple[Any, ...] | None) -> _Place:
    """SQLite gives NULL for what a cut file has lost, so the types are looked at."""
    if found is None:
        return 0, _GENESIS
    first_command, command_count, checksum = found
    if not (isinstance(first_command, int) and isinstance(command_count, int) and isinstance(checksum, bytes)):
        raise sqlite3.DatabaseError("it has a row without its numbers")
    return first_command + command_count, checksum


def _checksum(before: bytes, row: JournalRow) -> bytes:
    digest = hashlib.blake2b(before, digest_size=CHECKSUM_BYTES)
    digest.update(_NUMBERS.pack(row.first_command, row.command_count, row.shard, row.epoch, row.time_ms))
    digest.update(row.event_digest)
    digest.update(row.body)
    return digest.digest()


def _corrupt(path: Path, first_command: int, what: str) -> DataCorruptError:
    return DataCorruptError(
        f"In the journal {path} the row that starts with command {first_command} {what}.",
        "Restore the data folder from a copy; all commands before it are intact.",
    )


def _name(error: Exception) -> str:
    return str(getattr(error, "sqlite_errorname", ""))


def _remedy(error: Exception) -> str:
    name = _name(error)
    if name == "SQLITE_FULL":
        return "Free some space on its disk."
    if name.startswith("SQLITE_IOERR"):
        return "Free some space on its disk, or change a disk that fails."
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or isinstance(error, PermissionError):
        return "Check that the data folder and its files exist and that you may write them."
    return ""
