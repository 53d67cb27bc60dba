"""``lonja projections``: what is kept in SQL, made anew from the journal."""

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lonja.adapters.data_folder import JOURNAL_NAME, DataFolder, check_layout
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.bootstrap.projections import PROJECTIONS_NAME, rebuild_history
from lonja.cli.errors import FriendlyApp
from lonja.engine.api import EventBatch

projections_app = FriendlyApp(
    help="Orders, fills, bills and candles in SQL.", no_args_is_help=True, add_completion=False
)


@projections_app.callback()
def projections() -> None:
    """Keep ``rebuild`` a command of its own: a group of one would lose its name."""


@projections_app.command("rebuild")
def rebuild_command(
    data: Annotated[
        Path, typer.Option("--data", help="The data folder; no server may be running on it.")
    ] = DEFAULT_DATA,
) -> None:
    """Drop all projections and make them again from the journal."""
    check_layout(data)
    with closing(DataFolder(data)) as folder:
        for companion in ("", "-wal", "-shm"):
            # The whole file goes, so that a damaged one is no obstacle.
            (folder.root / f"{PROJECTIONS_NAME}{companion}").unlink(missing_ok=True)
        started = time.perf_counter()
        events = _rebuild(folder.root)
    typer.echo(f"events      {events}")
    typer.echo(f"speed       {events / (time.perf_counter() - started):.0f} events/s")


def _rebuild(data: Path) -> int:
    columns = (TextColumn("Projecting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with closing(SqliteJournal(data / JOURNAL_NAME, read_only=True)) as journal:
        commands = journal.next_command()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("projections", total=commands)

        def show(batch: EventBatch) -> None:
            bar.update(task, completed=batch.first_command)

        return rebuild_history(data, show)
