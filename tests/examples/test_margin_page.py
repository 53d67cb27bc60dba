"""The page about margin on spot pairs is a program, and prints what the page says."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.sandbox_process import SandboxProcess

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "trade-on-margin.md"
PIECES = re.findall(r"```python\n(.*?)```\n\n(?:```text\n(.*?)```)", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a sandbox in ``data/sandbox``, whose clock stands two minutes before a full hour."""
    options = ("--pairs", "3", "--speed", "0", "--start", "2030-01-01T07:58:00Z")
    with SandboxProcess(tmp_path / "data" / "sandbox", *options):
        yield tmp_path


def test_the_page_prints_what_it_says(folder: Path) -> None:
    program = "print('---')\n".join(piece for piece, _ in PIECES)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("---\n") == [shown for _, shown in PIECES]
    assert PAGE.read_text().count("```python") == len(PIECES) > 5
