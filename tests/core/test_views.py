"""Reading the state: whole copies for what exists, nothing for what does not."""

import pytest

from lonja.core import commands as c
from lonja.core.hashing import state_hash
from lonja.core.kinds import Ledger, Side
from lonja.core.snapshot import dump_state
from lonja.core.state_views import StateViews
from lonja.core.views import AccountView, BalanceView, CurrencyView, FeeRatesView, LevelView, OrderView
from tests.core.scenario import START_MS, Floor

ANN, BOB, CAT = 2, 3, 4


@pytest.fixture
def floor() -> Floor:
    """Orders on both sides, one of them partly filled, with fees and rebates."""
    made = Floor()
    made.run("""> fees tier=0 maker=-100000 taker=20000
> transfer ann 5 USD trading funding
> configure ann tier=1 stp=cancel_taker
> bob sell 10 @ 101 id=b tag=grid
> cat buy 4 @ 101
> cat sell 2 @ 101
> cat sell 3 @ 102
> ann buy 5 @ 100 id=abcdefghijklmnopqrstuvwxyz012345 post_only tag=sixteen-letters-
> ann buy 6 @ 100
> bob buy 7 @ 98""")
    made.time_ms += 5
    made.run("> cat buy 1 @ 101 ioc\n> ann buy 1 @ 101 ioc")
    return made


def test_definitions(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert views.currencies() == [CurrencyView(0, "BTC", 0), CurrencyView(1, "USD", 0)]
    (instrument,) = views.instruments()
    assert instrument == views.instrument(0)
    listing = c.ListInstrument(0, -1, 0, 0, "BTC-USD", 0, 0, 1, 1)  # type: ignore[arg-type]
    assert instrument[1:-4] == listing[4:]
    assert instrument[-4:] == (START_MS, 0, 0, 0)
    assert views.instrument(1) is views.instrument(-1) is None
    assert views.account_count() == 5
    assert views.account(ANN) == AccountView(ANN, 1, ANN, 1, 2, 1, 0, START_MS)
    assert views.account(5) is views.account(-1) is None


def test_the_band_is_shown(floor: Floor) -> None:
    floor.run("> index BTC-USD 100")
    assert StateViews(floor.state).instruments()[0][-3:] == (100, 120, 80)


def test_fee_rates(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert views.fee_rates(BOB, 0) == FeeRatesView(-100_000, 20_000)
    assert views.fee_rates(ANN, 0) == FeeRatesView(0, 0)


def test_balances(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert views.balances(ANN) == [
        BalanceView(ANN, 0, Ledger.TRADING, 1_001, 0, START_MS + 5),
        BalanceView(ANN, 1, Ledger.FUNDING, 5, 0, START_MS),
        BalanceView(ANN, 1, Ledger.TRADING, 99_894, 1_100, START_MS + 5),
    ]
    assert views.balance(ANN, 1, Ledger.FUNDING) == views.balances(ANN)[1]
    assert views.balance(BOB, 1, Ledger.FUNDING) == BalanceView(BOB, 1, Ledger.FUNDING, 0, 0, 0)
    assert views.balances(5) == views.balances(-1) == []
    for account, currency, ledger in ((-1, 0, 0), (ANN, -1, 0), (ANN, 0, 2), (99, 0, 0), (ANN, 9, 1)):
        assert views.balance(account, currency, ledger) == BalanceView(account, currency, ledger, 0, 0, 0)


def test_orders(floor: Floor) -> None:
    views = StateViews(floor.state)
    order_id = floor.names.order_id("b")
    expected = OrderView(
        order_id=order_id,
        account=BOB,
        instrument=0,
        side=Side.SELL,
        order_type=0,
        time_in_force=0,
        post_only=0,
        price=101,
        size=10,
        filled=6,
        notional=606,
        fee=0,
        rebate=60,
        self_trade_prevention=1,
        client_order_id="b",
        tag="grid",
        created_time_ms=START_MS,
        updated_time_ms=START_MS + 5,
    )
    assert views.order(order_id) == expected
    assert views.find_client_order(BOB, "b") == expected
    assert views.open_orders(BOB)[0] == expected
    assert [order.price for order in views.open_orders(BOB)] == [101, 98]


def test_long_names_are_shown_whole(floor: Floor) -> None:
    order = StateViews(floor.state).find_client_order(ANN, "abcdefghijklmnopqrstuvwxyz012345")
    assert order is not None
    assert (order.client_order_id, order.tag) == ("abcdefghijklmnopqrstuvwxyz012345", "sixteen-letters-")
    assert (order.post_only, order.self_trade_prevention) == (1, 2)


def test_orders_that_are_not_there(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert [views.order(order_id) for order_id in (0, -1, 5, 2**62, 2**63, 10**30)] == [None] * 6
    for name in ("", "B", "é", "x" * 33):
        assert views.find_client_order(BOB, name) is None
    assert views.find_client_order(ANN, "b") is None
    assert views.open_orders(99) == views.open_orders(-1) == []
    assert views.open_orders(0) == []


def test_levels(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert views.levels(0, Side.SELL, 10) == [LevelView(101, 4 + 2, 2), LevelView(102, 3, 1)]
    assert views.levels(0, Side.BUY, 10) == [LevelView(100, 11, 2), LevelView(98, 7, 1)]
    assert views.levels(0, Side.BUY, 1) == [LevelView(100, 11, 2)]
    assert views.levels(0, Side.BUY, 0) == []
    assert views.levels(1, Side.BUY, 5) == views.levels(-1, Side.BUY, 5) == []
    floor.run("> ann cancel_all_after 10000\n> bob cancel_all_after 10000\n> cat cancel_all_after 10000\n> wait 10000")
    assert views.levels(0, Side.BUY, 5) == views.levels(0, Side.SELL, 5) == []


def test_reading_changes_nothing(floor: Floor) -> None:
    before = dump_state(floor.state)
    test_orders(floor)
    test_balances(floor)
    test_levels_only_read(floor)
    assert dump_state(floor.state) == before


def test_levels_only_read(floor: Floor) -> None:
    views = StateViews(floor.state)
    assert views.last_sequence() == floor.mirror.sequence
    assert views.state_hash() == state_hash(floor.state)
