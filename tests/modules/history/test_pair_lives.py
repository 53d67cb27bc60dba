"""Lives of positions in pairs: opened, made smaller, turned round, given back and liquidated; in memory as in SQL."""

from pathlib import Path

import pytest

from lonja.core import commands as c
from lonja.core.collateral_commands import SetCurrencyPrice
from lonja.core.kinds import MarginMode
from lonja.core.margin_commands import PlaceMarginOrder, SetPocketLeverage
from lonja.core.texts import Text32
from lonja.modules.history.api import OrderTracker, PositionEnd, PositionFilter, PositionRecord
from tests.core.random_collateral import POCKETS
from tests.modules.desk import ALICE, BOB, BTC, BUY, SELL, USDT, Desk, RandomDesk
from tests.modules.history.test_loan_bills import OpenHistory
from tests.modules.history.test_pockets import ISOLATED, MARGIN, UNIT, lending_desk, move

LOT = 10_000
"""Lots of a BTC."""


def watched() -> tuple[Desk, int, OrderTracker]:
    desk, pocket = lending_desk()
    tracker = OrderTracker(desk.views)
    desk.subscribe(tracker.on_batch)
    return desk, pocket, tracker


def trade(desk: Desk, pocket: int, side: int, price: int, lots: int) -> None:
    """Bob rests, the pocket takes all of it."""
    desk.place(BOB, 1 - side, price, lots)
    desk.place(pocket, side, price, lots)


def life_of(tracker: OrderTracker, pocket: int) -> PositionRecord:
    found = tracker.pairs.life(pocket)
    assert found is not None
    return found


def told(record: PositionRecord) -> tuple[int, ...]:
    return record.lots, record.open_ticks, record.margin, record.pnl, record.fees, record.ended


def test_a_long_is_opened_in_parts_and_closed() -> None:
    desk, pocket, tracker = watched()
    assert tracker.pairs.life(pocket) is None
    trade(desk, pocket, BUY, 10_000, LOT)
    trade(desk, pocket, BUY, 10_200, LOT)
    # Each BTC costs 100 and 102 USDT; 0.1 % of what is bought is the fee.
    record = life_of(tracker, pocket)
    assert told(record) == (2 * LOT, 10_100, 202 * UNIT, 0, 202_000, PositionEnd.NONE)
    assert (record.account, record.instrument, record.instrument_type, record.margin_mode) == (
        ALICE,
        0,
        MARGIN,
        ISOLATED,
    )
    assert (record.pocket, record.is_long, record.lots_max) == (pocket, 1, 2 * LOT)
    trade(desk, pocket, SELL, 10_400, LOT)
    assert told(life_of(tracker, pocket)) == (LOT, 10_100, 101 * UNIT, 3 * UNIT, 306_000, PositionEnd.CLOSED_PARTLY)
    # What fees left of the second BTC pays what is owed, and is all there is.
    trade(desk, pocket, SELL, 10_600, LOT - 20)
    record = life_of(tracker, pocket)
    assert (record.lots, record.margin, record.ended) == (0, 0, PositionEnd.CLOSED)
    assert (record.lots_closed, record.lots_max) == (2 * LOT - 20, 2 * LOT)
    trade(desk, pocket, BUY, 10_000, LOT)
    again = life_of(tracker, pocket)
    assert again.life > record.life
    assert again.lots == LOT


def test_a_short_that_is_turned_round_ends_one_life_and_begins_another() -> None:
    desk, pocket, tracker = watched()
    trade(desk, pocket, SELL, 10_000, LOT)
    first = life_of(tracker, pocket)
    assert told(first) == (-LOT, 10_000, 100 * UNIT, 0, 100_000, PositionEnd.NONE)
    trade(desk, pocket, BUY, 9_000, 3 * LOT)
    record = life_of(tracker, pocket)
    assert (record.lots, record.open_ticks, record.margin, record.is_long) == (2 * LOT, 9_000, 180 * UNIT, 1)
    assert record.life > first.life


def test_what_is_given_back_ends_a_life() -> None:
    desk, pocket, tracker = watched()
    move(desk, ALICE, pocket, 100 * UNIT)
    trade(desk, pocket, BUY, 10_000, LOT)
    desk.run(
        c.Transfer(account=pocket, currency=BTC, amount=10**8 - 10**5, from_ledger=1, to_ledger=1, to_account=ALICE)
    )
    assert told(life_of(tracker, pocket))[0] == 0


