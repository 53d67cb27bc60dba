"""Durable commits of 200-byte commands: our journal beside a preallocated file with fdatasync.

``python -m bench.journal [FOLDER] [SECONDS]``. Each cell is the median of three runs: commands a second, and the
commit's median and 99th percentile in microseconds. ``docs/adr/0005-sqlite-journal.md`` quotes the table.
"""

import os
import statistics
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.engine.ports import JournalRow

COMMAND_BYTES = 200
BATCHES = (1, 16, 256)
RUNS = 3
SEGMENT_BYTES = 256 * 1024 * 1024

Commit = Callable[[int, bytes], None]
"""Makes a batch durable: number of the first command, packed commands."""


def preallocated(path: Path) -> Commit:
    """A file of written zeros, overwritten from its start, with length and CRC before each batch."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    zeros = bytes(1 << 20)
    for _ in range(SEGMENT_BYTES // len(zeros)):
        os.write(descriptor, zeros)
    os.fsync(descriptor)
    offset = 0

    def commit(first: int, body: bytes) -> None:
        nonlocal offset
        frame = (
            first.to_bytes(8, "little")
            + len(body).to_bytes(4, "little")
            + zlib.crc32(body).to_bytes(4, "little")
            + body
        )
        if offset + len(frame) > SEGMENT_BYTES:
            offset = 0
        os.pwrite(descriptor, frame, offset)
        os.fdatasync(descriptor)
        offset += len(frame)

    return commit


def appended(path: Path) -> Commit:
    """The same without preallocation."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def commit(first: int, body: bytes) -> None:
        os.write(descriptor, first.to_bytes(8, "little") + zlib.crc32(body).to_bytes(4, "little") + body)
        os.fdatasync(descriptor)

    return commit


def sqlite(path: Path) -> Commit:
    """The journal the exchange uses: one row per group commit."""
    journal = SqliteJournal(path)

    def commit(first: int, body: bytes) -> None:
        journal.append(JournalRow(first, len(body) // COMMAND_BYTES, 0, 1, 0, bytes(16), body))

    return commit


def measure(commit: Commit, batch: int, seconds: float, first: int) -> tuple[float, float, float, int]:
    """Commands a second, median and 99th percentile of a commit in microseconds, number of the next command."""
    body = os.urandom(COMMAND_BYTES * batch)
    taken: list[float] = []
    begun = time.perf_counter()
    now = begun
    while now - begun < seconds:
        commit(first, body)
        first += batch
        after = time.perf_counter()
        taken.append((after - now) * 1e6)
        now = after
    taken.sort()
    return len(taken) * batch / (now - begun), taken[len(taken) // 2], taken[len(taken) * 99 // 100], first


def main() -> None:
    """Print the table; runs of the stores take turns, so that a noisy moment hits all of them."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd()
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    print(f"{'store':28}" + "".join(f"{f'batch {batch}':>28}" for batch in BATCHES))
    with tempfile.TemporaryDirectory(dir=root) as name:
        folder = Path(name)
        stores = {
            "preallocated, fdatasync": preallocated(folder / "preallocated"),
            "append, fdatasync": appended(folder / "appended"),
            "SQLite, row per commit": sqlite(folder / "journal.sqlite"),
        }
        found: dict[tuple[str, int], list[tuple[float, float, float]]] = {}
        following = dict.fromkeys(stores, 0)
        for batch in BATCHES:
            for _ in range(RUNS):
                for store, commit in stores.items():
                    *figures, following[store] = measure(commit, batch, seconds, following[store])
                    found.setdefault((store, batch), []).append((figures[0], figures[1], figures[2]))
    for store in stores:
        cells = []
        for batch in BATCHES:
            rate, middle, high = (statistics.median(run[i] for run in found[store, batch]) for i in range(3))
            cells.append(f"{rate:>13,.0f}/s ({middle:,.0f} / {high:,.0f})".rjust(28))
        print(f"{store:28}" + "".join(cells))


if __name__ == "__main__":
    main()
