"""Every documented key is present in every row, and every key a strict client demands."""

import json
from pathlib import Path
from typing import Any

import pytest

from lonja.edge.rest.operation import Operation
from lonja.edge.rest.operations import OPERATIONS
from lonja.edge.wire import account, account_settings, bills, contracts, index, instrument_keys, market, orders
from lonja.edge.wire.requests import fields_of
from tests.edge.house import House

# A strict client takes either name of a key, documented for the answer and for the push, but not both at once.
OTHER_NAMES = {"maxSpotInUse": "maxSpotInUseAmt"}
# Parameters of what spot mode does not have; they are ignored.
NOT_READ = {"seriesId", "adjust", "loanTrans", "omitPosRisk"}

# Documented together for all kinds of orders; which are required depends on the kind.
OF_SOME_KIND = {"POST /api/v5/trade/order-algo", "POST /api/v5/trade/amend-algos"}

# Not documented: what OKX's website does and its API does not, and what clients still call.
OWN = {
    "POST /api/v5/users/subaccount/set-frozen",
    "POST /api/v5/trade/cancel-advance-algos",
    "POST /api/v5/account/borrow-repay",
    "POST /api/v5/account/simulated_margin",
    "GET /api/v5/market/block-trades",
    "GET /api/v5/market/books-lite",
    "GET /api/v5/market/books-rpi",
    "GET /api/v5/market/call-auction-detail",
    "GET /api/v5/market/open-oracle",
    "GET /api/v5/public/delta-hedge-currencies",
    "GET /api/v5/public/liquidation-orders",
    "GET /api/v5/public/mm-instrument-types",
    "GET /api/v5/public/vip-interest-rate-loan-quota",
    "GET /api/v5/support/announcements-types",
}
# Documented without the keys of its rows.
WITHOUT_KEYS = {"GET /api/v5/public/economic-calendar"}
# Documented as required, and left out by clients, who send another parameter in its place.
LEFT_OUT = {
    "GET /api/v5/public/mark-price": {"instType"},
    "GET /api/v5/public/opt-summary": {"instFamily"},
    "GET /api/v5/public/delivery-exercise-history": {"instFamily"},
}


def _schema(shared_folder: Path, operation: Operation) -> Any:
    path = shared_folder / "fixtures/okx-v5/derived/rest-schemas.json"
    return json.loads(path.read_text())["operations"][operation.name]


def _names(rows: list[list[Any]], depth: int) -> set[str]:
    return {row[1] for row in rows if row[0] == depth}


def _nested(rows: list[list[Any]], parent: str) -> set[str]:
    """The keys below ``parent``, which follow it with a greater depth."""
    found, inside = set(), False
    for row in rows:
        if row[0] == 0:
            inside = row[1] == parent
        elif inside:
            found.add(row[1])
    return found


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.name not in OWN], ids=lambda o: o.name)
def test_answers_have_every_documented_key(shared_folder: Path, operation: Operation) -> None:
    rows = _schema(shared_folder, operation)["response"]
    documented = _nested(rows, "data") if operation.order_operation else _names(rows, 0)
    given = set(operation.answer)
    assert documented <= given
    if operation.path.startswith("/api/v5/market/trades"):
        given -= {"count", "seqId"}
    assert operation.name in WITHOUT_KEYS or given - documented <= {"settle"}


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.name not in OWN], ids=lambda o: o.name)
def test_requests_know_the_documented_parameters(shared_folder: Path, operation: Operation) -> None:
    if operation.order_operation:
        return
    rows = _schema(shared_folder, operation)["request"]
    known = {field.name for field in fields_of(operation.request)}
    assert _names(rows, 0) - NOT_READ <= known
    required = {row[1] for row in rows if row[0] == 0 and row[3] == "Yes"}
    if operation.name in OF_SOME_KIND:
        required &= {"instId", "tdMode", "side", "ordType"}
    required -= LEFT_OUT.get(operation.name, set())
    assert required <= {field.name for field in fields_of(operation.request) if field.required}


def test_details_of_balances(shared_folder: Path) -> None:
    schemas = json.loads((shared_folder / "fixtures/okx-v5/derived/rest-schemas.json").read_text())["operations"]
    documented = _nested(schemas["GET /api/v5/account/balance"]["response"], "details")
    assert documented == set(account.DETAIL_ROW)
    groups = _nested(schemas["GET /api/v5/account/trade-fee"]["response"], "feeGroup")
    assert groups == {"taker", "maker", "groupId", "elpMaker"}


