"""python-okx, the official client, trades perpetual contracts on both sides at once, protected, and reads what came of it."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.conformance.futures import INVERSE_ID, SWAP_ID, move_index
from tests.conformance.test_python_okx_rest import Okx, _row, _rows
from tests.e2e.sandbox_process import SandboxProcess

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

LONG, SHORT = {"side": "buy", "posSide": "long"}, {"side": "sell", "posSide": "short"}


@pytest.fixture
def both(exchange: SandboxProcess) -> Iterator[tuple[Okx, Okx]]:
    """A client for each account, in futures mode with a long and a short side."""
    clients = Okx(exchange.told, 0, "0"), Okx(exchange.told, 1, "1")
    for client in clients:
        assert _row(client.account.set_account_level("2")) == {"acctLv": "2"}
        assert _row(client.account.set_position_mode("long_short_mode")) == {"posMode": "long_short_mode"}
        assert _row(client.account.get_account_config())["posMode"] == "long_short_mode"
    yield clients
    for client in clients:
        client.close()


def _trade(first: Okx, second: Okx, sides: tuple[dict[str, str], dict[str, str]], size: str, price: str) -> str:
    """``first`` takes what ``second`` offers; the id of the taker's order."""
    ids = []
    for client, side in ((second, sides[1]), (first, sides[0])):
        order = {"instId": SWAP_ID, "tdMode": "isolated", "ordType": "limit", "sz": size, "px": price}
        ids.append(_row(client.trade.place_order(**order, **side))["ordId"])
    return ids[1]


def test_both_sides_at_once(exchange: SandboxProcess, both: tuple[Okx, Okx]) -> None:
    trader, other = both
    for side in ("long", "short"):
        answer = _row(trader.account.set_leverage("20", "isolated", instId=SWAP_ID, posSide=side))
        assert (answer["lever"], answer["posSide"]) == ("20", side)
    assert {row["lever"] for row in _rows(trader.account.get_leverage("isolated", instId=SWAP_ID))} == {"20"}
    _trade(trader, other, (LONG, SHORT), "10", "100")
    _trade(trader, other, (SHORT, LONG), "4", "100")
    held = {row["posSide"]: row for row in _rows(trader.account.get_positions("SWAP"))}
    assert {side: (row["pos"], row["avgPx"], row["margin"]) for side, row in held.items()} == {
        "long": ("10", "100", "50"),
        "short": ("4", "100", "20"),
    }
    added = _row(trader.account.adjustment_margin(SWAP_ID, "long", "add", "7.5"))
    assert (added["amt"], added["type"]) == ("7.5", "add")
    move_index(exchange, "101")
    held = {row["posSide"]: row for row in _rows(trader.account.get_positions("SWAP"))}
    assert (held["long"]["upl"], held["short"]["upl"], held["long"]["margin"]) == ("10", "-4", "57.5")
    # Each closes its own side against the other.
    _trade(other, trader, ({"side": "sell", "posSide": "long"}, {"side": "buy", "posSide": "short"}), "4", "101")
    closed = [row for row in _rows(trader.account.get_positions_history("SWAP")) if row["direction"] == "short"]
    # It lost four, and paid 0.05 % of 400 when it opened and 0.02 % of 404 when it closed.
    assert [Decimal(row["realizedPnl"]) for row in closed] == [Decimal("-4.2808")]


def test_what_protects_a_position(exchange: SandboxProcess, both: tuple[Okx, Okx]) -> None:
    trader, other = both
    _trade(trader, other, (LONG, SHORT), "2", "100")
    close = {"instId": SWAP_ID, "tdMode": "isolated", "side": "sell", "posSide": "long"}
    stop = {"slTriggerPx": "95", "slOrdPx": "-1", "slTriggerPxType": "mark", "closeFraction": "1"}
    stopped = _row(trader.trade.place_algo_order(**close, ordType="conditional", **stop))["algoId"]
    trail = {"callbackRatio": "0.01", "sz": "1"}
    trailing = _row(trader.trade.place_algo_order(**close, ordType="move_order_stop", **trail))["algoId"]
    assert [row["algoId"] for row in _rows(trader.trade.order_algos_list("conditional"))] == [stopped]
    assert [row["algoId"] for row in _rows(trader.trade.order_algos_list("move_order_stop"))] == [trailing]
    _rows(trader.trade.amend_algo_order(SWAP_ID, stopped, newSlTriggerPx="96"))
    assert _row(trader.trade.get_algo_order_details(stopped))["slTriggerPx"] == "96"
    _rows(trader.trade.cancel_algo_order([{"instId": SWAP_ID, "algoId": trailing}]))
    bid = {"instId": SWAP_ID, "tdMode": "isolated", "ordType": "limit", "sz": "2", "px": "95.5"}
    _row(other.trade.place_order(**bid, side="buy", posSide="short"))
    move_index(exchange, "95.9")
    assert _rows(trader.account.get_positions("SWAP")) == []
    fired = _row(trader.trade.order_algos_history("conditional", algoId=stopped))
    assert (fired["state"], fired["actualSide"], fired["actualSz"]) == ("effective", "sl", "2")


def test_public_facts(both: tuple[Okx, Okx]) -> None:
    public = both[0].public
    tiers = _rows(public.get_position_tiers("SWAP", "isolated", instFamily="QUIET-USDT"))
    assert [(row["maxSz"], row["mmr"], row["imr"], row["maxLever"]) for row in tiers] == [
        ("1000", "0.005", "0.01", "100"),
        ("5000", "0.01", "0.02", "50"),
        ("20000", "0.02", "0.05", "20"),
        ("100000", "0.05", "0.1", "10"),
    ]
    assert _row(public.get_mark_price("SWAP", instId=INVERSE_ID))["markPx"] == "100"
    limits = _row(public.get_price_limit(SWAP_ID))
    assert (limits["buyLmt"], limits["sellLmt"]) == ("105", "95")
    assert _row(public.get_open_interest("SWAP", instId=SWAP_ID))["oi"] == "0"
    (fund,) = _rows(public.get_insurance_fund("SWAP", instFamily="QUIET-USDT"))
    assert Decimal(fund["total"]) >= 10_000
