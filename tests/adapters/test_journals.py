"""Every journal keeps the promises of ``engine.ports.Journal``; the SQLite one also when its disk or file fails."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lonja.adapters.journal_memory import MemoryJournal
from lonja.adapters.journal_sqlite import READ_ROWS, SqliteJournal
from lonja.engine.ports import Journal, JournalRow
from lonja.primitives.errors import DataCorruptError, DataError, DataVersionError

BIG = 2**62


def row(first: int, count: int = 1, *, body: bytes = b"", shard: int = 0, epoch: int = 1) -> JournalRow:
    return JournalRow(
        first, count, shard, epoch, 1_700_000_000_000 + first, bytes([first % 256]) * 16, body or b"x" * 8
    )


def rows_in_a_row(count: int, first: int = 0) -> list[JournalRow]:
    return [row(first + 2 * i, 2, body=f"body {i}".encode()) for i in range(count)]


class JournalContract:
    """What every journal does; subclasses say which one."""

    @pytest.fixture
    def journal(self) -> Iterator[Journal]:
        raise NotImplementedError

    def test_is_empty_at_first(self, journal: Journal):
        assert journal.next_command() == 0
        assert list(journal.rows()) == []

    def test_gives_back_what_was_appended(self, journal: Journal):
        kept = [row(0, 3), row(3, 1, body=bytes(range(256)), shard=7, epoch=9), row(4, BIG, body=b"\0")]
        for each in kept:
            journal.append(each)
        assert list(journal.rows()) == kept
        assert journal.next_command() == 4 + BIG

    def test_reads_from_the_row_that_holds_a_command(self, journal: Journal):
        kept = rows_in_a_row(4)
        for each in kept:
            journal.append(each)
        assert list(journal.rows(0)) == kept
        assert list(journal.rows(1)) == kept
        assert list(journal.rows(2)) == kept[1:]
        assert list(journal.rows(7)) == kept[3:]
        assert list(journal.rows(8)) == []
        assert list(journal.rows(99)) == []

    def test_reads_many_rows(self, journal: Journal):
        kept = rows_in_a_row(3 * READ_ROWS + 1)
        for each in kept:
            journal.append(each)
        assert list(journal.rows()) == kept

    def test_reading_ends_where_the_journal_ended_at_its_start(self, journal: Journal):
        journal.append(row(0))
        reading = journal.rows()
        assert next(reading) == row(0)
        journal.append(row(1))
        assert list(reading) == []

    def test_refuses_a_gap_and_a_row_without_commands(self, journal: Journal):
        journal.append(row(0, 2))
        for wrong in (row(3), row(1), row(0), row(2, 0)):
            with pytest.raises(AssertionError):
                journal.append(wrong)
        journal.append(row(2))


class TestMemoryJournal(JournalContract):
    @pytest.fixture
    def journal(self) -> Journal:
        return MemoryJournal()

    def test_refuses_rows_after_closing(self):
        journal = MemoryJournal()
        journal.close()
        with pytest.raises(AssertionError):
            journal.append(row(0))


class TestSqliteJournal(JournalContract):
    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[Journal]:
        journal = SqliteJournal(tmp_path / "journal.sqlite")
        yield journal
        journal.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal with four rows."""
    path = tmp_path / "journal.sqlite"
    journal = SqliteJournal(path)
    for each in rows_in_a_row(4):
        journal.append(each)
    journal.close()
    return path


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def read_all(path: Path) -> list[JournalRow]:
    journal = SqliteJournal(path, read_only=True)
    try:
        return list(journal.rows())
    finally:
        journal.close()


def test_syncs_every_commit(path: Path):
    journal = SqliteJournal(path)
    settings = {
        name: journal._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")
    }
    journal.close()
    assert settings == {"synchronous": 2, "journal_mode": "wal"}


def test_is_readable_by_its_owner_only(path: Path):
    assert path.stat().st_mode & 0o777 == 0o600


