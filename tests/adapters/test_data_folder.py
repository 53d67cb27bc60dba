"""A data folder is private, used by one process at a time, and of a layout that is known."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lonja.adapters.data_folder import DataFolder, check_layout, lock_holder
from lonja.primitives.errors import DataError, DataLockedError, DataVersionError


def test_is_made_private(tmp_path: Path):
    folder = DataFolder(tmp_path / "deep" / "inside")
    assert folder.root.stat().st_mode & 0o777 == 0o700
    assert folder.snapshots_path.is_dir()
    assert folder.journal_path.parent == folder.root
    check_layout(folder.root)
    folder.close()


def test_is_opened_again(tmp_path: Path):
    DataFolder(tmp_path).close()
    DataFolder(tmp_path).close()


def test_a_second_process_is_told_who_has_it(tmp_path: Path):
    folder = DataFolder(tmp_path)
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from lonja.adapters.data_folder import DataFolder\n"
        "try: DataFolder(Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith("DataLockedError")
    assert f"in use by another process (pid {os.getpid()})" in said
    assert "Stop that process" in said
    folder.close()


def test_two_in_one_process_are_refused_too(tmp_path: Path):
    folder = DataFolder(tmp_path)
    with pytest.raises(DataLockedError):
        DataFolder(tmp_path)
    folder.close()
    DataFolder(tmp_path).close()


def test_a_killed_process_leaves_no_lock(tmp_path: Path):
    program = (
        "import os, sys, signal\n"
        "from pathlib import Path\n"
        "from lonja.adapters.data_folder import DataFolder\n"
        "folder = DataFolder(Path(sys.argv[1]))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert lock_holder(tmp_path) is None
    DataFolder(tmp_path).close()


def test_who_holds_the_lock_can_be_asked(tmp_path: Path):
    assert lock_holder(tmp_path) is None
    folder = DataFolder(tmp_path)
    assert lock_holder(tmp_path) == str(os.getpid())
    folder.close()
    assert lock_holder(tmp_path) is None


def test_another_layout_is_refused_and_not_locked(tmp_path: Path):
    DataFolder(tmp_path).close()
    (tmp_path / "layout").write_text("lonja data folder, layout 2\n")
    with pytest.raises(DataVersionError, match="layout 2"):
        DataFolder(tmp_path)
    assert lock_holder(tmp_path) is None


def test_a_file_is_no_folder(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be used"):
        DataFolder(tmp_path / "file")


def test_any_other_folder_has_no_layout(tmp_path: Path):
    with pytest.raises(DataError, match="not a data folder"):
        check_layout(tmp_path)
