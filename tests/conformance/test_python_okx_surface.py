"""python-okx, the whole of its surface for spot: each method is answered as its table says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from okx.Account import AccountAPI
from okx.Convert import ConvertAPI
from okx.Funding import FundingAPI
from okx.MarketData import MarketAPI
from okx.okxclient import OkxClient
from okx.PublicData import PublicAPI
from okx.Status import StatusAPI
from okx.SubAccount import SubAccountAPI
from okx.Trade import TradeAPI
from okx.TradingData import TradingDataAPI

from tests.conformance import python_okx_calls as calls
from tests.conformance.orders import place
from tests.e2e.sandbox_process import SandboxProcess

SURFACE: list[tuple[type[OkxClient], list[calls.Call]]] = [
    (AccountAPI, calls.ACCOUNT),
    (TradeAPI, calls.TRADE),
    (MarketAPI, calls.MARKET),
    (PublicAPI, calls.PUBLIC),
    (FundingAPI, calls.FUNDING),
    (SubAccountAPI, calls.SUB_ACCOUNT),
    (ConvertAPI, calls.CONVERT),
    (StatusAPI, calls.STATUS),
    (TradingDataAPI, calls.TRADING_DATA),
]
SUB = "surface1"

# The client's own way to send a body, which its HTTP library would like otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def sub_key(sandbox: SandboxProcess) -> str:
    """The key of a sub-account."""
    sandbox.call("POST", "/api/v5/users/subaccount/create-subaccount", {"subAcct": SUB, "type": "1"}, 0)
    body = {"subAcct": SUB, "label": "bot", "passphrase": "Correct-horse-1", "perm": "read_only"}
    (row,) = sandbox.call("POST", "/api/v5/users/subaccount/apikey", body, 0)
    return str(row["apiKey"])


@pytest.fixture
def given(quiet: SandboxProcess, sub_key: str) -> dict[str, str]:
    """What stands for the names in braces."""
    transfer = {"ccy": "USDT", "amt": "1", "from": "18", "to": "6"}
    (moved,) = quiet.call("POST", "/api/v5/asset/transfer", transfer, 0)
    return {"order": place(quiet, 0, px="95"), "transfer": moved["transId"], "sub": SUB, "key": sub_key}


@pytest.fixture(scope="module")
def documented(shared_folder: Path) -> set[str]:
    path = shared_folder / "fixtures/okx-v5/derived/rest-schemas.json"
    return set(json.loads(path.read_text())["operations"])


def _filled_in(value: Any, given: dict[str, str]) -> Any:
    if isinstance(value, str):
        return given.get(value[1:-1], value) if value.startswith("{") else value
    if isinstance(value, list):
        return [_filled_in(item, given) for item in value]
    return {name: _filled_in(item, given) for name, item in value.items()} if isinstance(value, dict) else value


@pytest.fixture
def asked() -> list[httpx.Request]:
    return []


@pytest.fixture
def client(request: pytest.FixtureRequest, quiet: SandboxProcess, asked: list[httpx.Request]) -> Iterator[Any]:
    keys = quiet.told["accounts"][0]
    secrets = (keys["api_key"], keys["secret_key"], keys["passphrase"])
    made = request.param(*secrets, flag="1", domain=quiet.told["rest"], debug=False)
    made.event_hooks["request"].append(asked.append)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("client", "call"),
    [pytest.param(kind, call, id=f"{kind.__name__}.{call[0]}") for kind, listed in SURFACE for call in listed],
    indirect=["client"],
)
def test_answers(
    client: Any, call: calls.Call, given: dict[str, str], asked: list[httpx.Request], documented: set[str]
) -> None:
    name, arguments, expected = call
    answer = getattr(client, name)(**_filled_in(arguments, given))
    assert set(answer) >= {"code", "msg", "data"}
    codes = {row["sCode"] for row in answer["data"] if "sCode" in row} if answer["code"] in {"1", "2"} else set()
    assert (codes or {answer["code"]}) == {expected}, answer
    assert bool(answer["msg"]) == (expected != "0")
    operation = f"{asked[-1].method} {asked[-1].url.path}"
    # Nothing that the venue documents is missing here.
    assert expected != "404" or operation not in documented


@pytest.mark.parametrize(("kind", "listed"), SURFACE, ids=lambda part: getattr(part, "__name__", ""))
def test_every_method_is_listed(kind: type[OkxClient], listed: list[calls.Call]) -> None:
    methods = {name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}
    assert [name for name, *_ in listed if name not in methods] == []
    assert methods == {name for name, *_ in listed}
