"""Snapshots as files, one per saved state.

A file is complete or absent: it is written under another name, synced, renamed, and the folder is synced. It carries
the digest of its bytes, so a damaged one is recognized and passed over. Invariant: the newest intact file is found.
"""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import structlog

from lonja.adapters.durable_files import write_atomically
from lonja.primitives.errors import DataError

SNAPSHOTS_KEPT = 3
SUFFIX = ".snapshot"
_MAGIC = b"LONJASNP"
_FORMAT = 1
_HEAD = struct.Struct("<8sIQQ32s")
_log = structlog.get_logger("lonja.snapshots")


class SnapshotFile(NamedTuple):
    """One file in the folder; ``problem`` is empty when it is intact."""

    path: Path
    next_command: int
    problem: str


class FileSnapshots:
    """A folder with the newest few snapshots."""

    def __init__(self, folder: Path, kept: int = SNAPSHOTS_KEPT) -> None:
        """Use ``folder``, which must exist; keep the ``kept`` newest."""
        self._folder = folder
        self._kept = kept

    def save(self, next_command: int, state: bytes) -> None:
        """Write ``state`` durably, then delete the oldest files. Raises ``DataError`` when it cannot be written."""
        path = self._folder / f"{next_command:020d}{SUFFIX}"
        try:
            write_atomically(path, _head(next_command, state), state)
        except OSError as error:
            raise DataError(f"The snapshot {path} cannot be written ({error.strerror}).") from error
        for old in self._paths()[self._kept :]:
            old.unlink(missing_ok=True)

    def load_newest(self) -> Iterator[tuple[int, bytes]]:
        """Intact snapshots, newest first; damaged ones are reported in the log and passed over."""
        for path in self._paths():
            checked, state = _read(path)
            if checked.problem:
                _log.warning("snapshot passed over", path=str(path), problem=checked.problem)
            else:
                yield checked.next_command, state

    def check(self) -> Iterator[SnapshotFile]:
        """All files, newest first, with what is wrong with them."""
        for path in self._paths():
            yield _read(path)[0]

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"), reverse=True)


def _head(next_command: int, state: bytes) -> bytes:
    return _HEAD.pack(_MAGIC, _FORMAT, next_command, len(state), _digest(next_command, state))


def _digest(next_command: int, state: bytes) -> bytes:
    digest = hashlib.blake2b(next_command.to_bytes(8, "little"), digest_size=32)
    digest.update(state)
    return digest.digest()


def _read(path: Path) -> tuple[SnapshotFile, bytes]:
    try:
        data = path.read_bytes()
    except OSError as error:
        return SnapshotFile(path, 0, f"cannot be read ({error.strerror})"), b""
    if len(data) < _HEAD.size:
        return SnapshotFile(path, 0, "is cut off"), b""
    magic, file_format, next_command, length, digest = _HEAD.unpack_from(data)
    state = data[_HEAD.size :]
    problem = ""
    if magic != _MAGIC:
        problem = "is no snapshot"
    elif file_format != _FORMAT:
        problem = f"has format {file_format}, not {_FORMAT}"
    elif length != len(state):
        problem = "is cut off"
    elif digest != _digest(next_command, state):
        problem = "is damaged"
    return SnapshotFile(path, next_command, problem), state
