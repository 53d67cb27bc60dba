"""Every store of snapshots keeps its promises; the files also when something happens to them."""

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from lonja.adapters.snapshots_file import FileSnapshots
from lonja.adapters.snapshots_memory import MemorySnapshots
from lonja.engine.ports import Snapshots
from lonja.primitives.errors import DataError


class SnapshotsContract:
    """What every store does; subclasses say which one."""

    @pytest.fixture
    def snapshots(self) -> Snapshots:
        raise NotImplementedError

    def test_is_empty_at_first(self, snapshots: Snapshots):
        assert list(snapshots.load_newest()) == []

    def test_gives_the_newest_first(self, snapshots: Snapshots):
        for number in (5, 900, 10):
            snapshots.save(number, f"state {number}".encode())
        assert list(snapshots.load_newest()) == [(900, b"state 900"), (10, b"state 10"), (5, b"state 5")]

    def test_keeps_the_newest_few(self, snapshots: Snapshots):
        for number in range(10):
            snapshots.save(number, b"state")
        assert [number for number, _ in snapshots.load_newest()] == [9, 8, 7]

    def test_the_same_number_again_replaces(self, snapshots: Snapshots):
        snapshots.save(1, b"first")
        snapshots.save(1, b"second")
        assert list(snapshots.load_newest()) == [(1, b"second")]

    def test_an_empty_state_is_a_state(self, snapshots: Snapshots):
        snapshots.save(0, b"")
        assert list(snapshots.load_newest()) == [(0, b"")]


class TestMemorySnapshots(SnapshotsContract):
    @pytest.fixture
    def snapshots(self) -> Snapshots:
        return MemorySnapshots()


class TestFileSnapshots(SnapshotsContract):
    @pytest.fixture
    def snapshots(self, tmp_path: Path) -> Snapshots:
        return FileSnapshots(tmp_path)


@pytest.fixture
def snapshots(tmp_path: Path) -> FileSnapshots:
    """Two snapshots."""
    snapshots = FileSnapshots(tmp_path)
    snapshots.save(1, b"older state")
    snapshots.save(2, b"newer state")
    return snapshots


def newest(folder: Path) -> Path:
    return max(folder.glob("*.snapshot"))


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda data: data[:-1], "is cut off"),
        (lambda data: data[:20], "is cut off"),
        (lambda data: data + b"x", "is cut off"),
        (lambda data: data[:-1] + b"X", "is damaged"),
        (lambda data: data[:12] + b"\7" + data[13:], "is damaged"),
        (lambda data: b"X" + data[1:], "is no snapshot"),
        (lambda data: data[:8] + b"\2" + data[9:], "has format 2, not 1"),
        (lambda data: b"", "is cut off"),
    ],
)
def test_a_damaged_file_is_passed_over_and_named(
    snapshots: FileSnapshots, tmp_path: Path, damage: Callable[[bytes], bytes], problem: str
):
    path = newest(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert list(snapshots.load_newest()) == [(1, b"older state")]
    assert [(each.path == path, each.problem) for each in snapshots.check()] == [(True, problem), (False, "")]


def test_files_are_readable_by_their_owner_only(snapshots: FileSnapshots, tmp_path: Path):
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_full_disk_leaves_the_older_ones(snapshots: FileSnapshots, tmp_path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(DataError, match="cannot be written"):
            snapshots.save(3, b"x" * 5_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [number for number, _ in snapshots.load_newest()] == [2, 1]
    assert len(list(tmp_path.iterdir())) == 2


def test_an_unfinished_file_is_not_a_snapshot(snapshots: FileSnapshots, tmp_path: Path):
    (tmp_path / "00000000000000000003.snapshot.unfinished").write_bytes(b"half")
    assert [number for number, _ in snapshots.load_newest()] == [2, 1]


def test_a_file_that_cannot_be_read_is_passed_over(snapshots: FileSnapshots, tmp_path: Path):
    newest(tmp_path).unlink()
    (tmp_path / "00000000000000000002.snapshot").mkdir()
    assert [number for number, _ in snapshots.load_newest()] == [1]
