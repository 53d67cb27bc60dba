"""Runs many seeds: ``python -m tests.simulation --seed 1 --seeds 1000``, or ``make sim SEED=1 SEEDS=1000``.

Ends with 1 at the first seed that fails, and says how to run just that one.
"""

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lonja.core import IS_COMPILED
from tests.simulation.facts import FACTS
from tests.simulation.other_form import FORMS, other_form
from tests.simulation.seeds import Outcome, simulate
from tests.simulation.simulator import Tally

COMMANDS = 600


def run_seeds(first: int, count: int, commands: int, jobs: int) -> int:
    """Run ``count`` seeds on ``jobs`` processes with a progress bar. Returns the exit code."""
    tasks = [(seed, commands) for seed in range(first, first + count)]
    total = Tally()
    columns = (TextColumn("seeds"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with other_form() as judge, Progress(*columns) as progress, outcomes_of(tasks, jobs) as outcomes:
        bar = progress.add_task("seeds", total=count)
        for outcome in outcomes:
            trouble = outcome.trouble
            if outcome.life is not None and judge is not None:
                trouble = judge(outcome.life)
            if outcome.tally is None or trouble:
                progress.stop()
                tell(f"{trouble}\nSeed {outcome.seed} failed. Run just that one: {rerun(outcome.seed, commands)}")
                return 1
            total.add(outcome.tally)
            progress.advance(bar)
    tell(report(count, total, is_judged=judge is not None))
    return 0


def report(count: int, total: Tally, *, is_judged: bool) -> str:
    """What ``count`` green seeds went through."""
    mine, other = FORMS[IS_COMPILED], FORMS[not IS_COMPILED]
    forms = (
        f"{mine} and {other} core alike" if is_judged else f"{mine} core only, since no compiled one fits the sources"
    )
    lines = [
        (
            f"{count:,} seeds green: {total.commands:,} commands, {total.events['Filled'] // 2:,} trades, "
            f"{total.crashes:,} crashes survived, {total.repeats:,} repeats answered, "
            f"{len(total.rejections)} kinds of refusal; {forms}."
        ),
        *(f"{total.facts[fact]:>12,} {fact}" for fact in FACTS),
    ]
    return "\n".join(lines)


def tell(text: str) -> None:
    """Write to standard output."""
    sys.stdout.write(f"{text}\n")


@contextmanager
def outcomes_of(tasks: list[tuple[int, int]], jobs: int) -> Iterator[Iterable[Outcome]]:
    """The outcomes as they come in; a single job runs in this process, where a debugger can follow."""
    if jobs == 1:
        yield map(simulate, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        yield pool.imap_unordered(simulate, tasks)


def rerun(seed: int, commands: int) -> str:
    """How to run one seed again."""
    more = "" if commands == COMMANDS else f' ARGS="--commands {commands}"'
    return f"make sim SEED={seed} SEEDS=1{more}"


def main() -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, counting up")
    parser.add_argument("--commands", type=int, default=COMMANDS, help="how many commands a seed lives for")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many processes")
    options = parser.parse_args()
    return run_seeds(options.seed, options.seeds, options.commands, min(options.jobs, options.seeds))


if __name__ == "__main__":
    sys.exit(main())
