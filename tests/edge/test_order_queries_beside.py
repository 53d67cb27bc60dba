"""What stands beside orders: limits, prechecks, positions, conversions, repayments."""

import pytest

from lonja.edge.rate_limit import Rate
from lonja.edge.services import EdgeSettings
from tests.edge.house import House, open_house, order

QUIET = "QUIET-USDT"


async def test_how_many_orders_an_account_may_send(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = EdgeSettings(rate_limits=False, account_rate=Rate(700, 2.0))
    async with open_house(tmp_path_factory.mktemp("house"), settings) as house:
        row = (await house.trader.get("trade/account-rate-limit")).row
    assert (row["accRateLimit"], row["fillRatio"], row["nextAccRateLimit"]) == ("700", "", "")


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        # An order is judged whole before it is said that spot mode has no margin to look at.
        ("order-precheck", order(instId="NONE"), "51001"),
        ("order-precheck", order(side=None), "50014"),
        ("order-precheck", order(tdMode="cross"), "51010"),
        ("order-precheck", order(ordType="stop"), "51000"),
        ("order-precheck", order(px="1.001"), "51000"),
        ("order-precheck", order(sz="0.0001"), "51020"),
        ("order-precheck", order(), "51010"),
        ("close-position", {"instId": QUIET}, "50014"),
        ("close-position", {"instId": "NONE", "mgnMode": "cash"}, "51001"),
        ("close-position", {"instId": QUIET, "mgnMode": "cash"}, "51000"),
        ("close-position", {"instId": QUIET, "mgnMode": "cross", "posSide": "up"}, "51000"),
        ("close-position", {"instId": QUIET, "mgnMode": "cross", "autoCxl": "maybe"}, "51000"),
        ("close-position", {"instId": QUIET, "mgnMode": "cross", "autoCxl": True}, "51023"),
        ("mass-cancel", {"instType": "OPTION"}, "50014"),
        ("mass-cancel", {"instType": "SPOT", "instFamily": QUIET}, "51000"),
        ("mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"}, "51411"),
        ("easy-convert", {"fromCcy": ["BTC", "QUIET"]}, "50014"),
        ("easy-convert", {"fromCcy": [1], "toCcy": "USDT"}, "51000"),
        ("easy-convert", {"fromCcy": ["BTC", "QUIET"], "toCcy": "USDT"}, "50062"),
        ("one-click-repay", {"debtCcy": ["BTC"], "repayCcy": "USDT"}, "50062"),
        ("one-click-repay-v2", {"debtCcy": "BTC", "repayCcyList": ["USDT", "QUIET"]}, "50062"),
    ],
)
async def test_requests_refused(rest: House, path: str, body: object, code: str) -> None:
    before = rest.balances()
    reply = await rest.trader.post(f"trade/{path}", body)
    assert (reply.code, reply.data) == (code, [])
    assert rest.balances() == before
    assert (await rest.trader.get("trade/orders-pending")).data == []


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("easy-convert-currency-list", {}, "50062"),
        ("easy-convert-history", {"limit": "10"}, "0"),
        ("one-click-repay-currency-list", {"debtType": "cross"}, "50062"),
        ("one-click-repay-currency-list-v2", {}, "50062"),
        ("one-click-repay-history", {"after": "x"}, "51000"),
        ("one-click-repay-history", {}, "0"),
        ("one-click-repay-history-v2", {}, "0"),
    ],
)
async def test_questions(rest: House, path: str, params: dict[str, str], code: str) -> None:
    reply = await rest.trader.get(f"trade/{path}", **params)
    assert (reply.code, reply.data) == (code, [])
