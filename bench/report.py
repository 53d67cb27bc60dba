"""The table of measured figures, each beside its baseline and its target."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from lonja.compiled import MADE_BY_COUNTS, compiled_folder
from lonja.core import IS_COMPILED

HEADINGS = ("what", "ours", "baseline", "ratio", "target", "met")
LIBRARIES = ("uvicorn", "uvloop", "picows", "msgspec")


class Row(NamedTuple):
    """One line. ``ratio`` is ours over the baseline, "" where there is none; ``is_met`` None: nothing was promised."""

    what: str
    ours: str
    baseline: str = ""
    ratio: str = ""
    target: str = ""
    is_met: bool | None = None

    def cells(self) -> tuple[str, ...]:
        """The line as texts."""
        met = {True: "yes", False: "no", None: ""}[self.is_met]
        return (*self[:5], met)


def ratio_row(what: str, ours: str, baseline: str, ratio: float, least: float) -> Row:
    """A line whose ratio must reach ``least``."""
    return Row(what, ours, baseline, f"{ratio:.2f}", f"at least {least:.2f} of baseline", ratio >= least)


def machine_facts() -> str:
    """What the figures depend on, in one sentence."""
    core = "core compiled" if IS_COMPILED else "core INTERPRETED"
    if IS_COMPILED and (compiled_folder() / MADE_BY_COUNTS).exists():
        core += " by counts"
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{_processor()}, {os.cpu_count()} processors, {_memory_gib():.0f} GiB; {platform.system()}"
        f" {platform.release().split('-')[0]}, Python {platform.python_version()}, {libraries}; {core}."
    )


def print_table(rows: Iterable[Row]) -> None:
    """The table for a terminal."""
    table = Table(*HEADINGS, title="lonja bench", caption=machine_facts())
    for row in rows:
        style = {True: "green", False: "red", None: None}[row.is_met]
        table.add_row(*row.cells(), style=style)
    Console().print(table)


def print_markdown(rows: Iterable[Row]) -> None:
    """The table for the README."""
    print("| " + " | ".join(HEADINGS) + " |")
    print("|" + " --- |" * len(HEADINGS))
    for row in rows:
        print("| " + " | ".join(row.cells()) + " |")
    print(f"\n{machine_facts()}")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
