"""Compiled and interpreted, the core does the same: same events, same states."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lonja.compiled import SWITCH, compiled_folder

ROOT = Path(__file__).resolve().parents[2]


def digests(switch: str) -> list[str]:
    """What the program of ``forms`` prints with the core in one form."""
    command = [sys.executable, "-m", "tests.simulation.forms", "8"]
    environment = {**os.environ, SWITCH: switch}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_both_forms_give_the_same_events_and_states() -> None:
    if not compiled_folder().is_dir():
        message = "no compiled core fits the present sources: run 'make setup'"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    interpreted, compiled = digests("0"), digests("1")
    assert (interpreted[0], compiled[0]) == ("interpreted", "compiled")
    assert len(set(interpreted[1:])) == 8
    assert interpreted[1:] == compiled[1:]
