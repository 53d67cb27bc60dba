"""Every path that ccxt knows, asked of an account in each mode: each answers as OKX does, or says that there is no such path.

Why beside ``test_ccxt_surface``: that calls what spot uses with good parameters; this leaves no path out, whatever it is
about. Invariant: an answer is always the envelope, with a known code and its HTTP status.
"""

import json
from pathlib import Path

import ccxt
import pytest

from lonja.core.commands import ConfigureAccount
from lonja.edge.errors import HTTP_STATUS, MESSAGES
from lonja.edge.rest.operation import PREFIX
from lonja.edge.rest.operations import BY_PATH
from tests.edge.house import TRADER, open_house

LATER = {
    "sprd": "spreads between instruments",
    "rfq": "block trading on request",
    "tradingBot": "bots",
    "copytrading": "copying others' trades",
    "finance": "earning on what lies still",
    "fiat": "payments in money of states",
    "broker": "brokers and their customers",
    "affiliate": "those who bring customers",
}
"""Families that the exchange does not have yet, and what they are about."""
OURS_LATER = {
    "asset/broker/": "brokers",
    "users/partner/": "partners",
    "users/glp/": "programs of market makers",
    "account/subaccount/": "loans shared out among sub-accounts",
}
"""The same within families that there are."""
GONE = {
    *("account/quick-margin-borrow-repay", "account/quick-margin-borrow-repay-history", "account/set-riskOffset-type"),
    *("account/borrow-repay-history", "account/vip-interest-accrued", "account/vip-interest-deducted"),
    *("account/vip-loan-order-list", "account/vip-loan-order-detail", "asset/deposit-lightning"),
    *("account/fixed-loan/borrowing-limit", "account/fixed-loan/borrowing-quote", "account/fixed-loan/borrowing-order"),
    *("account/fixed-loan/borrowing-orders-list", "account/fixed-loan/amend-borrowing-order"),
    *("account/fixed-loan/manual-reborrow", "account/fixed-loan/repay-borrowing-order", "asset/withdrawal-lightning"),
    *("asset/convert-dust-assets", "trade/fills-archive", "users/subaccount/subaccount-apikey"),
}
"""What OKX itself documents no more."""
ANY_METHOD = {"account/spot-manual-borrow-repay", "account/set-auto-repay"}
"""Asked with a method that OKX does not have for them."""


def paths() -> list[tuple[str, str]]:
    """Method and path of everything that ccxt can ask."""
    api = ccxt.okx().describe()["api"]
    found = {(method.upper(), path) for listed in api.values() for method, paths in listed.items() for path in paths}
    return sorted(found)


def is_later(path: str) -> bool:
    return path.split("/", maxsplit=1)[0] in LATER or path.startswith(tuple(OURS_LATER))


@pytest.mark.lengthy
def test_what_is_missing_is_known_to_be() -> None:
    missing = {path for method, path in paths() if method not in BY_PATH.get(f"{PREFIX}/{path}", {})}
    assert {path for path in missing if not is_later(path)} == GONE | ANY_METHOD
    assert {path for _, path in paths() if is_later(path)} & {name.removeprefix(f"{PREFIX}/") for name in BY_PATH} <= {
        "account/subaccount/balances",
        "account/subaccount/max-withdrawal",
    }


@pytest.mark.parametrize("mode", [1, 2, 3], ids=["spot", "futures", "multi_currency"])
@pytest.mark.lengthy
async def test_every_path_is_answered(tmp_path: Path, mode: int) -> None:
    async with open_house(tmp_path, with_contracts=True, with_collateral=mode == 3, own_keys=True) as house:
        if mode == 1:
            await house.engine.submit(ConfigureAccount(account=TRADER, account_mode=1))
        for method, path in paths():
            reply = await house.trader.call(method, f"{PREFIX}/{path}", b"{}" if method == "POST" else b"")
            answer = json.loads(reply.raw)
            assert set(answer) >= {"code", "msg", "data"}, path
            assert answer["code"] in ("0", "1", "2") or answer["code"] in MESSAGES, (path, answer)
            assert reply.status == HTTP_STATUS.get(answer["code"], 200), (path, answer)
            there = method in BY_PATH.get(f"{PREFIX}/{path}", {})
            assert (answer["code"] == "404") == (not there and path not in ANY_METHOD), (method, path, answer)
            assert answer["code"] != "50026", (path, answer)
