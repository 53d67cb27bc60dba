"""A real sandbox process, and the little of a client that the tests need."""

import base64
import copy
import hashlib
import hmac
import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

START_SECONDS = 60.0
FEW_PAIRS = ("--pairs", "25")
"""What most tests need; with all pairs a start takes longer."""


class SandboxProcess:
    """``lonja sandbox`` on a folder, until the end of the ``with`` block."""

    def __init__(self, data: Path, *options: str, port: str = "0") -> None:
        self.data = data
        command = [sys.executable, "-c", "from lonja.cli.main import app; app()", "sandbox", "--data", str(data)]
        few = () if "--pairs" in options else FEW_PAIRS
        # A file and no pipe: nobody reads while it runs, and a process whose pipe is full stands still.
        self._log = tempfile.TemporaryFile("a+", encoding="utf-8")  # noqa: SIM115  # closed with the process
        # The executable of the tests' own environment, so that nothing need be installed on the path.
        self.process = subprocess.Popen(
            [*command, "--port", port, *few, *options],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            # Compiled modules are kept between starts even where the tests themselves keep none: it halves a start.
            env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        )
        self.line = self._first_line()
        self.told: dict[str, Any] = json.loads((data / "sandbox.json").read_text()) if self.line else {}

    def _first_line(self) -> str:
        watchdog = time.monotonic() + START_SECONDS
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert time.monotonic() < watchdog, "it took too long to start"
        return line

    def __enter__(self) -> Self:
        assert self.line, self.errors()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self._log.close()

    def errors(self) -> str:
        """Standard error of a process that has ended, or is about to."""
        self.process.communicate(timeout=START_SECONDS)
        with self._log:
            return self.log()

    def log(self) -> str:
        """What it has said on standard error so far."""
        self._log.seek(0)
        return self._log.read()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Exit code, and how many seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=20)
        return code, time.monotonic() - began

    def get(self, target: str, account: int | None = None, *, tls: bool = False) -> list[Any]:
        return self.call("GET", target, None, account, tls=tls)

    def call(
        self, method: str, target: str, body: object = None, account: int | None = None, *, tls: bool = False
    ) -> list[Any]:
        answer = self.answer(method, target, body, account, tls=tls)
        assert answer["code"] == "0", answer
        return answer["data"]

    def answer(
        self, method: str, target: str, body: object = None, account: int | None = None, *, tls: bool = False
    ) -> dict[str, Any]:
        text = "" if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        if account is not None:
            headers |= signed(self.told["accounts"][account], method, target, text)
        request = urllib.request.Request(
            self.told["rest_tls" if tls else "rest"] + target, text.encode() or None, headers, method=method
        )
        context = ssl.create_default_context(cafile=self.told["ca_file"]) if tls else None
        try:
            with urllib.request.urlopen(request, timeout=60, context=context) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error)

    def of_new_people(self) -> Self:
        """The same process as two people find it who have done nothing yet."""
        names = [f"guest-{secrets.token_hex(4)}" for _ in range(2)]
        made = [self.call("POST", "/sandbox/accounts", {"name": name})[0] for name in names]
        view = copy.copy(self)
        view.told = self.told | {"accounts": made}
        return view

    def page(self, path: str) -> str:
        """A page that is not in the envelope."""
        with urllib.request.urlopen(self.told["rest"] + path, timeout=10) as response:
            return response.read().decode()

    def balances(self, account: int) -> dict[str, str]:
        """Cash balances of the trading account."""
        details = self.get("/api/v5/account/balance", account)[0]["details"]
        return {row["ccy"]: row["cashBal"] for row in details}


def signed(account: dict[str, str], method: str, target: str, body: str | bytes) -> dict[str, str]:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = f"{moment}{method}{target}".encode() + (body.encode() if isinstance(body, str) else body)
    digest = hmac.digest(account["secret_key"].encode(), text, hashlib.sha256)
    return {
        "OK-ACCESS-KEY": account["api_key"],
        "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
        "OK-ACCESS-TIMESTAMP": moment,
        "OK-ACCESS-PASSPHRASE": account["passphrase"],
    }
