"""Asks the system for large pages of memory, by starting the program again with the settings that glibc reads at its start.

Why here: the tables of the core are larger than what a processor keeps of small pages, so it waits for addresses; and a
table that grows leaves memory behind that, given back, must be cleared again before the next one gets it. Only the
environment that a process begins with can change that.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "GLIBC_TUNABLES"
TUNABLE = "glibc.malloc.hugetlb"
SETTINGS = f"{TUNABLE}=1:glibc.malloc.trim_threshold={1 << 30}:glibc.malloc.mmap_threshold={1 << 25}"
"""Large pages; up to a GiB that was freed is kept for the next table, and only tables above 32 MiB come from elsewhere."""
_LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def asking(environment: Mapping[str, str], policy: str) -> str | None:
    """What ``VARIABLE`` has to be so that memory comes in large pages; None where asking is needless or decided already.

    ``policy`` is the system's: only ``[madvise]`` gives large pages to those who ask and to nobody else.
    """
    decided = environment.get(VARIABLE, "")
    if "[madvise]" not in policy or TUNABLE in decided:
        return None
    return f"{decided}:{SETTINGS}".lstrip(":")


def use_large_pages() -> None:
    """Replace this process by the same command with large pages; returns where that does not help or is not allowed."""
    with suppress(OSError):
        wanted = asking(os.environ, _LARGE_PAGES.read_text())
        if wanted is not None:
            command = [sys.executable, *sys.orig_argv[1:]]
            os.execve(sys.executable, command, {**os.environ, VARIABLE: wanted})  # noqa: S606  # the same program