def test_goes_on_after_reopening(path: Path):
    journal = SqliteJournal(path)
    assert journal.next_command() == 8
    journal.append(row(8))
    journal.close()
    assert read_all(path) == [*rows_in_a_row(4), row(8)]


def test_a_log_left_behind_by_a_crash_is_read(tmp_path: Path):
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    for each in rows_in_a_row(4):
        journal.append(each)
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        shutil.copy(tmp_path / name, crashed / name)
    journal.close()
    assert (crashed / "journal.sqlite-wal").stat().st_size > 0
    assert read_all(crashed / "journal.sqlite") == rows_in_a_row(4)
    recovered = SqliteJournal(crashed / "journal.sqlite")
    recovered.append(row(8))
    recovered.close()
    assert read_all(crashed / "journal.sqlite")[-1] == row(8)


def test_half_a_row_at_the_end_of_the_log_was_never_kept(tmp_path: Path):
    """A crash in the middle of a commit leaves a cut log: the rows before it are all there, the half one is gone."""
    journal = SqliteJournal(tmp_path / "journal.sqlite")
    for each in rows_in_a_row(3):
        journal.append(each)
    log = tmp_path / "journal.sqlite-wal"
    before = log.stat().st_size
    journal.append(row(6, body=b"y" * 20_000))
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for cut in (1, 4_000, 12_000):
        shutil.copy(tmp_path / "journal.sqlite", crashed / "journal.sqlite")
        (crashed / "journal.sqlite-wal").write_bytes(log.read_bytes()[: before + cut])
        (crashed / "journal.sqlite-shm").unlink(missing_ok=True)
        recovered = SqliteJournal(crashed / "journal.sqlite")
        assert recovered.next_command() == 6
        assert list(recovered.rows()) == rows_in_a_row(3)
        recovered.close()
    journal.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET body = x'00' WHERE first_command = {}",
        "UPDATE journal SET time_ms = time_ms + 1 WHERE first_command = {}",
        "UPDATE journal SET epoch = 2 WHERE first_command = {}",
        "UPDATE journal SET shard = 1 WHERE first_command = {}",
        "UPDATE journal SET event_digest = zeroblob(16) WHERE first_command = {}",
        "UPDATE journal SET checksum = zeroblob(16) WHERE first_command = {}",
    ],
)
@pytest.mark.parametrize("first", [2, 6])
def test_a_changed_row_is_named(path: Path, statement: str, first: int):
    change(path, statement.format(first))
    with pytest.raises(DataCorruptError, match=f"starts with command {first} is damaged") as caught:
        read_all(path)
    assert "Restore" in caught.value.remedy


def test_a_row_missing_in_the_middle_is_named(path: Path):
    change(path, "DELETE FROM journal WHERE first_command = 2")
    with pytest.raises(DataCorruptError, match="starts with command 2 is missing"):
        read_all(path)


def test_a_missing_first_row_is_named(path: Path):
    change(path, "DELETE FROM journal WHERE first_command = 0")
    with pytest.raises(DataCorruptError, match="starts with command 0 is missing"):
        read_all(path)


def test_a_row_missing_where_reading_starts_is_named(path: Path):
    journal = SqliteJournal(path, read_only=True)
    change(path, "DELETE FROM journal WHERE first_command = 4")
    with pytest.raises(DataCorruptError, match="starts with command 4 is missing"):
        list(journal.rows(4))
    journal.close()


def test_two_rows_that_changed_places_are_found(path: Path):
    change(
        path,
        "UPDATE journal SET body = (SELECT body FROM journal j WHERE j.first_command = 6 - journal.first_command)"
        " WHERE first_command IN (2, 4)",
    )
    with pytest.raises(DataCorruptError, match="command 2 is damaged"):
        read_all(path)


def test_a_truncated_file_is_damaged(path: Path):
    os.truncate(path, 4096 + 100)
    with pytest.raises(DataCorruptError, match="damaged"):
        read_all(path)


def test_an_overwritten_page_is_damaged(path: Path):
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096))
    with pytest.raises(DataCorruptError):
        read_all(path)


