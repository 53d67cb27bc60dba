"""Statistics: whatever happens in whatever pieces, samples tell what was held, and candles where prices stood."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lonja.core.events import (
    ContractDelivered,
    Event,
    FamilyDefined,
    Filled,
    InstrumentStateChanged,
    MarkPriceSet,
    PositionChanged,
)
from lonja.core.kinds import InstrumentState
from lonja.core.texts import Text32
from lonja.engine.api import EventBatch
from lonja.modules.history.api import History
from lonja.modules.marketdata.api import MarketData
from lonja.modules.statistics.api import MARK, PriceCandle, Standing, Statistics, TakerSum, open_database
from lonja.modules.statistics.database import LAYOUT
from lonja.modules.statistics.records import STANDINGS_KEPT_MS, prune
from lonja.modules.statistics.tables import SCHEMA_VERSION, Base
from lonja.primitives.errors import DataError
from lonja.primitives.instant import DAY_MS, HOUR_MS, MINUTE_MS
from tests.modules.desk import START_MS, RandomDesk, batch_of

FIVE_MS = 5 * MINUTE_MS
NOON = START_MS - START_MS % DAY_MS + DAY_MS // 2
SWAP, DATED = 3, 4
NET, LONG, SHORT = 0, 1, 2


def test_the_migrations_make_the_tables(database: Engine) -> None:
    with database.connect() as connection:
        options = {"version_table": LAYOUT.version_table}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(LAYOUT.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


class Story:
    """Events one after the other, each at a time of its own."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.held: dict[tuple[int, int, int], int] = {}

    def add(self, kind: Callable[..., Event], time_ms: int, *fields: object) -> None:
        self.events.append(kind(len(self.events) + 1, time_ms, *fields))

    def mark(self, time_ms: int, price: int, instrument: int = SWAP) -> None:
        self.add(MarkPriceSet, time_ms, instrument, price, 0, 0)

    def hold(self, time_ms: int, account: int, lots: int, side: int = NET, instrument: int = SWAP) -> None:
        """From now on an account holds so much."""
        change = lots - self.held.get((account, instrument, side), 0)
        self.held[account, instrument, side] = lots
        self.add(PositionChanged, time_ms, account, instrument, 0, side, 1, 0, 0, change, lots, *(0,) * 12)

    def trade(self, time_ms: int, side: int, size: int, instrument: int = SWAP) -> None:
        for liquidity in (1, 0):
            self.add(Filled, time_ms, 0, 0, instrument, side, liquidity, 0, 0, size, *(0,) * 10)

    def batch(self) -> EventBatch:
        return batch_of(self.events)


def test_story_events_have_the_fields_of_events() -> None:
    story = Story()
    story.mark(NOON, 1)
    story.hold(NOON, 7, 5)
    story.trade(NOON, 0, 3)
    mark, held, _, taken = story.events
    assert isinstance(mark, MarkPriceSet)
    assert isinstance(held, PositionChanged)
    assert isinstance(taken, Filled)
    assert (mark.price, held.lots, held.lots_changed, taken.size, taken.liquidity) == (1, 5, 5, 3, 0)


def told(database: Engine, story: Story) -> Statistics:
    statistics = Statistics(database)
    statistics.begin()
    statistics.on_batch(story.batch())
    return statistics


def all_of(statistics: Statistics, instrument: int = SWAP, now_ms: int = 0) -> list[Standing]:
    return statistics.standings([instrument], FIVE_MS, 0, 2**62, now_ms)


def test_a_sample_tells_what_was_held_before_its_moment(database: Engine) -> None:
    story = Story()
    story.mark(NOON + 1, 100)
    story.hold(NOON + 2, 7, 30)
    story.hold(NOON + 3, 8, -30)
    story.hold(NOON + FIVE_MS, 7, 50)
    story.hold(NOON + FIVE_MS, 9, -20)
    statistics = told(database, story)
    first = Standing(SWAP, NOON + FIVE_MS, 30, 100, 1, 1, 1, 0, 30, 0)
    assert all_of(statistics) == [first]
    assert all_of(statistics, now_ms=NOON + 2 * FIVE_MS) == [
        first,
        Standing(SWAP, NOON + 2 * FIVE_MS, 50, 100, 1, 2, 1, 0, 50, 0),
    ]


