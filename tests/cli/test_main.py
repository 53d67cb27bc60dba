"""The command line as a whole: what it lists, how quickly, and what a shell may complete."""

import inspect
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version

import pytest
import typer
from typer.testing import CliRunner

from lonja.cli.main import Commands, app

RUN = "import sys; from lonja.cli.main import app; app(prog_name='lonja')"
HEAVY = {"sqlalchemy", "uvicorn", "uvloop", "alembic", "cryptography", "lonja.core", "lonja.engine", "lonja.edge"}


@pytest.mark.parametrize("words", ["version", "--version"])
def test_it_says_its_version(words: str) -> None:
    result = CliRunner().invoke(app, [words])
    assert (result.exit_code, result.stdout.strip()) == (0, version("lonja"))


@pytest.mark.parametrize("command", Commands.entries)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert command in result.stdout


@pytest.mark.parametrize("name", Commands.entries)
def test_the_list_says_what_the_command_says(name: str) -> None:
    module, attribute, summary, _ = Commands.entries[name]
    found = getattr(import_module(module), attribute)
    said = found.info.help if isinstance(found, typer.Typer) else (inspect.getdoc(found) or "").split("\n\n")[0]
    assert " ".join(said.split()) == summary


def test_without_a_command_it_lists_them() -> None:
    output = CliRunner().invoke(app, []).output
    assert all(name in output for name in Commands.entries)


def test_a_slip_of_the_finger_gets_a_proposal() -> None:
    result = CliRunner().invoke(app, ["doctr"])
    assert result.exit_code == 2
    assert "Did you mean 'doctor'" in result.output


@pytest.mark.parametrize("arguments", ["--help", "version", "markets --help", "trade --help", "top --help"])
def test_it_imports_nothing_of_the_server_before_it_must(arguments: str) -> None:
    code = f"import sys\ntry:\n    {RUN}\nexcept SystemExit:\n    print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", code, *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout != ""
    assert HEAVY & set(done.stderr.split()) == set()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("lonja ", set(Commands.entries)),
        ("lonja do", {"doctor"}),
        ("lonja keys ", {"create", "list", "remove"}),
        ("lonja doctor --", {"--data", "--help"}),
        ("lonja trade ", {"buy", "sell", "cancel", "orders", "balance", "futures", "positions", "close"}),
        ("lonja --in", {"--install-completion"}),
    ],
)
def test_a_shell_completes_commands_and_options(words: str, offered: set[str]) -> None:
    state = {"_LONJA_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=os.environ | state)
    assert set(done.stdout.split()) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_shows_the_completion_of_a_shell(shell: str) -> None:
    state = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "NO_COLOR": "1"}
    command = [sys.executable, "-c", RUN, "--show-completion", shell]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=os.environ | state)
    assert re.search(r"_LONJA_COMPLETE=\"?complete_" + shell, done.stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_it_installs_the_completion_of_a_shell(shell: str, tmp_path) -> None:
    state = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1", "HOME": str(tmp_path), "NO_COLOR": "1"}
    command = [sys.executable, "-c", RUN, "--install-completion", shell]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True, env=os.environ | state)
    assert f"{shell} completion installed" in done.stdout
    assert any("_LONJA_COMPLETE" in path.read_text() for path in tmp_path.rglob("*") if path.is_file())
