"""Asks the system for large pages of memory, by starting the program again with the setting that glibc reads at its start.

Why here: the tables of the core are larger than what a processor keeps of small pages, so it waits for addresses; only
the environment that a process begins with can change that.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "GLIBC_TUNABLES"
TUNABLE = "glibc.malloc.hugetlb"
_LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def asking(environment: Mapping[str, str], policy: str) -> str | None:
    """What ``VARIABLE`` has to be so that memory comes in large pages; None where asking is needless or decided already.

    ``policy`` is the system's: only ``[madvise]`` gives large pages to those who ask and to nobody else.
    """
    decided = environment.get(VARIABLE, "")
    if "[madvise]" not in policy or TUNABLE in decided:
        return None
    return f"{decided}:{TUNABLE}=1".lstrip(":")


def use_large_pages() -> None:
    """Replace this process by the same command with large pages; returns where that does not help or is not allowed."""
    with suppress(OSError):
        wanted = asking(os.environ, _LARGE_PAGES.read_text())
        if wanted is not None:
            command = [sys.executable, *sys.orig_argv[1:]]
            os.execve(sys.executable, command, {**os.environ, VARIABLE: wanted})  # noqa: S606  # the same program
