"""The folder in which one exchange keeps everything: created private, used by one process at a time.

Invariant: while a ``DataFolder`` is open no other process has the same folder open.
"""

import fcntl
import os
import time
from pathlib import Path

from lonja.adapters.durable_files import sync_folder, write_atomically
from lonja.primitives.errors import DataError, DataLockedError, DataVersionError

LAYOUT = 1
LOCK_NAME = "lonja.lock"
LAYOUT_NAME = "layout"
JOURNAL_NAME = "journal.sqlite"
SNAPSHOTS_NAME = "snapshots"
LOCK_TRIES = 5
LOCK_RETRY_SECONDS = 0.1
_LAYOUT_TEXT = "lonja data folder, layout "


class DataFolder:
    """An open data folder and where things lie in it."""

    def __init__(self, root: Path) -> None:
        """Create ``root`` when it is not there, and lock it.

        Raises ``DataLockedError``, ``DataVersionError``, or ``DataError`` when it cannot be written.
        """
        self.root = root.resolve()
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self.root)
        except OSError as error:
            raise _unusable(self.root, error) from error
        try:
            self._prepare()
        except OSError as error:
            self.close()
            raise _unusable(self.root, error) from error
        except DataError:
            self.close()
            raise

    @property
    def journal_path(self) -> Path:
        """Where the journal lies."""
        return self.root / JOURNAL_NAME

    @property
    def snapshots_path(self) -> Path:
        """The folder of snapshots."""
        return self.root / SNAPSHOTS_NAME

    def close(self) -> None:
        """Let other processes use the folder."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _prepare(self) -> None:
        if not (self.root / LAYOUT_NAME).exists():
            write_atomically(self.root / LAYOUT_NAME, f"{_LAYOUT_TEXT}{LAYOUT}\n".encode())
        check_layout(self.root)
        self.snapshots_path.mkdir(mode=0o700, exist_ok=True)
        sync_folder(self.root)


def check_layout(root: Path) -> None:
    """Raise ``DataVersionError`` unless this program knows the layout of ``root``; ``DataError`` if it has none."""
    try:
        text = (root / LAYOUT_NAME).read_text("ascii", "replace")
    except OSError as error:
        raise DataError(
            f"{root} is not a data folder: it has no readable file {LAYOUT_NAME!r}.",
            "Name the folder of an exchange, or start one there: lonja sandbox --data DIR.",
        ) from error
    if text.strip() != f"{_LAYOUT_TEXT}{LAYOUT}":
        raise DataVersionError(
            f"The data folder {root} says {text.strip()[:80]!r}, this program knows layout {LAYOUT}.",
            "Use the version of lonja that wrote it.",
        )


def lock_holder(root: Path) -> str | None:
    """The process id, as text, of who has ``root`` open; None when nobody has."""
    try:
        descriptor = os.open(root / LOCK_NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(descriptor)
    finally:
        os.close(descriptor)
    return None


def _lock(root: Path) -> int:
    descriptor = os.open(root / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _taken(descriptor):
        holder = _holder(descriptor)
        os.close(descriptor)
        raise DataLockedError(
            f"The data folder {root} is in use by another process (pid {holder}).",
            "Stop that process first, or name another folder.",
        )
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _taken(descriptor: int) -> bool:
    """Try for half a second, because ``lock_holder`` holds the lock for a moment to ask for it."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_RETRY_SECONDS)
        else:
            return True
    return False


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"


def _unusable(root: Path, error: OSError) -> DataError:
    return DataError(
        f"The data folder {root} cannot be used ({error.strerror}).",
        "Name a folder that you may write, on a disk with free space.",
    )
