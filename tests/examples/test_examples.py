"""Every piece of code that the project shows to newcomers runs, as it stands, against a sandbox."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import ccxt
import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
FOR_OTHERS = sorted((ROOT / "examples" / "clients").glob("*.py"))
FOR_PEOPLE = sorted((ROOT / "examples" / "people").glob("*.py"))
QUICKSTARTS = "".join(path.read_text() for path in sorted((ROOT / "docs" / "quickstart").glob("*.md")))
README_SNIPPETS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which a sandbox runs where the README says: ``data/sandbox``."""
    folder = tmp_path_factory.mktemp("examples")
    command = [
        str(Path(sys.executable).with_name("lonja")),
        "sandbox",
        "--data",
        "data/sandbox",
        "--port",
        "0",
        "--pairs",
        "25",
    ]
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
    assert re.search(r"(bought|sold) (0\.01 BTC|1\.0 QUIET)", run(folder, str(example)))


@pytest.mark.parametrize("number", range(len(README_SNIPPETS)))
def test_readme_snippet_trades(folder: Path, number: int) -> None:
    output = run(folder, "-c", README_SNIPPETS[number])
    assert re.search(r"\d{16,}", output), output  # an order id


def test_freqtrade_gets_a_configuration_that_reaches_the_sandbox(folder: Path) -> None:
    told = json.loads(run(folder, str(ROOT / "examples" / "clients" / "freqtrade_config.py")))["exchange"]
    # freqtrade makes its ccxt object of these.
    secrets = {"apiKey": told["key"], "secret": told["secret"], "password": told["password"]}
    exchange = getattr(ccxt, told["name"])(secrets | told["ccxt_config"])
    assert exchange.fetch_balance()["USDT"]["total"] > 0
    assert told["ccxt_config"]["urls"]["api"]["ws"].startswith("ws://127.0.0.1:")


def test_a_person_signs_up(folder: Path) -> None:
    output = run(folder, str(ROOT / "examples" / "people" / "sign_up.py"))
    assert "with authenticator, phone, email and 10 backup codes" in output
    assert re.search(r"API key [0-9a-f-]{36} may read, trade", output)


def test_staff_decide_a_case_as_two_people(folder: Path) -> None:
    output = run(folder, str(ROOT / "examples" / "people" / "review_case.py"))
    assert "restricted by two people: Withdrawing: not possible." in output
    assert "the customer is told: granted because Papers of the bank seen. | restrictions left: 0" in output
    assert output.endswith("audit log: whole\n")


@pytest.mark.parametrize("example", EXAMPLES + FOR_OTHERS + FOR_PEOPLE, ids=lambda path: path.stem)
def test_a_quick_start_shows_every_example_as_it_is(example: Path) -> None:
    shown = f"<!-- file: {example.relative_to(ROOT).as_posix()} -->\n```python\n{example.read_text()}```"
    assert shown in QUICKSTARTS, "run make docs"
