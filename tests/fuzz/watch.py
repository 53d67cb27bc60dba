"""What must hold of an exchange that was attacked: memory, log, money, and that it still trades."""

import json
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final, Self

import pytest

from lonja.adapters.data_folder import JOURNAL_NAME
from lonja.adapters.journal_sqlite import SqliteJournal
from lonja.core.events import Deposited, Withdrawn
from lonja.core.layout import decode_events
from lonja.core.state_views import StateViews
from lonja.engine.recovery import genesis, replayed_rows
from lonja.modules.identity.api import account_of
from tests.e2e.sandbox_process import SandboxProcess
from tests.fuzz.documented import FAULTS

QUIET: Final = "QUIET-USDT"
MAKER_RATE, TAKER_RATE = Decimal("0.0008"), Decimal("0.001")


class Memory:
    """Samples the resident memory of the exchange, once a second, during the ``with`` block."""

    def __init__(self, sandbox: SandboxProcess) -> None:
        self._status = Path(f"/proc/{sandbox.process.pid}/status")
        if not self._status.exists():
            pytest.skip("this system does not tell a process's memory")
        self.kib: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> Self:
        self.kib.append(self.now())
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.kib.append(self.now())

    def now(self) -> int:
        """KiB; 0 when the process has ended."""
        lines = self._status.read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)

    def _sample(self) -> None:
        while not self._over.wait(1.0):
            self.kib.append(self.now())


def troubles_logged(sandbox: SandboxProcess) -> list[str]:
    """What the process said of faults of its own."""
    return [line for line in sandbox.log().splitlines() if not _is_harmless(line)]


def _is_harmless(line: str) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return False
    return told.get("level") in ("info", "debug", "warning") and "exception" not in told


def faults_counted(sandbox: SandboxProcess) -> list[str]:
    """Codes of faults that the exchange itself has counted, over REST and WebSocket."""
    text = sandbox.page("/metrics")
    return [line for line in text.splitlines() if any(f'"{code}"' in line for code in FAULTS)]


def doctor(data: Path) -> tuple[int, str]:
    """What ``lonja doctor`` finds, which adds up the balances of each currency."""
    command = [sys.executable, "-c", "from lonja.cli.main import app; app()", "doctor", "--data", str(data)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    return ran.returncode, ran.stdout + ran.stderr


def owned(sandbox: SandboxProcess) -> dict[tuple[str, str], Decimal]:
    """What each of the two traders has, by name and currency, in both ledgers together."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in sandbox.get("/sandbox/accounts"):
        for balance in row["balances"]:
            found[row["name"], balance["currency"]] += Decimal(balance["cash"])
    return found


def deposited(sandbox: SandboxProcess) -> dict[tuple[str, str], Decimal]:
    """What came in from outside for each of the two traders, by name and currency, as the journal has it."""
    names = {account_of(account["uid"]): account["name"] for account in sandbox.told["accounts"]}
    amounts: Counter[tuple[int, int]] = Counter()
    start = genesis()
    with closing(SqliteJournal(sandbox.data / JOURNAL_NAME, read_only=True)) as journal:
        for _, replayed in replayed_rows(start, journal):
            for event in decode_events(replayed.events):
                if isinstance(event, Deposited | Withdrawn) and event.account in names:
                    sign = 1 if isinstance(event, Deposited) else -1
                    amounts[event.account, event.currency] += sign * event.amount
    scales = {view.currency: (view.name, view.scale) for view in StateViews(start.state).currencies()}
    return {
        (names[account], scales[currency][0]): Decimal(amount).scaleb(-scales[currency][1])
        for (account, currency), amount in amounts.items()
    }


def trade(sandbox: SandboxProcess) -> None:
    """The two traders trade with each other, and each owns what they should, to the last digit."""
    for account in (0, 1):
        _clear(sandbox, account)
    before = [sandbox.balances(account) for account in (0, 1)]
    order = {"instId": QUIET, "tdMode": "cash", "ordType": "limit", "px": "100", "sz": "1.5"}
    sandbox.call("POST", "/api/v5/trade/order", order | {"side": "sell"}, 0)
    (taken,) = sandbox.call("POST", "/api/v5/trade/order", order | {"side": "buy"}, 1)
    (found,) = sandbox.get(f"/api/v5/trade/order?instId={QUIET}&ordId={taken['ordId']}", 1)
    assert (found["state"], found["avgPx"]) == ("filled", "100"), found
    after = [sandbox.balances(account) for account in (0, 1)]
    size, value = Decimal("1.5"), Decimal(150)
    changes = [{"QUIET": -size, "USDT": value * (1 - MAKER_RATE)}, {"QUIET": size * (1 - TAKER_RATE), "USDT": -value}]
    for was, now, change in zip(before, after, changes, strict=True):
        for currency, amount in change.items():
            assert Decimal(now[currency]) - Decimal(was.get(currency, "0")) == amount, (currency, was, now)


def _clear(sandbox: SandboxProcess, account: int) -> None:
    """No timers, no orders, and everything in the trading account."""
    sandbox.call("POST", "/api/v5/trade/cancel-all-after", {"timeOut": "0"}, account)
    for batch in _open_orders(sandbox, account):
        sandbox.answer("POST", "/api/v5/trade/cancel-batch-orders", batch, account)
    for row in sandbox.get("/api/v5/asset/balances", account):
        if Decimal(row["availBal"]) > 0:
            transfer = {"ccy": row["ccy"], "amt": row["availBal"], "from": "6", "to": "18"}
            sandbox.call("POST", "/api/v5/asset/transfer", transfer, account)


def _open_orders(sandbox: SandboxProcess, account: int) -> Iterator[list[dict[str, str]]]:
    while rows := sandbox.get("/api/v5/trade/orders-pending", account):
        for at in range(0, len(rows), 20):
            yield [{"instId": row["instId"], "ordId": row["ordId"]} for row in rows[at : at + 20]]
