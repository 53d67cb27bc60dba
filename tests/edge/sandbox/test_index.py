"""``/sandbox/index``: an index that moves by hand, and everything that follows it, while time stands."""

from typing import Any

import pytest

from tests.edge.contract_trading import trade
from tests.edge.house import BTC_USDT, QUIET_DATED, QUIET_SWAP, QUIET_USD_SWAP, QUIET_USDT
from tests.edge.sandbox.conftest import Sandbox

BEGINNING = [{"instrument": "QUIET-USD", "price": "100"}, {"instrument": "QUIET-USDT", "price": "100"}]


def marks(sandbox: Sandbox) -> list[int]:
    views = sandbox.house.engine.views
    contracts = [views.contract(code) for code in (QUIET_SWAP, QUIET_USD_SWAP, QUIET_DATED)]
    return [contract.mark for contract in contracts if contract is not None]


async def test_the_quiet_indices_begin_at_100_and_nothing_else_is_fixed(futures: Sandbox) -> None:
    assert (await futures.get("index")).data == BEGINNING
    assert marks(futures) == [10_000, 10_000, 10_000]


async def test_marks_limits_and_the_band_of_the_spot_pair_follow_at_once(futures: Sandbox) -> None:
    reply = await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "97.5"})
    assert reply.data == [BEGINNING[0], {"instrument": "QUIET-USDT", "price": "97.5"}]
    assert marks(futures) == [9_750, 10_000, 9_750], "the inverse contract has an index of its own"
    views = futures.house.engine.views
    swap, spot = views.instrument(QUIET_SWAP), views.instrument(QUIET_USDT)
    assert swap is not None
    assert spot is not None
    assert (swap.sell_min, swap.buy_max) == (9_263, 10_237)
    assert spot.index_price == 9_750
    await futures.post("index", {"instrument": "quiet-usd", "price": 120})
    assert marks(futures) == [9_750, 12_000, 9_750]


async def test_an_index_is_finer_than_ticks(futures: Sandbox) -> None:
    reply = await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "97.504999999999999999"})
    assert reply.data[1]["price"] == "97.504999999999999999"
    assert marks(futures)[0] == 9_750


async def test_every_other_index_is_overridden_until_it_is_let_go(futures: Sandbox) -> None:
    await futures.post("index", {"instId": "BTC-USDT", "idxPx": "50000"})
    view = futures.house.engine.views.instrument(BTC_USDT)
    assert view is not None
    assert view.index_price * view.tick_step == 50_000 * 10**view.price_scale
    assert {"instrument": "BTC-USDT", "price": "50000"} in (await futures.get("index")).data
    assert (await futures.post("index", {"instId": "BTC-USDT", "idxPx": ""})).data == BEGINNING


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"instId": "NIX-USDT", "idxPx": "1"}, "51001"),
        ({"instId": "QUIET-USDT-SWAP", "idxPx": "1"}, "51001"),
        ({"idxPx": "1"}, "50014"),
        ({"instId": "QUIET-USDT"}, "50014"),
        ({"instId": "QUIET-USDT", "idxPx": None}, "50014"),
        ({"instId": "QUIET-USDT", "idxPx": ""}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "0"}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "-1"}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "1e3"}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "0.0000000000000000001"}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "0.004"}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "99999999999"}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "9" * 200}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": ["97"]}, "51000"),
        ({"instId": "QUIET-USDT", "idxPx": "97", "speed": "1"}, "51000"),
        ({}, "50014"),
    ],
)
async def test_what_it_refuses_changes_nothing(futures: Sandbox, body: dict[str, Any], code: str) -> None:
    before = futures.house.engine.views.state_hash()
    assert (await futures.post("index", body)).code == code
    assert (await futures.get("index")).data == BEGINNING
    assert futures.house.engine.views.state_hash() == before


async def test_a_reset_lets_all_go_and_brings_the_quiet_ones_back(futures: Sandbox) -> None:
    await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "97.5"})
    await futures.post("index", {"instId": "BTC-USDT", "idxPx": "50000"})
    assert (await futures.post("reset")).code == "0"
    assert (await futures.get("index")).data == BEGINNING
    assert marks(futures) == [10_000, 10_000, 10_000]


async def test_no_price_is_taken_at_which_marks_would_have_to_stay(futures: Sandbox) -> None:
    await trade(futures.house, QUIET_SWAP, 10_000, 1_000)
    before = futures.house.engine.views.state_hash()
    # 100 contracts at 100,000,000 are worth more than sums are made for.
    reply = await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "100000000"})
    assert (reply.code, futures.house.engine.views.state_hash()) == ("51000", before)
    assert (await futures.post("index", {"instId": "QUIET-USDT", "idxPx": "1000000"})).code == "0"
    assert marks(futures)[0] == 100_000_000