def test_another_file_is_no_journal(tmp_path: Path):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"certainly not a database, but long enough to be read as one" * 100)
    with pytest.raises(DataCorruptError, match="damaged"):
        SqliteJournal(path)


def test_another_database_is_no_journal(tmp_path: Path):
    path = tmp_path / "journal.sqlite"
    change(path, "CREATE TABLE something (a)")
    with pytest.raises(DataCorruptError, match="not a journal"):
        SqliteJournal(path)


def test_a_newer_format_is_refused(path: Path):
    change(path, "PRAGMA user_version = 2")
    with pytest.raises(DataVersionError, match="format 2"):
        SqliteJournal(path)


def test_reading_does_not_make_a_journal(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be used"):
        SqliteJournal(tmp_path / "journal.sqlite", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_last_row_is_found_when_the_journal_is_opened(path: Path):
    change(path, "UPDATE journal SET body = zeroblob(length(body)) WHERE first_command = 4")
    SqliteJournal(path).close()
    change(
        path,
        "UPDATE journal SET body = zeroblob(length(body)) WHERE first_command = (SELECT max(first_command) FROM journal)",
    )
    with pytest.raises(DataCorruptError, match="is damaged"):
        SqliteJournal(path)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_journal_that_is_no_longer_there_takes_no_row(path: Path, replaced: bool):
    journal = SqliteJournal(path)
    aside = path.with_name("aside")
    path.rename(aside)
    if replaced:
        path.write_bytes(aside.read_bytes())
    with pytest.raises(DataError, match="was removed or replaced"):
        journal.append(row(8))
    aside.replace(path)
    journal.append(row(8))
    journal.close()
    assert read_all(path)[-1] == row(8)


def test_a_full_disk_refuses_the_row_and_takes_it_later(path: Path):
    journal = SqliteJournal(path)
    pages = journal._connection.execute("PRAGMA page_count").fetchone()[0]
    journal._connection.execute(f"PRAGMA max_page_count = {pages}")
    big = row(8, body=b"z" * 50_000)
    for _ in range(3):
        with pytest.raises(DataError, match="cannot be written") as caught:
            journal.append(big)
        assert "space" in caught.value.remedy
        assert journal.next_command() == 8
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    journal.append(big)
    journal.close()
    assert read_all(path)[-1] == big


def test_a_file_that_may_not_grow_refuses_the_row_and_takes_it_later(path: Path):
    journal = SqliteJournal(path)
    journal.append(row(8))
    log = path.with_name("journal.sqlite-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 6_000, hard))
    try:
        for _ in range(2):
            with pytest.raises(DataError, match="cannot be written"):
                journal.append(row(9, body=b"z" * 50_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert journal.next_command() == 9
    journal.append(row(9, body=b"z" * 50_000))
    journal.close()
    assert [each.first_command for each in read_all(path)][-2:] == [8, 9]


def test_someone_elses_write_lock_refuses_the_row(path: Path):
    journal = SqliteJournal(path)
    journal._connection.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DataError, match="locked"):
        journal.append(row(8))
    other.close()
    journal.append(row(8))
    journal.close()


def test_a_number_that_someone_else_took_is_no_ordinary_refusal(path: Path):
    journal, other = SqliteJournal(path), SqliteJournal(path)
    other.append(row(8))
    with pytest.raises(sqlite3.IntegrityError):
        journal.append(row(8))
    assert journal.next_command() == 9
    journal.close()
    other.close()


def test_a_folder_that_may_not_be_written_says_so(tmp_path: Path):
    """Root may write everywhere, so the attempt is made as nobody."""
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:2]:
        parent.chmod(0o755)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from lonja.adapters.journal_sqlite import SqliteJournal\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "else: Path(sys.argv[1]).chmod(0o555)\n"
        "try: SqliteJournal(Path(sys.argv[1]) / 'journal.sqlite')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("DataError The journal")
    assert "may write" in said
