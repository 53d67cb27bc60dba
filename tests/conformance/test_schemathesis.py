"""A minute of schemathesis on the OpenAPI document; `make fuzz` gives it as long as it is told."""

from pathlib import Path

import pytest

from tests.e2e.person import Person, Script, Town
from tests.e2e.sandbox_process import SandboxProcess
from tests.fuzz.schemathesis_run import PROGRAM, Schemathesis
from tests.fuzz.watch import faults_counted, troubles_logged

SECONDS = 60

pytestmark = [pytest.mark.lengthy, pytest.mark.timeout(SECONDS * 2 + 120)]


def test_answers_are_what_the_openapi_document_says(tmp_path: Path) -> None:
    if not PROGRAM.exists():
        pytest.skip("schemathesis is not installed: `make clients CLIENTS=schemathesis`")
    with SandboxProcess(tmp_path / "data", "--pairs", "3", "--rate-limits", "off") as sandbox:
        schemathesis = Schemathesis(sandbox, tmp_path / "schemathesis")
        schemathesis.start(SECONDS, seed=1)
        ran = schemathesis.join(SECONDS + 60)
        assert ran.code == 0, ran.said[-6_000:]
        assert ran.counted["requests"] > 200
        assert ran.counted["200 0"] > 20, "hardly anything was accepted"
        assert ran.counted["401 50113"] == 0, "what it signs must be what it sends"
        assert faults_counted(sandbox) == []
        assert troubles_logged(sandbox) == []


def test_the_account_api_answers_what_its_document_says(tmp_path: Path) -> None:
    if not PROGRAM.exists():
        pytest.skip("schemathesis is not installed: `make clients CLIENTS=schemathesis`")
    with SandboxProcess(tmp_path / "data", "--pairs", "3", "--rate-limits", "off") as sandbox:
        script = Script(sandbox)
        assert Person(Town(sandbox), "fay", "+14155550199").sign_up(script).status == 201
        schemathesis = Schemathesis(sandbox, tmp_path / "schemathesis")
        token = script.headers["Authorization"].removeprefix("Bearer ")
        schemathesis.start_as_person(token, script.headers["User-Agent"], SECONDS, seed=1)
        ran = schemathesis.join(SECONDS + 60)
        assert ran.code == 0, ran.said[-6_000:]
        assert troubles_logged(sandbox) == []
