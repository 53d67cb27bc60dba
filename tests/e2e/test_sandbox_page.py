"""Every command on the page about the sandbox's controls does what the page says."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.sandbox_process import SandboxProcess

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
BLOCKS = re.findall(r"```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?", PAGE.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("page") / "data", "--rate-limits", "off") as process:
        yield process


def test_the_page_has_examples_of_every_control() -> None:
    commands = "".join(block for block, _ in BLOCKS)
    accounts, faults = ("accounts", "accounts/fund", "accounts/drain"), ("faults", "faults/record")
    for path in ("clock", *accounts, "outbox", "reset", "flow", "index", "storm", *faults):
        assert re.search(rf"/sandbox/{path}\b", commands), path


def test_the_examples_work_from_top_to_bottom(sandbox: SandboxProcess, tmp_path: Path) -> None:
    for block, shown in BLOCKS:
        script = block.replace("http://127.0.0.1:8080", sandbox.told["rest"])
        ended = subprocess.run(
            ["sh", "-e"], input=script, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
        )
        answers = [json.loads(line) for line in ended.stdout.replace('}{"code"', '}\n{"code"').splitlines()]
        assert {answer["code"] for answer in answers} <= {"0"}, (block, ended.stdout)
        quiet = block.count("> ") + block.count("=$(curl")
        assert len(answers) == block.count("curl ") - quiet
        if shown:
            assert answers[0]["data"][0].keys() == json.loads(shown)["data"][0].keys()