RATIOS = (
    # what accounts hold, and what follows: lots, longs, shorts, top longs, top shorts, what those hold
    ({7: 5, 8: -5}, (5, 1, 1, 1, 0, 5, 0)),
    ({7: 5, 8: -6, 9: 1}, (6, 1 + 1, 1, 0, 1, 0, 6)),
    ({number: 1 if number % 2 else -1 for number in range(20)}, (10, 10, 10, 0, 1, 0, 1)),
    ({**dict.fromkeys(range(20), 1), 20: -9, 21: -11}, (20, 20, 2, 0, 2, 0, 20)),
)


@pytest.mark.parametrize(("held", "expected"), RATIOS)
def test_accounts_are_counted_by_what_they_hold_in_all(
    database: Engine, held: dict[int, int], expected: tuple[int, ...]
) -> None:
    story = Story()
    story.mark(NOON, 100)
    for account, lots in held.items():
        story.hold(NOON, account, lots)
    assert all_of(told(database, story), now_ms=NOON + FIVE_MS)[0][4:] == expected[1:]
    assert all_of(told(database, story), now_ms=NOON + FIVE_MS)[0].lots == expected[0]


def test_both_sides_of_an_account_are_one_account(database: Engine) -> None:
    story = Story()
    story.mark(NOON, 100)
    story.hold(NOON, 7, 5, LONG)
    story.hold(NOON, 7, -2, SHORT)
    story.hold(NOON, 8, -3)
    story.hold(NOON, 9, 4, LONG)
    story.hold(NOON, 9, -4, SHORT)
    assert all_of(told(database, story), now_ms=NOON + FIVE_MS)[0][2:8] == (9, 100, 1, 1, 1, 0)


def test_a_security_fund_is_no_trader(database: Engine) -> None:
    story = Story()
    story.add(FamilyDefined, NOON, 0, Text32("QUIET-USDT"), 2, 0, 8)
    story.mark(NOON, 100)
    story.hold(NOON, 7, 5)
    story.hold(NOON, 8, -5)
    expected = [Standing(SWAP, NOON + FIVE_MS, 5, 100, 1, 0, 1, 0, 5, 0)]
    statistics = told(database, story)
    assert all_of(statistics, now_ms=NOON + FIVE_MS) == expected
    again = Statistics(database)
    again.know_fund(8)
    again.begin()
    assert all_of(again, now_ms=NOON + 2 * FIVE_MS)[1] == expected[0]._replace(time_ms=NOON + 2 * FIVE_MS)


@pytest.mark.parametrize(
    "ended", [(ContractDelivered, DATED, 99), (InstrumentStateChanged, DATED, int(InstrumentState.DELISTED))]
)
def test_what_ended_is_sampled_no_more_also_after_a_restart(database: Engine, ended: tuple[object, ...]) -> None:
    story = Story()
    story.mark(NOON + 1, 100, DATED)
    story.hold(NOON + 1, 7, 5, instrument=DATED)
    kind, *fields = ended
    assert callable(kind)
    story.add(kind, NOON + FIVE_MS, *fields)
    statistics = told(database, story)
    assert len(all_of(statistics, DATED, NOON + DAY_MS)) == 1
    statistics.flush()
    again = Statistics(database)
    again.begin()
    assert len(all_of(again, DATED, NOON + 2 * DAY_MS)) == 1


def test_a_leap_leaves_one_sample_on_each_grid(database: Engine) -> None:
    story = Story()
    story.mark(NOON + 1, 100)
    story.mark(NOON + 2 * DAY_MS, 200)
    statistics = told(database, story)
    marks = [(one.time_ms - NOON, one.mark) for one in all_of(statistics)]
    assert marks == [(FIVE_MS, 100), (HOUR_MS, 100), (4 * HOUR_MS, 100), (12 * HOUR_MS, 100)]
    for step_ms, first in ((HOUR_MS, HOUR_MS), (DAY_MS, 4 * HOUR_MS)):
        assert statistics.standings([SWAP], step_ms, 0, 2**62, 0)[0].time_ms == NOON + first
    later = statistics.standings([SWAP], HOUR_MS, NOON + DAY_MS, NOON + DAY_MS + HOUR_MS, 0)
    assert [one.time_ms - NOON for one in later] == [12 * HOUR_MS]


