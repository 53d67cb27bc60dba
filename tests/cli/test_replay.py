"""``lonja replay`` proves the whole history again, also while a server runs."""

import sqlite3
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from lonja.adapters.clock import SystemClock
from lonja.bootstrap.storage import open_engine
from lonja.cli.replay import replay_command
from lonja.primitives.errors import DataCorruptError, DataError
from tests.cli.data_folders import COMMAND_COUNT, fill
from tests.engine.house import order


def replay(root: Path) -> Result:
    app = typer.Typer()
    app.command()(replay_command)
    return CliRunner().invoke(app, ["--data", str(root)])


def lines(result: Result) -> dict[str, str]:
    return {line[:10].strip(): line[12:] for line in result.stdout.splitlines()}


async def test_prints_speed_and_final_state_hash(tmp_path: Path) -> None:
    state_hash = await fill(tmp_path)
    result = replay(tmp_path)
    assert result.exit_code == 0
    shown = lines(result)
    assert shown["commands"] == str(COMMAND_COUNT)
    assert shown["snapshots"] == "3 verified"
    assert shown["state hash"] == state_hash
    assert shown["speed"].endswith("commands/s")


async def test_works_while_a_server_runs(tmp_path: Path) -> None:
    await fill(tmp_path)
    stored = open_engine(tmp_path, SystemClock())
    await stored.engine.submit(order())
    result = replay(tmp_path)
    assert lines(result)["state hash"] == stored.engine.views.state_hash()
    await stored.engine.submit(order())
    await stored.stop()


async def test_names_what_was_changed(tmp_path: Path) -> None:
    await fill(tmp_path)
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    connection.execute("UPDATE journal SET body = zeroblob(8) WHERE first_command = 57")
    connection.commit()
    connection.close()
    result = replay(tmp_path)
    assert result.exit_code == 1
    assert isinstance(result.exception, DataCorruptError)
    assert "command 57 is damaged" in str(result.exception)


@pytest.mark.parametrize("folder", ["empty", "absent"])
def test_names_a_folder_that_holds_no_exchange(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    result = replay(tmp_path / folder)
    assert isinstance(result.exception, DataError)
    assert "not a data folder" in str(result.exception)