@pytest.mark.parametrize(("side", "price"), [(BUY, 52), (SELL, 145)])
async def test_a_liquidation_ends_a_life(tmp_path: Path, open_history: OpenHistory, side: int, price: int) -> None:
    desk, pocket, tracker = watched()
    trade(desk, pocket, side, 10_000, LOT)
    desk.run(SetCurrencyPrice(currency=BTC, price=price * 10**12))
    record = life_of(tracker, pocket)
    assert (record.lots, record.ended) == (0, PositionEnd.LIQUIDATED)
    assert record.pnl < 0
    assert record.penalty <= 0
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    (kept,) = await history.positions(ALICE, PositionFilter(instrument_type=MARGIN))
    assert kept._replace(leverage=record.leverage) == record
    assert kept.leverage == 1_000


def covered_long() -> tuple[Desk, int, OrderTracker, int]:
    """A long of 2 BTC that owes 150 USDT, and an order at rest whose margin of 180 USDT would pay that; its id."""
    desk, pocket, tracker = watched()
    trade(desk, pocket, BUY, 10_000, 2 * LOT)
    desk.run(SetPocketLeverage(account=ALICE, instrument=0, margin_mode=ISOLATED, leverage=400))
    order = PlaceMarginOrder(account=pocket, side=BUY, price=9_000, size=8 * LOT, margin_currency=USDT)
    return desk, pocket, tracker, desk.run(order)[0]


def quote_of(desk: Desk, pocket: int) -> int:
    return desk.views.balance(pocket, USDT, 1).cash


def agrees(desk: Desk, pocket: int, tracker: OrderTracker) -> int:
    """Lots of the position, which the engine knows as well."""
    lots = life_of(tracker, pocket).lots
    engines = desk.views.pocket_position(pocket)
    assert engines is not None
    assert engines.lots == lots
    return lots


