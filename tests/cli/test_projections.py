"""``lonja projections rebuild`` makes the same rows again, whatever became of the file."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lonja.adapters.data_folder import DataFolder
from lonja.bootstrap.projections import PROJECTIONS_NAME, open_history
from lonja.cli.main import app
from lonja.primitives.errors import DataError, DataLockedError
from tests.cli.data_folders import fill
from tests.modules.history.rows import all_rows


def rows_of(root: Path) -> dict[str, list[tuple[object, ...]]]:
    history = open_history(root, last_sequence(root))
    rows = all_rows(history)
    history.close()
    return rows


def last_sequence(root: Path) -> int:
    """What a first rebuild says."""
    result = rebuild(root)
    return int(result.split()[1])


def rebuild(root: Path) -> str:
    result = CliRunner().invoke(app, ["projections", "rebuild", "--data", str(root)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.stdout


@pytest.fixture
async def root(tmp_path: Path) -> Path:
    """A data folder with some trading in it, never projected."""
    await fill(tmp_path / "data")
    return tmp_path / "data"


async def test_rebuilding_twice_gives_the_same_rows(root: Path) -> None:
    first = rows_of(root)
    assert len(first["orders"]) > 0
    assert rows_of(root) == first


async def test_a_damaged_file_is_no_obstacle(root: Path) -> None:
    first = rows_of(root)
    (root / PROJECTIONS_NAME).write_bytes(b"no database at all" * 1_000)
    with pytest.raises(DataError, match="cannot be used"):
        open_history(root)
    assert rows_of(root) == first


async def test_a_folder_in_use_is_left_alone(root: Path) -> None:
    folder = DataFolder(root)
    with pytest.raises(DataLockedError):
        rebuild(root)
    folder.close()


def test_a_full_disk_is_told_in_a_sentence_and_passes(root: Path) -> None:
    first = rows_of(root)
    program = ("-c", "from lonja.cli.main import app; app()", "projections", "rebuild", "--data", str(root))
    # No file may grow beyond 4 KiB: what a full disk looks like from inside.
    command = ["/bin/sh", "-c", 'ulimit -f 8; exec "$0" "$@"', sys.executable, *program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "cannot be used" in ended.stderr
    assert "Free some space" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert rows_of(root) == first


def test_what_is_no_data_folder_is_not_made_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a data folder"):
        rebuild(tmp_path)
    assert list(tmp_path.iterdir()) == []
