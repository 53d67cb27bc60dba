"""What index and mark prices were at the moment of each fill: in memory and in SQL, on bills too, also after a restart."""

from pathlib import Path

import pytest

from lonja.core import commands as c
from lonja.core.algo_events import ContractIndexSet
from lonja.core.events import Event, Filled, IndexPriceSet, MarkPriceSet, PositionChanged
from lonja.core.kinds import PositionCause
from lonja.core.texts import Text16, Text32
from lonja.modules.history.api import BillKind, BillRecord, FillRecord, History, OrderTracker
from tests.core.random_commands import ACCOUNTS
from tests.modules.desk import ALICE, BOB, BTC, BUY, RICH, SELL, USDT, Desk, RandomDesk
from tests.modules.history.rows import all_rows
from tests.modules.history.test_loan_bills import OpenHistory
from tests.modules.history.test_tracker import Heard, tracked_desk

OF_HOUSE = (PositionCause.LIQUIDATED, PositionCause.DELEVERAGED, PositionCause.DELIVERED)


def tell_index(desk: Desk, price: int, instrument: int = 0) -> None:
    desk.run(c.SetIndexPrice(instrument=instrument, price=price))


def told(record: FillRecord | BillRecord) -> tuple[int, int]:
    return record.mark_price, record.index_price


def told_live(heard: Heard, account: int = ALICE) -> list[tuple[int, int]]:
    """Of fills of ``account`` alone."""
    return [told(update.fill) for update in heard.take() if update.fill and update.order.account == account]


async def told_later(history: History, account: int = ALICE) -> list[tuple[int, int]]:
    """Oldest first."""
    return [told(fill) for fill in await history.fills(account)][::-1]


async def test_a_pair_tells_the_index_it_was_traded_at(database_url: str, open_history: OpenHistory) -> None:
    desk, _, heard = tracked_desk()
    desk.trade(10_000, 5)
    for index in (10_050, 10_060, 0):
        tell_index(desk, index)
        desk.trade(10_100, 5)
    expected = [(0, 0), (0, 10_050), (0, 10_060), (0, 0)]
    assert told_live(heard) == expected
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert await told_later(history) == expected
    bills = await history.bills(ALICE, 1, bill_kind=BillKind.TRADE)
    assert [told(bill) for bill in bills][::-1] == [prices for prices in expected for _ in range(2)]
    assert {told(bill) for bill in await history.bills(ALICE, 1, bill_kind=BillKind.DEPOSIT)} == {(0, 0)}


async def test_a_cross_pair_tells_the_index_of_its_base(tmp_path: Path, open_history: OpenHistory) -> None:
    """OKX: of LTC-ETH the index of LTC-USDT."""
    desk, _, heard = tracked_desk()
    desk.run(c.CreateCurrency(name=Text16("ETH"), scale=8), c.CreateCurrency(name=Text16("USDC"), scale=6))
    terms = {"price_scale": 2, "size_scale": 4, "base": 2}
    for name, quote in (("ETH-BTC", BTC), ("ETH-USDT", USDT), ("ETH-USDC", 3)):
        desk.run(c.ListInstrument(instrument_id=Text32(name), quote=quote, settle=quote, **terms))
    for account in (ALICE, BOB):
        for currency in (2, 3):
            desk.run(c.Deposit(account=account, currency=currency, ledger=1, amount=RICH))
    for instrument, index in ((1, 995), (2, 1_010), (3, 1_020)):
        tell_index(desk, index, instrument)
    for instrument in (1, 2, 3):
        for account, side in ((BOB, SELL), (ALICE, BUY)):
            order = c.PlaceOrder(account=account, instrument=instrument, side=side, price=1_000, size=1)
            desk.run(order)
    expected = [(0, 1_010), (0, 1_010), (0, 1_020)]
    assert told_live(heard) == expected
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    assert await told_later(history) == expected


async def test_who_goes_on_after_a_restart_knows_the_last_prices(
    database_url: str, other_url: str, open_history: OpenHistory
) -> None:
    desk = Desk()
    tell_index(desk, 10_050)
    open_history(database_url, desk.source).catch_up(desk.views.last_sequence())
    late, heard = OrderTracker(desk.views), Heard()
    late.prime()
    late.add_listener(heard)
    desk.subscribers.append(late.on_batch)
    desk.trade(10_100, 5)
    assert told_live(heard) == [(0, 10_050)]
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert await told_later(history) == [(0, 10_050)]
    whole = open_history(other_url, desk.source)
    whole.catch_up(desk.views.last_sequence())
    assert all_rows(history) == all_rows(whole)