def test_space_is_bounded(database: Engine) -> None:
    story, step = Story(), HOUR_MS
    for number in range(70 * 24):
        story.mark(NOON + number * step + FIVE_MS + 1, 100 + number)
    statistics = told(database, story)
    statistics.flush()
    now_ms = story.events[-1].time_ms
    ages = [now_ms - one.time_ms for one in all_of(statistics)]
    assert max(age for age in ages if (now_ms - age) % HOUR_MS) <= STANDINGS_KEPT_MS[FIVE_MS] + HOUR_MS
    assert max(age for age in ages if (now_ms - age) % (8 * HOUR_MS)) <= STANDINGS_KEPT_MS[HOUR_MS] + HOUR_MS
    assert max(ages) > 69 * DAY_MS
    assert len(statistics.price_candles(MINUTE_MS)) <= 2 * 24 + 1
    assert len(statistics.price_candles(HOUR_MS)) <= 62 * 24 + 1


def test_candles_begin_where_the_price_stood(database: Engine) -> None:
    story = Story()
    story.mark(NOON, 100)
    story.mark(NOON + 1_000, 90)
    story.mark(NOON + 3 * MINUTE_MS, 120)
    statistics = told(database, story)
    statistics.flush()
    assert statistics.price_candles(MINUTE_MS) == [
        PriceCandle(SWAP, MARK, MINUTE_MS, NOON, 100, 100, 90, 90),
        PriceCandle(SWAP, MARK, MINUTE_MS, NOON + 3 * MINUTE_MS, 90, 120, 90, 120),
    ]
    assert statistics.price_candles(HOUR_MS) == [PriceCandle(SWAP, MARK, HOUR_MS, NOON, 100, 120, 90, 120)]


def test_takers_are_added_up_over_restarts(database: Engine) -> None:
    story = Story()
    story.trade(NOON, 0, 3)
    story.trade(NOON + 1, 1, 2)
    told(database, story).flush()
    story.trade(NOON + FIVE_MS, 0, 4)
    story.trade(NOON + 2, 0, 1)
    told(database, story).flush()
    assert Statistics(database).taker_sums(FIVE_MS) == [
        TakerSum(SWAP, FIVE_MS, NOON, 4, 2),
        TakerSum(SWAP, FIVE_MS, NOON + FIVE_MS, 4, 0),
    ]
    assert Statistics(database).taker_sums(HOUR_MS) == [TakerSum(SWAP, HOUR_MS, NOON, 8, 2)]


def rows(database: Engine) -> dict[str, list[Any]]:
    """Everything that is kept."""
    with database.connect() as connection:
        return {
            name: sorted(list(row) for row in connection.execute(select(table)))
            for name, table in Base.metadata.tables.items()
        }


@pytest.mark.parametrize("seed", range(3))
def test_the_pieces_do_not_matter(tmp_path: Path, seed: int) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    desk.run(300)
    whole, parts = (open_database(f"sqlite:///{tmp_path}/{name}.sqlite") for name in ("whole", "parts"))
    statistics = Statistics(whole)
    statistics.begin()
    statistics.catch_up(desk.source(0))
    for first in range(0, len(desk.batches), 37):
        again = Statistics(parts)
        for family in desk.views.families():
            again.know_fund(family.fund_account)
        again.begin()
        # The batches before are told once more: they change nothing.
        again.catch_up(desk.batches[max(0, first - 5) : first + 37])
    for database in (whole, parts):
        with Session(database) as session, session.begin():
            prune(session, desk.clock())
    assert rows(whole) == rows(parts)
    assert len(rows(whole)["statistics_held"]) > 3


