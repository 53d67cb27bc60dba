"""What lending remembers: interest as the events tell it, once each, and the hours that are accrued."""

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from lonja.core.collateral_events import BorrowTermsDefined, InterestAccrued
from lonja.core.events import Event
from lonja.engine.api import EventBatch
from lonja.modules.lending.api import Records
from lonja.modules.lending.database import LAYOUT
from lonja.modules.lending.records import KEPT_MS
from lonja.modules.lending.tables import SCHEMA_VERSION, Base
from lonja.primitives.instant import HOUR_MS
from tests.modules.pricing.contracts import NOW

ANN, BOB = 5, 6
USDT, BTC = 0, 1


def batch(*events: Event) -> EventBatch:
    """A batch of these events."""
    return EventBatch(0, 0, 0, events[0].sequence, events[-1].sequence, NOW, events)


def accrued(sequence: int, hour: int, account: int = ANN, currency: int = USDT) -> InterestAccrued:
    hour_ms = NOW + hour * HOUR_MS
    return InterestAccrued(sequence, hour_ms + 7, account, currency, hour_ms, 1_000, 10**7, 1, -1_001, 1)


def defined(sequence: int, hour: int, currency: int = USDT) -> BorrowTermsDefined:
    return BorrowTermsDefined(sequence, NOW + hour * HOUR_MS + 9, currency, 10, 100_000, 30_000, 0, 0)


def test_the_migrations_make_the_tables(database: Engine) -> None:
    with database.connect() as connection:
        options = {"version_table": LAYOUT.version_table}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_the_known_version_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(LAYOUT.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_VERSION


def test_accruals_are_read_newest_first_and_in_pages(database: Engine) -> None:
    records = Records(database)
    records.on_batch(batch(accrued(1, 1), accrued(2, 1, BOB), accrued(3, 1, ANN, BTC), accrued(4, 2), accrued(5, 3)))

    def found(*accounts: int, **asked: object) -> list[int]:
        return [one.sequence for one in records.accruals(accounts, **asked)]  # type: ignore[arg-type]  # as a table

    assert found(ANN) == [5, 4, 3, 1]
    assert found(ANN, BOB, limit=3) == [5, 4, 3]
    assert found(ANN, currencies=[BTC]) == [3]
    assert found(ANN, before_ms=NOW + 3 * HOUR_MS) == [4, 3, 1]
    assert found(ANN, after_ms=NOW + HOUR_MS) == [5, 4]
    (one,) = records.accruals([BOB])
    assert (one.account, one.hour_ms, one.time_ms) == (BOB, NOW + HOUR_MS, NOW + HOUR_MS + 7)
    assert (one.liability, one.rate, one.amount) == (1_000, 10**7, 1)


def test_events_told_again_change_nothing_and_hours_never_go_back(database: Engine) -> None:
    records = Records(database)
    for _ in range(2):
        records.on_batch(batch(accrued(1, 5), accrued(2, 6)))
        records.flush()
    records.on_batch(batch(accrued(2, 6), defined(3, 9)))
    records.note_hour(USDT, NOW)
    assert [one.sequence for one in records.accruals([ANN])] == [2, 1]
    assert [Records(database).accrued_ms(code) - NOW for code in (USDT,)] == [6 * HOUR_MS]


def test_hours_in_which_nobody_owed_are_known_to_the_next_process(database: Engine) -> None:
    records = Records(database)
    records.begin_at(0)
    records.on_batch(batch(defined(1, 0)))
    assert records.accrued_ms(USDT) == NOW
    records.note_hour(USDT, NOW + 2 * HOUR_MS)
    records.flush()
    again = Records(database)
    assert (again.accrued_ms(USDT), again.accrued_ms(BTC)) == (NOW + 2 * HOUR_MS, 0)
    again.catch_up([batch(defined(8, 30))])
    assert Records(database).accrued_ms(USDT) == NOW + 2 * HOUR_MS


def test_what_is_made_anew_from_the_journal_asks_nobody_twice(database: Engine) -> None:
    records = Records(database)
    records.catch_up([batch(defined(1, 0), accrued(2, 1)), batch(defined(3, 4, BTC))])
    assert [records.accrued_ms(code) for code in (USDT, BTC)] == [NOW + 4 * HOUR_MS] * 2
    records.start_over()
    assert (records.last_sequence, records.accrued_ms(USDT), records.accruals([ANN])) == (0, 0, [])


def test_accruals_are_kept_for_a_year(database: Engine) -> None:
    records = Records(database)
    hours = KEPT_MS // HOUR_MS
    records.on_batch(batch(accrued(1, 0), accrued(2, 1), accrued(3, hours + 1)))
    assert [one.sequence for one in records.accruals([ANN])] == [3, 2]
