"""What a page holds in memory while it works: whether it grows, and of what.

What is read right after a collection is not only what the page keeps. It has messages and frames that are on their way,
which swing by half a megabyte from one second to the next, and machine code, which V8 makes in the first minutes for
functions that are used much. So each minute is read several times and stands for its least, below which nothing can
hide that is kept; and the verdict is the line through the minutes after the first two, not two of its points. Beside
it the same is asked exactly: two snapshots of the heap, of which machine code and what belongs to the browser are left
out, have to be of the same size.
"""

import json
import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final

from playwright.sync_api import CDPSession

from bench.report import Row

GROWTH_MAX: Final = 0.05
WARM_UP: Final = 2
"""So many minutes go by before anything is judged."""
READINGS: Final = 4
"""Of each minute."""
_PAUSE_MS: Final = 1_500
_NOT_OURS: Final = {"code", "native", "hidden", "synthetic"}
"""Kinds of nodes in a snapshot that no script of the page keeps."""


class Heap:
    """The heap of one page, read over its developer tools."""

    def __init__(self, devtools: CDPSession, wait: Callable[[float], None]) -> None:
        """``wait`` lets the page work on for so many milliseconds."""
        self._devtools, self._wait = devtools, wait
        self.minutes_mb: list[float] = []
        self.kept_mb: list[float] = []
        devtools.send("HeapProfiler.enable")

    def read(self) -> None:
        """Note this minute's least, in megabytes."""
        found = []
        for reading in range(READINGS):
            if reading:
                self._wait(_PAUSE_MS)
            found.append(self._used_mb())
        self.minutes_mb.append(min(found))

    def snapshot(self) -> None:
        """Note how much the scripts of the page keep alive, in megabytes."""
        self._used_mb()
        parts: list[str] = []

        def hear(event: dict[str, Any]) -> None:
            parts.append(event["chunk"])

        self._devtools.on("HeapProfiler.addHeapSnapshotChunk", hear)
        self._devtools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
        self._devtools.remove_listener("HeapProfiler.addHeapSnapshotChunk", hear)
        self.kept_mb.append(kept_bytes(json.loads("".join(parts))) / 1_000_000)

    def rows(self, what: str) -> list[Row]:
        """Lines of the table about ``what`` the page bore."""
        growth, (before, after) = trend(self.minutes_mb[WARM_UP:]), (self.kept_mb[0], self.kept_mb[-1])
        told = f"{growth:+.1%} by the line through the minutes after {WARM_UP} (MB, the least of each minute: "
        told += ", ".join(f"{one:.1f}" for one in self.minutes_mb) + ")"
        kept = f"{before:.2f} MB after {WARM_UP} minutes, {after:.2f} MB at the end"
        return [
            Row(f"{what}: heap after collection", told, "", "", "not growing", growth < GROWTH_MAX),
            Row(f"{what}: kept by scripts", kept, "", "", "not growing", after / before - 1 < GROWTH_MAX),
        ]

    def _used_mb(self) -> float:
        for _ in range(3):
            self._devtools.send("HeapProfiler.collectGarbage")
        return float(self._devtools.send("Runtime.getHeapUsage")["usedSize"]) / 1_000_000


def trend(readings: Sequence[float]) -> float:
    """By which share the straight line through ``readings`` (three at least) rises from the first to the last."""
    line = statistics.linear_regression(range(len(readings)), readings)
    return line.slope * (len(readings) - 1) / line.intercept


def kept_bytes(snapshot: dict[str, Any]) -> int:
    """The size of everything in a snapshot of V8 that scripts made: objects, arrays, functions, strings, numbers."""
    meta, nodes = snapshot["snapshot"]["meta"], snapshot["nodes"]
    fields: list[str] = meta["node_fields"]
    kinds: list[str] = meta["node_types"][0]
    width, kind, size = len(fields), fields.index("type"), fields.index("self_size")
    ours = {number for number, name in enumerate(kinds) if name not in _NOT_OURS}
    return sum(nodes[at + size] for at in range(0, len(nodes), width) if nodes[at + kind] in ours)