@pytest.mark.parametrize("seed", range(3))
def test_a_sample_agrees_with_the_engine(tmp_path: Path, seed: int) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    statistics = Statistics(open_database(f"sqlite:///{tmp_path}/statistics.sqlite"))
    statistics.begin()
    statistics.catch_up(desk.run(400))
    funds = {family.fund_account for family in desk.views.families()}
    checked = 0
    for view in desk.views.instruments():
        contract = desk.views.contract(view.instrument)
        if contract is None or not contract.mark or view.state == InstrumentState.DELISTED:
            continue
        nets = [
            sum(held.lots for held in desk.views.positions(account) if held.instrument == view.instrument)
            for account in set(range(desk.views.account_count())) - funds
        ]
        longs, shorts = (sum(lots * sign > 0 for lots in nets) for sign in (1, -1))
        last = all_of(statistics, view.instrument, desk.clock() + FIVE_MS)[-1]
        assert last[2:6] == (contract.open_lots, contract.mark, longs, shorts)
        checked += 1
    assert checked


def test_what_could_not_be_written_is_written_later(tmp_path: Path) -> None:
    story = Story()
    story.mark(NOON, 100)
    story.trade(NOON, 0, 3)
    database = open_database(f"sqlite:///{tmp_path}/statistics.sqlite")
    statistics = told(database, story)
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE statistics_takers RENAME TO away")
    with pytest.raises(DataError):
        statistics.flush()
    story.mark(NOON + 1, 90)
    story.trade(NOON, 0, 4)
    statistics.on_batch(story.batch())
    with database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO statistics_takers")
    statistics.flush()
    assert [one.bought for one in statistics.taker_sums(FIVE_MS)] == [7]
    assert [(one.high, one.close) for one in statistics.price_candles(MINUTE_MS)] == [(100, 90)]


def test_another_history_is_forgotten(database: Engine) -> None:
    story = Story()
    story.mark(NOON, 100)
    story.hold(NOON, 7, 5)
    statistics = told(database, story)
    statistics.flush()
    statistics.start_over()
    assert statistics.last_sequence == 0
    assert all(not kept for name, kept in rows(database).items() if name != "statistics_version")
    statistics.catch_up([story.batch()])
    assert all_of(statistics, now_ms=NOON + FIVE_MS)[0].lots == 5


@pytest.mark.parametrize("seed", range(2))
def test_marks_indices_and_takers_are_the_same_after_a_restart(tmp_path: Path, seed: int) -> None:
    desk = RandomDesk(seed, 300_000, contracts=True)
    before = MarketData(desk.views, desk.clock)
    statistics = Statistics(open_database(f"sqlite:///{tmp_path}/statistics.sqlite"))
    statistics.begin()
    for batch in desk.run(400):
        before.on_batch(batch)
        statistics.on_batch(batch)
    statistics.flush()
    history = History(f"sqlite:///{tmp_path}/history.sqlite", desk.source)
    history.catch_up(desk.views.last_sequence())
    after = MarketData(desk.views, desk.clock, history, statistics)
    after.prime()
    history.close()
    contracts = 0
    for view in desk.views.instruments():
        code = view.instrument
        contracts += desk.views.contract(code) is not None and before.mark_price(code) > 0
        assert (after.mark_price(code), after.index_price(code)) == (before.mark_price(code), before.index_price(code))
        for bar, reach_ms in (("1m", 2 * DAY_MS), ("5m", 2 * DAY_MS), ("1H", 60 * DAY_MS), ("1D", 60 * DAY_MS)):
            for name in ("mark_candles", "index_candles"):
                known = [row for row in getattr(before, name)(code, bar) if row.open_time_ms > desk.clock() - reach_ms]
                assert getattr(after, name)(code, bar)[: len(known)] == known, (name, bar)
            if bar in ("5m", "1H"):
                assert after.taker_volumes(code, bar, 0, 2**62) == before.taker_volumes(code, bar, 0, 2**62)
    assert contracts


def test_past_samples_stand_before_the_first_event(database: Engine) -> None:
    story = Story()
    story.mark(NOON, 100)
    statistics = told(database, story)
    assert not statistics.knows_past(NOON)
    past = [Standing(SWAP, NOON - number * FIVE_MS, 50 + number, 90) for number in (2, 1)]
    statistics.put_past(past)
    assert statistics.knows_past(NOON)
    assert all_of(statistics) == past
    statistics.put_past([one._replace(lots=1) for one in past])
    assert [one.lots for one in all_of(statistics)] == [1, 1]
    assert statistics.set_prices()[0][:3] == (SWAP, MARK, 100)