@pytest.mark.parametrize(
    ("struct", "row"),
    [
        ("OKXAccount", account.BALANCE_ROW),
        ("OKXBalanceDetail", account.DETAIL_ROW),
        ("OKXPosition", account_settings.POSITION_ROW),
        ("OKXPositionHistory", account_settings.CLOSED_POSITION_ROW),
        ("OKXFeeRate", account.FEE_ROW),
        ("OKXOrderHistory", orders.ORDER_ROW),
        ("OKXTransactionDetail", orders.FILL_ROW),
        ("OKXTrade", market.TRADE_ROW),
        ("OKXOrderBookSnapshot", market.BOOK_ROW),
        ("OKXTickerMsg", market.TICKER_ROW),
        ("OKXPriceLimitMsg", market.PRICE_LIMIT_ROW),
        ("OKXMarkPrice", index.MARK_PRICE_ROW),
        ("OKXIndexTicker", index.INDEX_TICKER_ROW),
        ("OKXPositionTier", contracts.POSITION_TIER_ROW),
        ("OKXFundingRateHistory", contracts.PAST_FUNDING_ROW),
        ("OKXFundingRateMsg", contracts.FUNDING_RATE_ROW),
        ("OKXOpenInterestMsg", contracts.OPEN_INTEREST_ROW),
    ],
)
def test_strict_clients_find_what_they_demand(shared_folder: Path, struct: str, row: dict[str, object]) -> None:
    path = shared_folder / "fixtures/okx-v5/derived/nautilus-required-fields.json"
    required = set(json.loads(path.read_text())["structs"][struct]["required"])
    assert required <= {OTHER_NAMES.get(name, name) for name in row}


def test_instruments_have_the_keys_of_recorded_ones(shared_folder: Path) -> None:
    path = shared_folder / "fixtures/okx-v5/nautilus_trader/http_get_instruments_spot.json"
    for recorded in json.loads(path.read_text())["data"]:
        assert set(recorded) <= set(instrument_keys.PUBLIC_ROW)


def _check(template: dict[str, object], row: dict[str, object]) -> None:
    """``row`` has the keys of ``template``; numbers are text, absent ones "", and nothing is null."""
    assert set(row) == set(template)
    for name, value in row.items():
        assert type(value) is type(template[name]), name


async def test_rows_as_sent_have_exactly_the_keys_of_their_templates(rest: House) -> None:
    await rest.trader.place(clOrdId="a", tag="t")
    await rest.other.place(side="sell", px="99", sz="0.5")
    await rest.other.place(ordType="market", side="sell", sz="0.1")
    trader = rest.trader
    for row in (await rest.get("public/instruments", instType="SPOT")).data:
        _check(instrument_keys.PUBLIC_ROW, row)
    for row in (await trader.get("account/instruments", instType="SPOT")).data:
        _check(instrument_keys.ACCOUNT_ROW, row)
    for path, params, template in [
        ("trade/orders-pending", {}, orders.ORDER_ROW),
        ("trade/fills", {}, orders.FILL_ROW),
        ("account/bills", {}, bills.BILL_ROW),
        ("account/config", {}, account.CONFIG_ROW),
        ("account/balance", {}, account.BALANCE_ROW),
        ("account/trade-fee", {"instType": "SPOT"}, account.FEE_ROW),
        ("asset/currencies", {}, account.CURRENCY_ROW),
        ("asset/balances", {}, account.FUNDING_ROW),
    ]:
        rows = (await trader.get(path, **params)).data
        assert rows, path
        for row in rows:
            _check(template, row)
    for row in (await rest.other.get("trade/orders-history", instType="SPOT")).data:
        _check(orders.ORDER_ROW, row)
    for detail in (await trader.get("account/balance")).row["details"]:
        _check(account.DETAIL_ROW, detail)
    for path, template in [
        ("market/tickers?instType=SPOT", market.TICKER_ROW),
        ("market/books?instId=QUIET-USDT", market.BOOK_ROW),
        ("market/books-full?instId=QUIET-USDT", market.FULL_BOOK_ROW),
        ("market/trades?instId=QUIET-USDT", market.TRADE_ROW),
        ("public/price-limit?instId=QUIET-USDT", market.PRICE_LIMIT_ROW),
    ]:
        for row in (await rest.get(path)).data:
            _check(template, row)
