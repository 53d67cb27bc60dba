"""The book kernel beside an ordinary C++ order book on the same messages: the first lines of the table.

Why a file of its own: the kernel runs in a process of its own (see ``kernel_bare``), the C++ book in another, and the
table wants their ratio. Both must end with the same trades, resting orders and balances, or the figures say nothing.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.kernel import COMPILE, RUNS, SOURCE, Result, run_baseline
from bench.report import Row
from bench.workloads import SCENARIOS, WORDS, Workload
from lonja.core import IS_COMPILED

MIXED_RATIO = 1.0
WORST_SHARE = 0.5


def kernel_rows() -> list[Row]:
    """A line for each scenario: its rate over the baseline's, and for all but the first its share of the first."""
    missing = _missing()
    if missing:
        return [Row("book kernel", f"not measured: {missing}")]
    rows: list[Row] = []
    mixed = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([*COMPILE, SOURCE, "-o", folder / "kernel_baseline"], check=True)
        for scenario in SCENARIOS:
            workload = scenario()
            ours, baseline = _rates(folder, workload)
            rows.append(_row(workload.name, ours, baseline, mixed))
            mixed = mixed or ours
    return rows


def _missing() -> str:
    if not IS_COMPILED:
        return "the core runs interpreted"
    return "" if shutil.which(COMPILE[0]) else f"there is no {COMPILE[0]}"


def _row(name: str, ours: float, baseline: float, mixed: float) -> Row:
    what = f"book kernel with balances, {name}"
    figures = f"{ours:.2f} M/s CPU", f"{baseline:.2f} M/s CPU (C++ std::map)", f"{ours / baseline:.2f}"
    if not mixed:
        return Row(what, *figures, f"at least {MIXED_RATIO:.2f} of baseline", ours >= MIXED_RATIO * baseline)
    return Row(what, *figures, f"at least {WORST_SHARE:.2f} of the first line's rate", ours >= WORST_SHARE * mixed)


def _rates(folder: Path, workload: Workload) -> tuple[float, float]:
    """Millions of messages a second of CPU time: the kernel's, and those of the C++ book with records as wide."""
    setup, messages = folder / "setup", folder / "messages"
    setup.write_bytes(workload.setup.tobytes())
    messages.write_bytes(workload.messages.tobytes())
    told = subprocess.run(
        [sys.executable, "-m", "bench.kernel_bare", str(workload.accounts), setup, messages, str(RUNS)],
        check=True,
        capture_output=True,
        text=True,
    )
    bare = json.loads(told.stdout.splitlines()[-1])
    ours = Result(statistics.median(bare["seconds"]), bare["trades"], bare["resting"], bare["digest"])
    baseline = run_baseline(folder, workload, RUNS, "wide")
    assert ours[1:] == baseline[1:], "the books disagree"
    count = len(workload.messages) // WORDS
    return count / ours.seconds / 1e6, count / baseline.seconds / 1e6
