"""What prices remember: settlements as the events tell them, once each, and samples of the last hours."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from lonja.core.events import ContractDelivered, Event, FundingSettled
from lonja.engine.api import EventBatch
from lonja.modules.pricing.api import DELIVERY, FUNDING, Records
from lonja.modules.pricing.contract_prices import KEPT_MS
from lonja.modules.pricing.database import LAYOUT
from lonja.modules.pricing.records import INDEX, PREMIUM
from lonja.modules.pricing.sampling import MinuteSum
from lonja.modules.pricing.tables import SCHEMA_VERSION, Base
from lonja.primitives.instant import MINUTE_MS
from tests.modules.pricing.contracts import NOW


def batch(first: int, *events: Event) -> EventBatch:
    """A batch of these events, which begins at ``first`` and ends with the last of them."""
    return EventBatch(0, 0, 0, first, max([first, *(event.sequence for event in events)]), NOW, events)


def settled(sequence: int, instrument: int = 7, rate: int = 100) -> FundingSettled:
    return FundingSettled(sequence, NOW + sequence, instrument, rate, 10_000)


def test_the_migrations_make_the_tables(database: Engine) -> None:
    with database.connect() as connection:
        options = {"version_table": LAYOUT.version_table}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(LAYOUT.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


def test_settlements_are_read_newest_first_and_in_pages(database: Engine) -> None:
    records = Records(database)
    records.on_batch(batch(1, settled(3, rate=-5), settled(4, 8), ContractDelivered(5, NOW + 5, 7, 9_900)))
    records.on_batch(batch(6, settled(9, rate=7)))
    assert [(one.sequence, one.rate) for one in records.history(FUNDING, 7)] == [(9, 7), (3, -5)]
    assert [one.sequence for one in records.history(FUNDING, 7, before_ms=NOW + 9)] == [3]
    assert [one.sequence for one in records.history(FUNDING, 7, after_ms=NOW + 3)] == [9]
    assert [one.sequence for one in records.history(FUNDING, 7, limit=1)] == [9]
    assert [one.price for one in records.history(DELIVERY, 7)] == [9_900]


def test_events_told_again_change_nothing(database: Engine) -> None:
    records = Records(database)
    for _ in range(2):
        records.on_batch(batch(1, settled(3), settled(4)))
        records.flush()
    records.on_batch(batch(3, settled(3), settled(4), settled(5)))
    assert [one.sequence for one in records.history(FUNDING, 7)] == [5, 4, 3]


@pytest.mark.parametrize("flushes", [True, False])
def test_a_new_process_knows_what_the_last_one_kept(database: Engine, flushes: bool) -> None:
    records = Records(database)
    records.on_batch(batch(1, settled(3)))
    records.flush()
    records.on_batch(batch(4, settled(6), settled(7, 8)))
    if flushes:
        records.flush()
    again = Records(database)
    assert again.last_sequence == (7 if flushes else 3)
    assert again.settled_ms(7) == NOW + (6 if flushes else 3)
    again.catch_up([batch(1, settled(3)), batch(4, settled(6), settled(7, 8))])
    assert (again.last_sequence, again.settled_ms(7), again.settled_ms(8)) == (7, NOW + 6, NOW + 7)
    assert (again.settled_ms(9), again.settled(9)) == (0, None)


def test_another_history_is_forgotten(database: Engine) -> None:
    records = Records(database)
    records.on_batch(batch(1, settled(900)))
    records.note_minutes(PREMIUM, "7", [MinuteSum(NOW, 1, 60)])
    records.flush()
    records.start_over()
    for one in (records, Records(database)):
        assert (one.last_sequence, one.settled_ms(7), one.minutes(PREMIUM, "7", 0)) == (0, 0, [])
    records.catch_up([batch(1, settled(3))])
    assert [made.sequence for made in records.history(FUNDING, 7)] == [3]


def test_a_house_without_contracts_need_not_read_its_journal(database: Engine) -> None:
    records = Records(database)
    records.begin_at(500)
    records.flush()
    assert Records(database).last_sequence == 500


def test_minutes_are_renewed_and_old_ones_dropped(database: Engine) -> None:
    records = Records(database)
    huge = 10**40
    records.note_minutes(INDEX, "BTC-USDT", [MinuteSum(NOW, huge, 300)])
    records.note_minutes(PREMIUM, "7", [MinuteSum(NOW, -5, 30)])
    records.flush()
    records.note_minutes(PREMIUM, "7", [MinuteSum(NOW, -9, 60), MinuteSum(NOW + MINUTE_MS, 1, 60)])
    assert records.minutes(INDEX, "BTC-USDT", NOW) == [MinuteSum(NOW, huge, 300)]
    assert records.minutes(PREMIUM, "7", NOW) == [MinuteSum(NOW, -9, 60), MinuteSum(NOW + MINUTE_MS, 1, 60)]
    assert records.minutes(PREMIUM, "7", NOW + 1) == [MinuteSum(NOW + MINUTE_MS, 1, 60)]
    records.note_minutes(PREMIUM, "7", [MinuteSum(NOW + MINUTE_MS + KEPT_MS, 2, 60)])
    assert [one.minute_ms for one in records.minutes(PREMIUM, "7", 0)] == [NOW + MINUTE_MS, NOW + MINUTE_MS + KEPT_MS]
    assert records.minutes(INDEX, "BTC-USDT", 0) == []
