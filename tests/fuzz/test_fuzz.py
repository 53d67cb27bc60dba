"""An exchange under attack for a while: it answers what is documented, keeps its memory and its money, and goes on.

By itself this takes seconds. ``LONJA_FUZZ_SECONDS`` says for how long, ``LONJA_FUZZ_SEED`` which attack; when it takes
a minute or more, schemathesis joins in, where it is installed.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.sandbox_process import SandboxProcess
from tests.fuzz.attack import Attack
from tests.fuzz.frames import one_session
from tests.fuzz.hostile import Scene
from tests.fuzz.rest import one_visit
from tests.fuzz.schemathesis_run import PROGRAM, Schemathesis
from tests.fuzz.slow import HELD_MAX_BYTES, one_siege
from tests.fuzz.watch import Memory, deposited, doctor, faults_counted, owned, trade, troubles_logged

SECONDS = float(os.environ.get("LONJA_FUZZ_SECONDS", "4"))
SEED = int(os.environ.get("LONJA_FUZZ_SEED", "1"))
IS_LONG = SECONDS >= 60
GROWTH_MAX_KIB = 150_000 + (HELD_MAX_BYTES // 1024 if IS_LONG else 0)
"""What the exchange may come to hold besides what it held at first: 20,000 ended orders, 200,000 events that wait to be
projected, books and candles; and what slow readers leave unread."""
OneRound = Callable[[str, Scene, Counter[str]], None]

pytestmark = pytest.mark.timeout(SECONDS * 1.2 + 300)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path / "data", "--pairs", "3", "--rate-limits", "off") as process:
        yield process


def attacks(sandbox: SandboxProcess) -> list[Attack]:
    tickers = sandbox.get("/api/v5/market/tickers?instType=SPOT")
    prices = {row["instId"]: row["last"] or "100" for row in tickers}
    # One of the two attackers trades contracts, too; the other learns that it may not.
    sandbox.call("POST", "/api/v5/account/set-account-level", {"acctLv": "2"}, 1)
    for name in ("BTC-USDT-SWAP", "QUIET-USD-SWAP"):
        (row,) = sandbox.get(f"/api/v5/market/ticker?instId={name}")
        prices[name] = row["last"] or "100"
    accounts = sandbox.told["accounts"]

    def attack(name: str, url: str, account: int, one_round: OneRound) -> Attack:
        def run(chance: random.Random, counted: Counter[str]) -> None:
            one_round(url, Scene(chance, accounts[account], prices), counted)

        return Attack(name, SEED, run)

    found = [attack(f"frames {number}", sandbox.told["ws"], number % 2, one_session) for number in range(3)]
    found += [attack(f"requests {number}", sandbox.told["rest"], number, one_visit) for number in range(2)]
    if IS_LONG:
        found.append(attack("slow readers", sandbox.told["ws"], 0, one_siege))
        found.append(Attack("patron", SEED, partial(one_gift, sandbox)))
    return found


def one_gift(sandbox: SandboxProcess, chance: random.Random, counted: Counter[str]) -> None:
    """Fees eat what the traders have, and orders of the poor are all refused alike: give to them now and then."""
    for account in sandbox.told["accounts"]:
        for currency, amount in (("USDT", 100_000), ("BTC", 1), ("ETH", 10), ("QUIET", 100)):
            gift = {"account": account["name"], "currency": currency, "amount": str(amount)}
            sandbox.call("POST", "/sandbox/accounts/fund", gift)
            counted[f"gift {account['name']} {currency}"] += amount
    time.sleep(5)


def test_an_exchange_under_attack_does_what_is_documented(sandbox: SandboxProcess, tmp_path: Path) -> None:
    had = owned(sandbox)
    trade(sandbox)
    going = attacks(sandbox)
    schemathesis = Schemathesis(sandbox, tmp_path / "schemathesis") if IS_LONG and PROGRAM.exists() else None
    with Memory(sandbox) as memory:
        if schemathesis is not None:
            schemathesis.start(SECONDS, SEED)
        for attack in going:
            attack.start(SECONDS)
        for attack in going:
            attack.join()
        ran = None if schemathesis is None else schemathesis.join(SECONDS * 0.1 + 60)
    report(going, memory, ran.counted if ran is not None else Counter())
    assert [complaint for attack in going for complaint in attack.complaints] == []
    assert ran is None or ran.code == 0, ran.said[-6_000:]
    assert all(attack.counted["rounds"] > SECONDS / 60 for attack in going)
    assert max(memory.kib) - memory.kib[0] < GROWTH_MAX_KIB, memory.kib[:: len(memory.kib) // 30 + 1]
    trade(sandbox)
    assert faults_counted(sandbox) == []
    assert troubles_logged(sandbox) == []
    assert sandbox.end()[0] == 0
    code, said = doctor(sandbox.data)
    assert (code, "money: the balances of each of" in said) == (0, True), said
    gifts = sum((attack.counted for attack in going), Counter[str]())
    assert deposited(sandbox) == {
        (name, currency): amount + gifts[f"gift {name} {currency}"] for (name, currency), amount in had.items()
    }


def report(going: list[Attack], memory: Memory, asked: Counter[str]) -> None:
    """The figures of a run, for people; the whole counts as one line of JSON."""
    sent = Counter[str]()
    for attack in going:
        sent.update(attack.counted)
    requests = Counter({name: count for name, count in sent.items() if name[:3].isdigit()})
    by_schemathesis = Counter({name: count for name, count in asked.items() if name[:3].isdigit()})
    answered = requests + by_schemathesis
    complaints = [complaint for attack in going for complaint in attack.complaints]
    faults = sum(count for name, count in answered.items() if name.startswith("5"))
    sys.stdout.write(
        f"\n{SECONDS:g} s, seed {SEED}: {sent['frames']} frames on {sent['connections']} connections, "
        f"{sent['pushes']} pushes; {sum(requests.values())} requests, {sent['no HTTP']} of broken HTTP, "
        f"{by_schemathesis.total()} of schemathesis, {faults} answers of 5xx; "
        f"{sent['slow readers let go']} slow readers let go; "
        f"resident memory {memory.kib[0] // 1024} MiB at first, {max(memory.kib) // 1024} at most, "
        f"{memory.kib[-1] // 1024} at last\n{json.dumps(dict(sorted((sent + by_schemathesis).items())))}\n"
        f"memory, MiB: {[kib // 1024 for kib in memory.kib[:: len(memory.kib) // 30 + 1]]}\n"
        + "".join(f"{complaint}\n" for complaint in complaints)
    )
