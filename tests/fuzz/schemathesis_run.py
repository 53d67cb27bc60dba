"""Runs schemathesis, in its own environment, on the OpenAPI document of a running exchange."""

import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

from tests.e2e.sandbox_process import SandboxProcess
from tests.fuzz.documented import REST_CODES

ROOT: Final = Path(__file__).resolve().parents[2]
PROGRAM: Final = ROOT / "build" / "clients" / "schemathesis" / "bin" / "schemathesis"
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "ignored_auth",
    "documented_code",
)
"""Not among them: that good data is accepted and bad data refused with a status of 4xx. A v5 answer has status 200 and
tells in its code."""
PLAUSIBLE: Final = {
    "instId": ["BTC-USDT", "ETH-USDT", "QUIET-USDT"],
    "instType": ["SPOT", "MARGIN"],
    "ccy": ["USDT", "BTC", "QUIET"],
    "tdMode": ["cash"],
    "side": ["buy", "sell"],
    "ordType": ["limit", "market", "ioc", "fok", "post_only"],
    "sz": ["1", "0.5", "10"],
    "px": ["100", "99.5", "60000"],
    "amt": ["1", "0.01"],
    "from": ["6", "18"],
    "to": ["6", "18"],
    "limit": ["1", "100"],
    "clOrdId": ["a1", "a2"],
    "bar": ["1m", "1H", "1D"],
    "subAcct": ["fuzz1", "fuzz2"],
}
"""Values that lead beyond the first check."""


PEOPLE_CHECKS: Final = tuple(check for check in CHECKS if check not in ("documented_code", "unsupported_method"))
"""Of an API of people, whose refusals tell by their status, and whose other methods are the framework's."""
NOT_TRIED: Final = "freeze|sign-in/?$|close|password|sessions"
"""Of an API of people: what would end the session that tries."""


class Ran(NamedTuple):
    """How it ended, what it said, and what was answered: by status and code, and by operation."""

    code: int
    said: str
    counted: Counter[str]


class Schemathesis:
    """One run, in the background from ``start`` to ``join``."""

    def __init__(self, sandbox: SandboxProcess, folder: Path, *, account: int = 1) -> None:
        self._url = sandbox.told["rest"] + "/api/v5/openapi.json"
        self._folder = folder
        self._counted = folder / "counted.json"
        folder.mkdir()
        brief = {"account": sandbox.told["accounts"][account], "plausible": PLAUSIBLE, "documented": REST_CODES}
        (folder / "brief.json").write_text(json.dumps(brief | {"counted": str(self._counted)}))

    def start(self, seconds: float, seed: int) -> None:
        """On the trading API, with an account's key."""
        environment = {"LONJA_FUZZ_BRIEF": str(self._folder / "brief.json")} | _hooked("schemathesis_hooks")
        self._run(self._url, seconds, seed, ("--checks", ",".join(CHECKS)), environment)

    def start_as_person(self, token: str, agent: str, seconds: float, seed: int) -> None:
        """On the account API, with the session of a person who signed in with the program ``agent``."""
        url = self._url.replace("/api/v5/", "/api/account/")
        options = ("--checks", ",".join(PEOPLE_CHECKS), "--exclude-path-regex", NOT_TRIED)
        headers = ("-H", f"Authorization: Bearer {token}", "-H", f"User-Agent: {agent}")
        self._run(url, seconds, seed, options + headers, _hooked("schemathesis_mails"))

    def _run(self, url: str, seconds: float, seed: int, chosen: tuple[str, ...], environment: dict[str, str]) -> None:
        options = ["--phases", "coverage,fuzzing", "--mode", "all", "--no-color", *chosen]
        options += ["--max-time", str(round(seconds)), "--seed", str(seed), "--continue-on-failure"]
        options += ["--suppress-health-check", "all", "--generation-database", "none", "--warnings", "off"]
        with (self._folder / "said.txt").open("wb") as said:
            self._process = subprocess.Popen(
                [PROGRAM, "run", url, *options],
                cwd=self._folder,
                env=os.environ | environment,
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def join(self, timeout_s: float) -> Ran:
        try:
            code = self._process.wait(timeout_s)
        finally:
            self._process.kill()
            self._process.wait()
        said = (self._folder / "said.txt").read_text(errors="replace")
        counted = Counter(json.loads(self._counted.read_text())) if self._counted.exists() else Counter[str]()
        return Ran(code, said, counted)


def _hooked(module: str) -> dict[str, str]:
    """The environment in which schemathesis imports a module of ``drivers`` first."""
    return {"SCHEMATHESIS_HOOKS": module, "PYTHONPATH": str(Path(__file__).with_name("drivers"))}
