"""The command line as a whole."""

from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from lonja.cli.main import app


def test_it_says_its_version() -> None:
    assert CliRunner().invoke(app, ["version"]).stdout.strip() == version("lonja")


@pytest.mark.parametrize("command", ["sandbox", "replay", "doctor", "keys", "projections", "version"])
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert command in result.stdout


def test_without_a_command_it_lists_them() -> None:
    output = CliRunner().invoke(app, []).output
    assert all(name in output for name in ("sandbox", "keys", "doctor", "replay"))
