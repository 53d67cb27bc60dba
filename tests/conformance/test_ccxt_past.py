"""ccxt reads the past of contracts: funding, deliveries, open interest, longs and shorts, marks and indices.

The sandbox is a few minutes old and has a past all the same; what happens from then on stands beside it, and is the same
after a restart.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import ccxt
import pytest

from tests.conformance.clients import ccxt_client
from tests.conformance.futures import EIGHT_HOURS_MS, OPTIONS, SWAP, move_index, step
from tests.e2e.sandbox_process import SandboxProcess

BITCOIN = "BTC/USDT:USDT"
SECOND_MS, MINUTE_MS, DAY_MS = 1_000, 60_000, 86_400_000


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("past") / "data", *OPTIONS) as process:
        yield process


@pytest.fixture(scope="module")
def client(exchange: SandboxProcess) -> ccxt.okx:
    made = ccxt_client(ccxt.okx, exchange.told)
    made.load_markets()
    return made


def test_funding_of_three_months(client: ccxt.okx) -> None:
    rows: list[Any] = client.fetch_funding_rate_history(BITCOIN, limit=400)
    assert len(rows) == 270
    assert {two["timestamp"] - one["timestamp"] for one, two in pairwise(rows)} == {EIGHT_HOURS_MS}
    assert all(abs(row["fundingRate"]) <= 0.0075 for row in rows)
    assert client.fetch_funding_rate_history(SWAP) == []


def test_deliveries_of_four_weeks(client: ccxt.okx) -> None:
    dated = [market["symbol"] for market in client.markets.values() if market["future"] and market["base"] == "BTC"]
    rows: list[Any] = client.fetch_settlement_history(dated[0], None, 100)
    assert len(rows) == 4
    assert {two["timestamp"] - one["timestamp"] for one, two in pairwise(rows)} == {7 * DAY_MS}
    assert all(row["price"] > 0 for row in rows)


def test_candles_of_a_dated_contract(client: ccxt.okx) -> None:
    dated = [market for market in client.markets.values() if market["future"] and market["base"] == "BTC"]
    assert dated
    for market in dated:
        hours: list[Any] = client.fetch_ohlcv(market["symbol"], "1h", limit=24)
        assert len(hours) == 24, market["symbol"]


def test_open_interest_and_ratios_grow_with_time(exchange: SandboxProcess, client: ccxt.okx) -> None:
    before: list[Any] = client.fetch_open_interest_history(BITCOIN, "5m")
    assert before
    assert all(row["openInterestValue"] > 0 for row in before)
    step(exchange, 5 * MINUTE_MS)
    after: list[Any] = client.fetch_open_interest_history(BITCOIN, "5m")
    assert after[-1]["timestamp"] - before[-1]["timestamp"] == 5 * MINUTE_MS
    ratios: list[Any] = client.fetch_long_short_ratio_history(BITCOIN, "5m", limit=10)
    assert 1 <= len(ratios) <= 10
    assert all(row["longShortRatio"] > 0 for row in ratios)


def test_marks_and_indices_are_the_same_after_a_restart(tmp_path: Path) -> None:
    def told(exchange: SandboxProcess) -> list[Any]:
        """All but what still runs: markets open anew with a start, and prices with them."""
        asked = ccxt_client(ccxt.okx, exchange.told)
        takers = asked.public_get_rubik_stat_taker_volume({"ccy": "BTC", "instType": "CONTRACTS"})["data"]
        return [
            asked.fetch_mark_ohlcv(SWAP, "1m", limit=60),
            asked.fetch_mark_ohlcv(BITCOIN, "1m", limit=60)[:-1],
            asked.fetch_index_ohlcv(SWAP, "5m", limit=60),
            asked.fetch_index_ohlcv(BITCOIN, "5m", limit=60)[:-1],
            asked.fetch_open_interest_history(BITCOIN, "5m"),
            takers[1:],
        ]

    with SandboxProcess(tmp_path / "data", *OPTIONS) as exchange:
        for price in ("101", "99.5", "100.5"):
            move_index(exchange, price)
            step(exchange, SECOND_MS)
        before = told(exchange)
    # What the quiet contract was marked at: high, low and last of its last minutes.
    assert (max(row[2] for row in before[0]), before[0][-1][4]) == (101, 100.5)
    assert min(row[3] for row in before[0]) == 99.5
    with SandboxProcess(tmp_path / "data", *OPTIONS) as again:
        assert told(again) == before
