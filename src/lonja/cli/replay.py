"""``lonja replay``: run the whole journal again and prove that it gives the same history."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lonja.adapters.data_folder import JOURNAL_NAME, SNAPSHOTS_NAME, check_layout
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.adapters.snapshots_file import FileSnapshots
from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.engine.verification import Verified, verify_history

_SHOW_SECONDS = 0.1


def replay_command(
    data: Annotated[
        Path, typer.Option("--data", help="The data folder; a server may be running on it.")
    ] = DEFAULT_DATA,
) -> None:
    """Replay the whole journal: check every event digest and snapshot, show speed and the hash of the state."""
    started = time.perf_counter()
    verified = _replay(data)
    seconds = time.perf_counter() - started
    typer.echo(f"commands    {verified.commands}")
    typer.echo(f"events      {verified.events}")
    others = f", {verified.passed_over} of another version" if verified.passed_over else ""
    typer.echo(f"snapshots   {verified.snapshots} verified{others}")
    typer.echo(f"speed       {verified.commands / seconds:.0f} commands/s")
    typer.echo(f"state hash  {verified.state_hash}")


def _replay(data: Path) -> Verified:
    check_layout(data)
    columns = (TextColumn("Replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    journal = SqliteJournal(data / JOURNAL_NAME, read_only=True)
    with closing(journal), Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        return verify_history(journal, FileSnapshots(data / SNAPSHOTS_NAME), _shown_on(bar))


def _shown_on(bar: Progress) -> Callable[[int, int], None]:
    """Progress on ``bar``, a few times a second, since drawing costs more than a row."""
    task = bar.add_task("replay", total=None)
    shown = 0.0

    def show(done: int, total: int) -> None:
        nonlocal shown
        now = time.monotonic()
        if now - shown >= _SHOW_SECONDS or done == total:
            shown = now
            bar.update(task, completed=done, total=total)

    return show
