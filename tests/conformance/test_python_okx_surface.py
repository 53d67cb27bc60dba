"""python-okx, the whole of its surface for spot: each method is answered as its table says."""

from collections.abc import Iterator
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
from tests.conformance.surface import filled_in, outcome
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
# The client's own way to send a body, which its HTTP library would like otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def asked() -> list[httpx.Request]:
    """What the clients have asked."""
    return []


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest, sandbox: SandboxProcess, asked: list[httpx.Request]) -> Iterator[Any]:
    keys = sandbox.told["accounts"][0]
    secrets = (keys["api_key"], keys["secret_key"], keys["passphrase"])
    made = request.param(*secrets, flag="1", domain=sandbox.told["rest"], debug=False)
    made.event_hooks["request"].append(asked.append)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("client", "call"),
    [pytest.param(kind, call, id=f"{kind.__name__}.{call[0]}") for kind, listed in SURFACE for call in listed],
    indirect=["client"],
)
def test_answers(
    client: Any, call: calls.Call, given: dict[str, str], asked: list[httpx.Request], documented: dict[str, Any]
) -> None:
    name, arguments, expected = call
    answer = getattr(client, name)(**filled_in(arguments, given))
    assert outcome(answer) == expected, answer
    assert bool(answer["msg"]) == (expected != "0")
    operation = f"{asked[-1].method} {asked[-1].url.path}"
    # Nothing that the venue documents is missing here.
    assert expected != "404" or operation not in documented


@pytest.mark.parametrize(("kind", "listed"), SURFACE, ids=lambda part: getattr(part, "__name__", ""))
def test_every_method_is_listed(kind: type[OkxClient], listed: list[calls.Call]) -> None:
    methods = {name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")}
    assert [name for name, *_ in listed if name not in methods] == []
    assert methods == {name for name, *_ in listed}
