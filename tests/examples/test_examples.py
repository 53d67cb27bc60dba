"""Every piece of code that the project shows to newcomers runs, as it stands, against a sandbox."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
README_SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a sandbox runs where the README says: ``data/sandbox``."""
    folder = tmp_path_factory.mktemp("examples")
    command = [str(Path(sys.executable).with_name("lonja")), "sandbox", "--data", "data/sandbox", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        assert sandbox.stdout.readline() != "", "the sandbox did not start"
        yield folder
        sandbox.terminate()
        assert sandbox.wait(timeout=10) == 0


def run(folder: Path, *arguments: str) -> str:
    """What a newcomer would see."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_trades(folder: Path, example: Path) -> None:
    assert re.search(r"(bought|sold) 0\.01 BTC", run(folder, str(example)))


@pytest.mark.parametrize("number", range(len(README_SNIPPETS)))
def test_readme_snippet_trades(folder: Path, number: int) -> None:
    output = run(folder, "-c", README_SNIPPETS[number])
    assert re.search(r"\d{16,}", output), output  # an order id
