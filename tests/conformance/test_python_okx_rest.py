"""python-okx over REST: the official client, on plain and encrypted addresses, live and demo."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from okx.Account import AccountAPI
from okx.Funding import FundingAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Status import StatusAPI
from okx.Trade import TradeAPI

from tests.e2e.sandbox_process import SandboxProcess

QUIET = "QUIET-USDT"

# The client's own way to send a body, which its HTTP library would like otherwise.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


class Okx:
    """All parts of the client for one account."""

    def __init__(self, told: dict[str, Any], account: int, flag: str, host: str = "rest") -> None:
        keys = told["accounts"][account]
        secrets = (keys["api_key"], keys["secret_key"], keys["passphrase"])
        where = {"flag": flag, "domain": told[host], "debug": False}
        self.account = AccountAPI(*secrets, **where)
        self.trade = TradeAPI(*secrets, **where)
        self.funding = FundingAPI(*secrets, **where)
        self.market = MarketAPI(**where)
        self.public = PublicAPI(**where)
        self.status = StatusAPI(**where)

    def close(self) -> None:
        for part in (self.account, self.trade, self.funding, self.market, self.public, self.status):
            part.close()

    def place(self, **change: str) -> dict[str, Any]:
        order = {"instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "95", "sz": "1"}
        return self.trade.place_order(**(order | change))

    def order(self, order_id: str) -> dict[str, Any]:
        return _row(self.trade.get_order(QUIET, ordId=order_id))

    def cash(self, currency: str) -> Decimal:
        (detail,) = _row(self.account.get_account_balance(currency))["details"]
        return Decimal(detail["cashBal"])


def _rows(answer: dict[str, Any]) -> list[Any]:
    assert answer["code"] == "0", answer
    return answer["data"]


def _row(answer: dict[str, Any]) -> dict[str, Any]:
    (row,) = _rows(answer)
    return row


@pytest.fixture(params=["0", "1"], ids=["live", "demo"])
def okx(request: pytest.FixtureRequest, quiet: SandboxProcess) -> Iterator[Okx]:
    client = Okx(quiet.told, 0, request.param)
    yield client
    client.close()


@pytest.fixture
def other(quiet: SandboxProcess) -> Iterator[Okx]:
    client = Okx(quiet.told, 1, "1")
    yield client
    client.close()


def test_public_questions(okx: Okx) -> None:
    assert int(_row(okx.public.get_system_time())["ts"]) > 0
    assert len(_rows(okx.public.get_instruments("SPOT"))) >= 21
    assert _row(okx.public.get_instruments("SPOT", instId=QUIET))["tickSz"] == "0.01"
    assert _row(okx.public.get_price_limit(QUIET))["buyLmt"] == "120"
    assert _rows(okx.status.status()) == []
    assert len(_rows(okx.market.get_tickers("SPOT"))) >= 21
    ticker = _row(okx.market.get_ticker("BTC-USDT"))
    assert Decimal(ticker["bidPx"]) < Decimal(ticker["askPx"])
    assert len(_row(okx.market.get_orderbook("BTC-USDT", "25"))["bids"]) == 25
    assert len(_rows(okx.market.get_candlesticks("BTC-USDT", bar="1m", limit="300"))) == 300
    assert len(_rows(okx.market.get_history_candlesticks("BTC-USDT", bar="1m", limit="50"))) == 50
    assert len(_rows(okx.market.get_trades("BTC-USDT", "100"))) == 100


def test_pages_of_candles(okx: Okx) -> None:
    page = _rows(okx.market.get_candlesticks("ETH-USDT", bar="5m", limit="10"))
    older = _rows(okx.market.get_candlesticks("ETH-USDT", bar="5m", limit="10", after=page[-1][0]))
    times = [int(row[0]) for row in page + older]
    assert times == [times[0] - 300_000 * index for index in range(20)]
    assert [row[8] for row in page] == ["0"] + ["1"] * 9
    newer = _rows(okx.market.get_candlesticks("ETH-USDT", bar="5m", before=older[0][0]))
    assert [row[0] for row in newer][-10:] == [row[0] for row in page]


def test_account(okx: Okx, quiet: SandboxProcess) -> None:
    config = _row(okx.account.get_account_config())
    assert (config["uid"], config["acctLv"], config["posMode"]) == (
        quiet.told["accounts"][0]["uid"], "1", "net_mode",
    )  # fmt: skip
    fee = _row(okx.account.get_fee_rates("SPOT", instId=QUIET))
    assert (fee["maker"], fee["taker"]) == ("-0.0008", "-0.001")
    balance = _row(okx.account.get_account_balance())
    assert {"USDT", "BTC", "ETH", "QUIET"} <= {detail["ccy"] for detail in balance["details"]}
    # A literal comma, signed as it is sent.
    assert len(_row(okx.account.get_account_balance("BTC,ETH"))["details"]) == 2
    assert len(_rows(okx.funding.get_balances("BTC,ETH"))) == 2
    assert len(_rows(okx.account.get_instruments(instType="SPOT"))) >= 21
    assert _rows(okx.account.get_positions()) == []
    assert {row["ccy"] for row in _rows(okx.funding.get_currencies())} >= {"USDT", "BTC"}


def test_the_life_of_an_order(okx: Okx) -> None:
    order_id = _row(okx.place(clOrdId="mine", tag="bot"))["ordId"]
    order = okx.order(order_id)
    assert {name: order[name] for name in ("state", "px", "sz", "accFillSz", "avgPx", "clOrdId", "tag")} == {
        "state": "live", "px": "95", "sz": "1", "accFillSz": "0", "avgPx": "", "clOrdId": "mine", "tag": "bot",
    }  # fmt: skip
    assert [row["ordId"] for row in _rows(okx.trade.get_order_list(instType="SPOT"))] == [order_id]
    assert _row(okx.trade.amend_order(QUIET, ordId=order_id, newSz="2", newPx="96", reqId="r1"))["reqId"] == "r1"
    order = okx.order(order_id)
    assert (order["px"], order["sz"]) == ("96", "2")
    (detail,) = _row(okx.account.get_account_balance("USDT"))["details"]
    assert (detail["frozenBal"], detail["ordFrozen"]) == ("192", "192")
    assert _row(okx.trade.cancel_order(QUIET, clOrdId="mine"))["ordId"] == order_id
    order = okx.order(order_id)
    assert (order["state"], order["cancelSource"]) == ("canceled", "1")
    assert order_id in {row["ordId"] for row in _rows(okx.trade.get_orders_history("SPOT"))}
    assert okx.trade.get_order(QUIET, clOrdId="nobody")["code"] == "51603"


def test_a_trade(okx: Okx, other: Okx) -> None:
    usdt, quiet = okx.cash("USDT"), okx.cash("QUIET")
    sold = _row(other.place(side="sell", px="100", sz="3"))["ordId"]
    bought = _row(okx.place(px="101", sz="2"))["ordId"]
    order = okx.order(bought)
    assert {name: order[name] for name in ("state", "avgPx", "fillPx", "fillSz", "fee", "feeCcy", "rebate")} == {
        "state": "filled", "avgPx": "100", "fillPx": "100", "fillSz": "2", "fee": "-0.002", "feeCcy": "QUIET",
        "rebate": "0",
    }  # fmt: skip
    assert okx.cash("USDT") == usdt - 200
    assert okx.cash("QUIET") == quiet + Decimal("1.998")
    maker = other.order(sold)
    assert (maker["state"], maker["accFillSz"], maker["fee"], maker["feeCcy"]) == (
        "partially_filled", "2", "-0.16", "USDT",
    )  # fmt: skip
    fill = _row(okx.trade.get_fills(instType="SPOT", ordId=bought))
    assert (fill["fillPx"], fill["fillSz"], fill["execType"], fill["fee"]) == ("100", "2", "T", "-0.002")
    assert fill["tradeId"] == _row(other.trade.get_fills_history("SPOT", ordId=sold))["tradeId"]
    bills = [row for row in _rows(okx.account.get_account_bills(limit="2")) if row["ordId"] == bought]
    assert {(row["ccy"], row["balChg"], row["subType"]) for row in bills} == {
        ("USDT", "-200", "1"), ("QUIET", "1.998", "1"),
    }  # fmt: skip
    assert len(_rows(okx.account.get_account_bills_archive(limit="2"))) == 2


def test_market_orders(okx: Okx, other: Okx) -> None:
    other.place(side="sell", px="100", sz="3")
    other.place(side="buy", px="90", sz="3")
    for order, filled in (
        ({"side": "buy", "sz": "100"}, "1"),
        ({"side": "buy", "sz": "1", "tgtCcy": "base_ccy"}, "1"),
        ({"side": "sell", "sz": "1"}, "1"),
        ({"side": "sell", "sz": "90", "tgtCcy": "quote_ccy"}, "1"),
    ):
        order_id = _row(okx.place(**({"ordType": "market", "px": ""} | order)))["ordId"]
        done = okx.order(order_id)
        assert (done["state"], done["accFillSz"]) == ("filled", filled), order


def test_batches(okx: Okx) -> None:
    good = {"instId": QUIET, "tdMode": "cash", "side": "buy", "ordType": "limit", "px": "90", "sz": "1"}
    mixed = okx.trade.place_multiple_orders([good, good | {"sz": "0"}, good | {"px": "91"}])
    assert mixed["code"] == "2"
    assert [row["sCode"] == "0" for row in mixed["data"]] == [True, False, True]
    assert mixed["data"][1]["ordId"] == ""
    ids = [mixed["data"][index]["ordId"] for index in (0, 2)]
    amended = okx.trade.amend_multiple_orders([{"instId": QUIET, "ordId": order_id, "newSz": "2"} for order_id in ids])
    assert [row["ordId"] for row in _rows(amended)] == ids
    assert [okx.order(order_id)["sz"] for order_id in ids] == ["2", "2"]
    canceled = okx.trade.cancel_multiple_orders([{"instId": QUIET, "ordId": order_id} for order_id in ids])
    assert [row["sCode"] for row in _rows(canceled)] == ["0", "0"]
    again = okx.trade.cancel_multiple_orders([{"instId": QUIET, "ordId": order_id} for order_id in ids])
    assert (again["code"], {row["sCode"] for row in again["data"]}) == ("1", {"51400"})


def test_transfers(okx: Okx) -> None:
    before = okx.cash("USDT"), Decimal(_row(okx.funding.get_balances("USDT"))["bal"])
    moved = _row(okx.funding.funds_transfer("USDT", "10.5", "6", "18"))
    assert (moved["ccy"], moved["amt"], moved["from"], moved["to"]) == ("USDT", "10.5", "6", "18")
    assert okx.cash("USDT") == before[0] + Decimal("10.5")
    assert Decimal(_row(okx.funding.get_balances("USDT"))["bal"]) == before[1] - Decimal("10.5")
    bill = _rows(okx.account.get_account_bills(type="1", ccy="USDT"))[0]
    assert (bill["balChg"], bill["from"], bill["to"]) == ("10.5", "6", "18")
    _row(okx.funding.funds_transfer("USDT", "10.5", "18", "6"))
    assert okx.cash("USDT") == before[0]


def test_refusals(okx: Okx) -> None:
    for change, code in (
        ({"sz": "20000"}, "51008"), ({"sz": "0.0001"}, "51020"), ({"sz": "1.0005"}, "51121"),
        ({"px": "95.001"}, "51000"), ({"px": "121"}, "51137"), ({"instId": "NOPE-USDT"}, "51001"),
        ({"side": "up"}, "51000"), ({"tdMode": "isolated"}, "51010"),
    ):  # fmt: skip
        answer = okx.place(**change)
        assert (answer["code"], answer["data"][0]["sCode"], answer["data"][0]["ordId"]) == ("1", code, ""), answer
    assert _rows(okx.trade.get_order_list()) == []


def test_over_our_own_tls(quiet: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", quiet.told["ca_file"])
    okx = Okx(quiet.told, 0, "1", "rest_tls")
    order_id = _row(okx.place(clOrdId="encrypted"))["ordId"]
    assert okx.order(order_id)["state"] == "live"
    _row(okx.trade.cancel_order(QUIET, ordId=order_id))
    assert len(_rows(okx.market.get_tickers("SPOT"))) >= 21
    okx.close()