def test_margin_of_an_order_at_rest_pays_no_debt() -> None:
    desk, pocket, tracker, _ = covered_long()
    assert quote_of(desk, pocket) == 30 * UNIT
    trade(desk, pocket, SELL, 10_000, LOT // 2)
    assert agrees(desk, pocket, tracker) == 3 * LOT // 2
    record = life_of(tracker, pocket)
    assert (record.ended, record.lots_closed) == (PositionEnd.CLOSED_PARTLY, LOT // 2)
    # With 150 USDT of its own, and what fees take of that, nothing is owed any more.
    trade(desk, pocket, SELL, 10_000, LOT + 100)
    assert agrees(desk, pocket, tracker) == 0
    ended = life_of(tracker, pocket)
    assert (ended.life, ended.ended, ended.lots_closed) == (record.life, PositionEnd.CLOSED, 3 * LOT // 2 + 100)


def test_margin_pays_as_far_as_its_order_traded() -> None:
    desk, pocket, tracker, _ = covered_long()
    desk.place(BOB, SELL, 9_000, LOT)
    # An eighth of 180 USDT came into the position, which owes 150 + 90 - 22.5.
    for lots in (2 * LOT, LOT, 0):
        trade(desk, pocket, SELL, 10_000, LOT)
        assert agrees(desk, pocket, tracker) == lots


@pytest.mark.parametrize("is_canceled", [False, True])
def test_margin_that_went_back_pays_nothing_and_hides_nothing(is_canceled: bool) -> None:
    desk, pocket, tracker, order = covered_long()
    if is_canceled:
        desk.run(c.CancelOrder(account=pocket, instrument=0, order_id=order))
        assert quote_of(desk, pocket) == -150 * UNIT
    else:
        desk.run(c.AmendOrder(account=pocket, instrument=0, order_id=order, new_size=4 * LOT))
        assert quote_of(desk, pocket) == -60 * UNIT
    trade(desk, pocket, SELL, 10_000, LOT)
    assert agrees(desk, pocket, tracker) == LOT
    trade(desk, pocket, SELL, 10_000, LOT // 2 + 100)
    assert agrees(desk, pocket, tracker) == 0


@pytest.mark.parametrize("is_maker", [False, True])
@pytest.mark.parametrize("side", [SELL, BUY])
async def test_trades_of_one_command_end_one_life(
    tmp_path: Path, open_history: OpenHistory, side: int, is_maker: bool
) -> None:
    """The first of them pays what is owed already, as taker or as maker."""
    desk, pocket, tracker = watched()
    trade(desk, pocket, 1 - side, 10_000, 2 * LOT)
    first = life_of(tracker, pocket)
    if side == BUY:
        # Margin in what a short owes.
        margin = c.Transfer(account=ALICE, currency=BTC, amount=10**8 // 2, from_ledger=1, to_ledger=1)
        desk.run(margin._replace(to_account=pocket, client_transfer_id=Text32("by hand")))
    resting, trading = ((pocket, side), (BOB, 1 - side)) if is_maker else ((BOB, 1 - side), (pocket, side))
    prices = (9_950, 10_000) if resting[1] == SELL else (10_000, 9_950)
    lots = (8 * LOT // 5, LOT // 3)
    for price, size in zip(prices, lots, strict=True):
        desk.place(*resting, price, size)
    desk.place(*trading, prices[1], sum(lots))
    ended = life_of(tracker, pocket)
    assert (ended.life, ended.lots, ended.ended) == (first.life, 0, PositionEnd.CLOSED)
    assert ended.lots_closed == sum(lots)
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    (kept,) = await history.positions(ALICE, PositionFilter(instrument_type=MARGIN))
    assert kept._replace(leverage=0) == ended._replace(leverage=0)


def test_what_waits_is_known_after_a_restart(tmp_path: Path, open_history: OpenHistory) -> None:
    desk, pocket, tracker, order = covered_long()
    url = f"sqlite:///{tmp_path}/history.sqlite"
    for _ in range(2):
        history = open_history(url, desk.source)
        history.catch_up(desk.views.last_sequence())
        late = OrderTracker(desk.views)
        late.prime()
        late.pairs.prime(history.positions_held(), history.margins_waiting())
        desk.subscribers.append(late.on_batch)
        trade(desk, pocket, SELL, 10_000, LOT // 2)
        assert life_of(late, pocket) == life_of(tracker, pocket)
        desk.subscribers.pop()
    assert [one.order_id for one in history.margins_waiting()] == [order]
    desk.run(c.CancelOrder(account=pocket, instrument=0, order_id=order))
    history.catch_up(desk.views.last_sequence())
    assert history.margins_waiting() == []
    (held,) = history.positions_held()
    assert held._replace(leverage=0) == life_of(tracker, pocket)._replace(leverage=0)


@pytest.mark.parametrize("seed", range(3))
def test_memory_and_sql_agree(seed: int, tmp_path: Path, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, 300_000, collateral=True)
    tracker = OrderTracker(desk.views)
    for batch in desk.batches:
        tracker.on_batch(batch)
    for number in range(250):
        happened = desk.batch()
        if happened:
            tracker.on_batch(happened)
        if number % 50 == 0:
            # Each time another process goes on.
            history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
            history.catch_up(desk.views.last_sequence())
    history.catch_up(desk.views.last_sequence())
    held = {record.pocket: record for record in history.positions_held() if record.pocket >= 0}
    pockets = [number for number in range(desk.views.account_count()) if desk.views.pocket_position(number)]
    assert {*POCKETS} & {*pockets}
    lives = {pocket: tracker.pairs.life(pocket) for pocket in pockets}
    for pocket, life in lives.items():
        if life is not None and life.lots:
            assert held.pop(pocket)._replace(leverage=0) == life._replace(leverage=0)
    assert held == {}
    assert any(life is not None for life in lives.values())


def test_a_tracker_that_comes_later_knows_what_is_held(tmp_path: Path, open_history: OpenHistory) -> None:
    desk, pocket, tracker = watched()
    trade(desk, pocket, BUY, 10_000, LOT)
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    late = OrderTracker(desk.views)
    late.prime()
    late.positions.prime(history.positions_held())
    late.pairs.prime(history.positions_held())
    assert life_of(late, pocket)._replace(leverage=0) == life_of(tracker, pocket)._replace(leverage=0)
    assert late.positions.trace(ALICE, 0, int(MarginMode.ISOLATED), 0).trade_id == 0
