"""Lives of positions: what histories keep equals what the engine holds, and averages are exact to the last part."""

from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from lonja.core.events import PositionChanged
from lonja.core.kinds import Ledger, PositionCause
from lonja.core.views import PositionView
from lonja.modules.history.api import History, PositionEnd, PositionRecord
from lonja.modules.history.order_fold import InstrumentFacts
from lonja.modules.history.position_fold import PARTS, PositionFold
from tests.core.random_commands import ACCOUNTS
from tests.modules.desk import RandomDesk
from tests.modules.history.rows import all_rows

OpenHistory = Callable[..., History]
LINEAR = InstrumentFacts(2, 0, 1, 0, 1, 1, contract_value=1)
INVERSE = LINEAR._replace(inverse=1)


@pytest.mark.parametrize("seed", range(3))
async def test_open_lives_equal_what_the_engine_holds(seed: int, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    for _ in range(250):
        desk.batch()
    history = open_history(other_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    held = [view for account in ACCOUNTS for view in desk.views.positions(account) if view.lots]
    assert sorted(map(_told, held)) == sorted(map(_kept, history.positions_held()))
    assert len(held) > 3


def _told(view: PositionView) -> tuple[int, ...]:
    place = (view.account, view.instrument, view.margin_mode, view.position_side, view.life, view.leverage, view.lots)
    average = (view.average_ticks, view.average_parts, view.margin, view.opened_time_ms)
    return (*place, *average, view.pnl, view.fees, view.funding, view.penalty)


def _kept(record: PositionRecord) -> tuple[int, ...]:
    average = (record.open_ticks, record.open_parts, record.margin, record.created_time_ms)
    sums = (record.pnl, record.fees, record.funding, record.penalty)
    return (*record.key, record.life, record.leverage, record.lots, *average, *sums)


@pytest.mark.parametrize("seed", range(2))
async def test_ended_lives_were_closed_whole(seed: int, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    for _ in range(200):
        desk.batch()
    history = open_history(other_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    ended = 0
    for account in ACCOUNTS:
        rows = await history.positions(account, limit=1_000)
        assert rows == sorted(rows, key=lambda row: (row.updated_time_ms, row.life), reverse=True)
        assert all(row.ended for row in rows)
        for row in rows:
            assert row.lots_max >= abs(row.lots)
            if row.lots == 0:
                assert row.lots_closed >= row.lots_max
                assert row.ended in (PositionEnd.CLOSED, PositionEnd.LIQUIDATED, PositionEnd.DELEVERAGED)
                ended += 1
    assert ended > 10


@pytest.mark.parametrize("seed", range(2))
async def test_lives_realize_what_bills_moved(seed: int, other_url: str, open_history: OpenHistory) -> None:
    """Of each account and contract, all lives together gained what cash and margin got by its bills."""
    desk = RandomDesk(seed, 300_000, contracts=True)
    for _ in range(220):
        desk.batch()
    history = open_history(other_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    realized: Counter[tuple[int, int]] = Counter()
    for record in map(PositionRecord._make, all_rows(history)["positions"]):
        realized[record.account, record.instrument] += record.pnl - record.fees + record.funding + record.penalty
    moved: Counter[tuple[int, int]] = Counter()
    for account in ACCOUNTS:
        for bill in await history.bills(account, int(Ledger.TRADING), limit=10**6):
            if bill.margin_mode >= 0:
                moved[account, bill.instrument] += bill.change + bill.margin_change
    assert {key: value for key, value in realized.items() if value} == {key: v for key, v in moved.items() if v}
    assert len(realized) > 10


@pytest.mark.parametrize("facts", [LINEAR, INVERSE], ids=["linear", "inverse"])
def test_a_life_is_followed_from_its_first_lot_to_its_last(facts: InstrumentFacts) -> None:
    fold, moves = PositionFold(), [(10, 10_000), (5, 10_300), (-6, 10_700), (3, 10_500), (-12, 9_900)]
    lots, opened, closed = 0, Fraction(0), Fraction(0)
    record = None
    for number, (change, price) in enumerate(moves):
        average = (price, 7 * number)
        lots += change
        # The core says what the average of what is open is; here any number stands for it.
        event = _filled(number, change, lots, price, average if lots else (0, 0))
        _, record = fold.changed(event, facts, 50 + number)
        weight = Fraction(1, price) if facts.inverse else Fraction(price)
        opened, closed = (opened + change * weight, closed) if change > 0 else (opened, closed - change * weight)
    assert record is not None
    mean = 18 / closed if facts.inverse else closed / 18
    assert abs(Fraction(record.close_ticks * PARTS + record.close_parts, PARTS) - mean) <= Fraction(1, PARTS)
    assert (record.lots, record.lots_max, record.lots_closed, record.is_long) == (0, 15, 18, 1)
    assert (record.open_ticks, record.open_parts) == (10_500, 21)
    assert (record.ended, record.trigger_price, record.last_trade_id) == (PositionEnd.CLOSED, 0, 54)
    assert (record.created_time_ms, record.updated_time_ms) == (1_000, 1_004)


@pytest.mark.parametrize(
    ("cause", "left", "ended", "trigger"),
    [
        (PositionCause.FILLED, 4, PositionEnd.CLOSED_PARTLY, 0),
        (PositionCause.FILLED, 0, PositionEnd.CLOSED, 0),
        (PositionCause.LIQUIDATED, 0, PositionEnd.LIQUIDATED, 9_000),
        (PositionCause.LIQUIDATED, 4, PositionEnd.LIQUIDATED_PARTLY, 9_000),
        (PositionCause.DELEVERAGED, 4, PositionEnd.DELEVERAGED_PARTLY, 9_000),
        (PositionCause.DELEVERAGED, 0, PositionEnd.DELEVERAGED, 9_000),
        (PositionCause.DELIVERED, 0, PositionEnd.CLOSED, 0),
        (PositionCause.FUNDING, 10, PositionEnd.NONE, 0),
    ],
)
def test_how_it_was_last_made_smaller(cause: PositionCause, left: int, ended: PositionEnd, trigger: int) -> None:
    fold = PositionFold()
    fold.changed(_filled(0, 10, 10, 10_000, (10_000, 0)), LINEAR, 1)
    event = _filled(1, left - 10, left, 9_000, (10_000, 0))._replace(cause=int(cause))
    _, record = fold.changed(event, LINEAR, 0)
    assert (record.ended, record.trigger_price, record.last_trade_id) == (ended, trigger, 1)


def _filled(number: int, change: int, lots: int, price: int, average: tuple[int, int]) -> PositionChanged:
    names = (900 + number, 1_000 + number, 2, 3, 0, 0, 0, 7, price, change, lots, *average)
    return PositionChanged(*names, 0, 0, 0, 0, 900, 0, 0, 0, 0, 0)
