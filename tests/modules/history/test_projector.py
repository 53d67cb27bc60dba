"""The projecting thread: behind the engine, never in its way, and complete whatever fails."""

import asyncio
import time
from collections.abc import Callable, Iterator

import pytest

from lonja.core.commands import CreateAccount, Deposit, PlaceOrder
from lonja.core.kinds import AccountKind, Ledger
from lonja.engine.api import EventBatch
from lonja.modules.history import projector
from lonja.modules.history.api import History
from lonja.primitives.errors import DataCorruptError
from tests.modules.desk import ALICE, BUY, Desk, RandomDesk
from tests.modules.history.rows import all_rows

OpenHistory = Callable[..., History]


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'history.sqlite'}"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry soon."""
    monkeypatch.setattr(projector, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(projector, "LINGER_SECONDS", 0.01)


def expected_rows(desk: RandomDesk | Desk, open_history: OpenHistory, url: str) -> dict[str, list[tuple[object, ...]]]:
    straight = open_history(url, desk.source)
    straight.catch_up(desk.views.last_sequence())
    return all_rows(straight)


async def test_an_acknowledged_order_can_be_read(database_url: str, open_history: OpenHistory) -> None:
    desk = Desk()
    history = open_history(database_url, desk.source)
    history.start()
    desk.subscribe(history.on_batch)
    for price in range(100, 120):
        order_id = desk.place(ALICE, BUY, price, 1)
        assert await history.caught_up(desk.views.last_sequence())
        found = await history.order(ALICE, order_id=order_id)
        assert found is not None
        assert found.price == price
    assert await history.caught_up(desk.views.last_sequence(), 0)


async def test_waiting_for_what_never_comes_ends(url: str, open_history: OpenHistory) -> None:
    history = open_history(url)
    history.start()
    assert not await history.caught_up(1, 0.05)
    assert not await history.caught_up(1, 0)


def test_a_restart_repeats_nothing_and_misses_nothing(url: str, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(2)
    desk.run(30)
    for _ in range(4):
        history = History(url, desk.source)
        history.catch_up(desk.views.last_sequence())
        history.start()
        for _ in range(20):
            if batch := desk.batch():
                history.on_batch(batch)
        history.close()
        assert history.last_sequence() == desk.views.last_sequence()
        desk.run(10)  # what happens while nobody projects
    history = open_history(url, desk.source)
    history.catch_up(desk.views.last_sequence())
    assert all_rows(history) == expected_rows(desk, open_history, other_url)


def test_rebuilding_gives_the_same(database_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(4)
    desk.run(60)
    history = open_history(database_url, desk.source)
    history.catch_up(desk.views.last_sequence())
    before, shown = all_rows(history), []
    with history._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM bills")
    history.rebuild(shown.append)
    assert all_rows(history) == before
    assert shown[-1].last_sequence == desk.views.last_sequence()


def test_projections_that_know_more_than_the_journal_accuse_it_and_are_rebuilt_on_request(
    url: str, other_url: str, open_history: OpenHistory
) -> None:
    long, short = RandomDesk(5), RandomDesk(6)
    long.run(60)
    short.run(5)
    history = open_history(url, long.source)
    history.catch_up(long.views.last_sequence())
    history.close()
    history = open_history(url, short.source)
    with pytest.raises(DataCorruptError, match="acknowledged commands are missing"):
        history.catch_up(short.views.last_sequence())
    history.rebuild()
    history.catch_up(short.views.last_sequence())
    assert all_rows(history) == expected_rows(short, open_history, other_url)


async def test_a_database_that_fails_is_tried_again(url: str, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(8)
    history = open_history(url, desk.source)
    history.catch_up(desk.views.last_sequence())
    history.start()
    with history._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE bills RENAME TO hidden")
    for batch in desk.run(60)[-60:]:
        history.on_batch(batch)
    assert not await history.caught_up(desk.views.last_sequence(), 0.2)
    assert "no such table: bills" in history.problem()
    with history._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hidden RENAME TO bills")
    assert await history.caught_up(desk.views.last_sequence())
    assert all_rows(history) == expected_rows(desk, open_history, other_url)
    await until(lambda: history.problem() == "")


async def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.01)


async def test_an_overflowing_queue_is_made_good_from_the_journal(
    url: str, other_url: str, open_history: OpenHistory
) -> None:
    desk, asked = RandomDesk(9), []

    def source(after_sequence: int) -> Iterator[EventBatch]:
        asked.append(after_sequence)
        return desk.source(after_sequence)

    history = open_history(url, source, queued_events_max=100)
    history.catch_up(desk.views.last_sequence())
    start = history.last_sequence()
    for _ in range(200):
        if batch := desk.batch():
            history.on_batch(batch)
    assert history._projector._queued_events <= 100
    history.start()
    assert await history.caught_up(desk.views.last_sequence())
    for _ in range(20):
        if batch := desk.batch():
            history.on_batch(batch)
    assert await history.caught_up(desk.views.last_sequence())
    assert asked == [0, start]
    assert all_rows(history) == expected_rows(desk, open_history, other_url)


async def test_a_gap_is_filled_from_the_journal(url: str, other_url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(10)
    history = open_history(url, desk.source)
    history.start()
    for batch in desk.run(50)[-5:]:
        history.on_batch(batch)
    assert await history.caught_up(desk.views.last_sequence())
    assert all_rows(history) == expected_rows(desk, open_history, other_url)


async def test_a_gap_without_a_journal_is_a_problem(url: str, open_history: OpenHistory) -> None:
    history = open_history(url)
    history.start()
    history.on_batch(RandomDesk(11).run(3)[-1])
    await until(lambda: "no journal" in history.problem())
    assert history.last_sequence() == 0


def test_offering_never_waits(url: str, open_history: OpenHistory) -> None:
    desk = RandomDesk(12)
    history = open_history(url, desk.source)
    with history._engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE lock_holder (a INTEGER)")
        history.start()
        began = time.monotonic()
        for batch in desk.run(50):
            history.on_batch(batch)
        assert time.monotonic() - began < 2
    history.close()
    assert history.last_sequence() == desk.views.last_sequence()


async def test_orders_of_simulated_traders_fill_no_queue_and_change_no_row(
    url: str, other_url: str, open_history: OpenHistory
) -> None:
    desk = Desk()
    history = open_history(url, desk.source)
    desk.subscribe(history.on_batch)
    projected = history._projector
    (maker,) = desk.run(CreateAccount(kind=AccountKind.SIMULATOR))
    for currency in (0, 1):
        desk.run(Deposit(account=maker, currency=currency, ledger=Ledger.TRADING, amount=10**12))
    before = projected._queued_events
    orders = [PlaceOrder(account=maker, side=BUY, price=price, size=5) for price in range(90, 100)]
    desk.run(*orders)
    assert projected._queued_events - before <= len(orders), "at most the last event of each batch stays"
    desk.place(ALICE, 1 - BUY, 95, 7)
    desk.place(maker, 1 - BUY, 94, 3)
    history.start()
    assert await history.caught_up(desk.views.last_sequence())
    assert all_rows(history) == expected_rows(desk, open_history, other_url)
    history.close()