async def test_what_was_stored_before_prices_were_takes_those_of_the_engine(
    database_url: str, open_history: OpenHistory
) -> None:
    desk = Desk()
    tell_index(desk, 10_050)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    with history._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM prices")
    late = open_history(database_url, desk.source)
    late.adopt_prices(desk.views)
    late.adopt_prices(desk.views)
    late._projector._projection.forget()
    desk.trade(10_100, 5)
    late.catch_up(desk.views.last_sequence())
    assert await told_later(late) == [(0, 10_050)]


async def test_events_that_are_projected_again_find_the_prices_before_them(
    tmp_path: Path, open_history: OpenHistory
) -> None:
    desk = Desk()
    tell_index(desk, 10_050)
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    desk.trade(10_100, 5)
    tell_index(desk, 10_060)
    for table in (("bills", "hidden"), ("hidden", "bills")):
        with history._engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table[0]} RENAME TO {table[1]}")
        if table[1] == "hidden":
            with pytest.raises(Exception, match="no such table: bills"):
                history.catch_up(desk.views.last_sequence())
            history._projector._projection.forget()
    history.catch_up(desk.views.last_sequence())
    assert await told_later(history) == [(0, 10_050)]


class Expected:
    """What random events say of each fill of a customer."""

    def __init__(self) -> None:
        self._marks: dict[int, int] = {}
        self._indices: dict[int, int] = {}
        self.of_trades: list[tuple[int, int, int]] = []
        self.of_house: dict[int, tuple[int, int]] = {}

    def hear(self, event: Event) -> None:
        if isinstance(event, MarkPriceSet):
            self._marks[event.instrument] = event.price
        elif isinstance(event, ContractIndexSet | IndexPriceSet):
            self._indices[event.instrument] = event.price
        elif isinstance(event, Filled) and event.account in ACCOUNTS:
            self.of_trades.append((event.trade_id, *self._now(event.instrument)))
        elif isinstance(event, PositionChanged) and event.cause in OF_HOUSE and event.lots_changed:
            self.of_house[-event.sequence] = self._now(event.instrument)

    def _now(self, instrument: int) -> tuple[int, int]:
        return self._marks.get(instrument, 0), self._indices.get(instrument, 0)


@pytest.mark.parametrize("seed", range(3))
async def test_contracts_tell_mark_and_index(seed: int, tmp_path: Path, open_history: OpenHistory) -> None:
    desk, heard, expected = RandomDesk(seed, 300_000, contracts=True, algos=True), Heard(), Expected()
    tracker = OrderTracker(desk.views)
    tracker.add_listener(heard)
    for batch in desk.run(300):
        tracker.on_batch(batch)
        for event in batch.events:
            expected.hear(event)
    contracts = [view.instrument for view in desk.views.instruments() if desk.views.contract(view.instrument)]
    fills = [update.fill for update in heard.updates if update.fill]
    pairs = [fill for fill in fills if fill.instrument not in contracts]
    assert {fill.mark_price for fill in pairs} == {0}
    assert [(f.trade_id, *told(f)) for f in fills if f.trade_id > 0 and f.instrument in contracts] == [
        row for row, fill in zip(expected.of_trades, [f for f in fills if f.trade_id > 0], strict=True)
        if fill.instrument in contracts
    ]  # fmt: skip
    of_house = {fill.trade_id: told(fill) for fill in fills if fill.trade_id < 0}
    assert of_house.items() <= expected.of_house.items()
    assert of_house
    assert len({told(fill) for fill in fills}) > 20
    late = OrderTracker(desk.views)
    late.prime()
    for contract in contracts:
        assert late._prices.at_fill(contract) == tracker._prices.at_fill(contract)
    history = open_history(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    for account in ACCOUNTS:
        bills = await history.bills(account, None, limit=10**6)
        by_id = {bill.bill_id: bill for bill in bills}
        for fill in await history.fills(account, limit=10**6):
            assert told(by_id[fill.fill_id]) == told(fill)
        assert {told(bill) for bill in bills if not bill.trade_id} == {(0, 0)}
