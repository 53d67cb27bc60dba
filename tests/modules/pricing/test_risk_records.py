"""What is kept of liquidations and Security Funds: as the events tell it, a week long, through crashes."""

import pytest
from sqlalchemy import Engine, func, select

from lonja.core.events import Event, FamilyDefined, FundChanged, FundEndowed, PositionChanged, PositionTakenOver
from lonja.core.kinds import FundCause, PositionCause
from lonja.core.texts import Text32
from lonja.modules.pricing import risk_records
from lonja.modules.pricing.api import DELEVERAGED, ENDOWED, GAINED, LOST, FundBalance, FundChange, Records
from lonja.modules.pricing.risk_records import KEPT_MS
from lonja.modules.pricing.tables import LiquidationRow
from lonja.primitives.instant import DAY_MS, HOUR_MS
from tests.modules.pricing.contracts import NOW
from tests.modules.pricing.test_records import batch

FAMILY, FUND = 3, 40
KINDS = (ENDOWED, GAINED, LOST, DELEVERAGED)
DEFINED = FamilyDefined(1, NOW, FAMILY, Text32("BTC-USDT"), 2, 0, FUND)


def taken(sequence: int, instrument: int = 7, margin_mode: int = 0, time_ms: int = NOW) -> PositionTakenOver:
    return PositionTakenOver(sequence, time_ms + sequence, 5, instrument, margin_mode, 0, -25, 10_000, 10_050, -7)


def endowed(sequence: int, amount: int, balance: int, family: int = FAMILY, time_ms: int = NOW) -> FundEndowed:
    return FundEndowed(sequence, time_ms + sequence, family, amount, balance)


def changed(sequence: int, cause: FundCause, amount: int, balance: int, time_ms: int = NOW) -> FundChanged:
    return FundChanged(sequence, time_ms + sequence, FAMILY, cause, 5, amount, balance, 0)


def moved(sequence: int, balance: int, cause: PositionCause = PositionCause.FILLED, account: int = FUND) -> Event:
    """A position of the fund changed."""
    return PositionChanged._make([sequence, NOW + sequence, account, 7, 0, 0, int(cause), *[0] * 15, balance])


def told(records: Records) -> list[tuple[int, str, int, int]]:
    changes = records.fund_changes(FAMILY, KINDS)
    return [(one.sequence, one.kind, one.amount, one.balance) for one in changes]


def test_liquidations_are_read_newest_first_and_in_pages(database: Engine) -> None:
    records = Records(database)
    records.on_batch(batch(1, taken(3), taken(4, 8), taken(5, margin_mode=1), taken(6)))
    assert records.liquidations([7]) == [taken(6), taken(5, margin_mode=1), taken(3)]
    assert [one.sequence for one in records.liquidations([7, 8])] == [6, 5, 4, 3]
    assert [one.sequence for one in records.liquidations([7], 1)] == [5]
    assert [one.sequence for one in records.liquidations([7], before_ms=NOW + 6)] == [5, 3]
    assert [one.sequence for one in records.liquidations([7], after_ms=NOW + 5)] == [6]
    assert [one.sequence for one in records.liquidations([7], limit=1)] == [6]
    assert records.liquidations([]) == []


def test_a_fund_is_told_by_what_moved_it(database: Engine) -> None:
    records = Records(database)
    records.on_batch(
        batch(
            1,
            DEFINED,
            endowed(2, 1_000, 1_000),
            changed(3, FundCause.LIQUIDATION, 30, 1_030),
            # Took a position over without paying, traded it with a gain, and with a loss; somebody else's means nothing.
            moved(4, 1_030),
            moved(5, 1_042),
            moved(6, 900),
            moved(7, 55, account=FUND + 1),
            changed(8, FundCause.COVER, -900, 0),
            moved(9, 0, PositionCause.DELEVERAGED),
        )
    )
    assert told(records) == [
        (9, DELEVERAGED, 0, 0),
        (8, LOST, -900, 0),
        (6, LOST, -142, 900),
        (5, GAINED, 12, 1_042),
        (3, GAINED, 30, 1_030),
        (2, ENDOWED, 1_000, 1_000),
    ]
    assert [one.sequence for one in records.fund_changes(FAMILY, (LOST,), limit=2)] == [8, 6]
    assert [one.sequence for one in records.fund_changes(FAMILY, KINDS, before_ms=NOW + 8, after_ms=NOW + 3)] == [6, 5]
    assert records.fund_changes(FAMILY + 1, KINDS) == []


def test_a_new_process_counts_on_from_the_last_balance_that_was_kept(database: Engine) -> None:
    records = Records(database)
    records.on_batch(batch(1, DEFINED, endowed(2, 1_000, 1_000)))
    records.flush()
    records.on_batch(batch(3, moved(3, 990)))
    again = Records(database)
    again.know_fund(FAMILY, FUND)
    again.catch_up([batch(1, DEFINED, endowed(2, 1_000, 1_000)), batch(3, moved(3, 990), moved(4, 985), taken(5))])
    wanted = [(4, LOST, -5, 985), (3, LOST, -10, 990), (2, ENDOWED, 1_000, 1_000)]
    assert told(again) == wanted
    assert [one.sequence for one in again.liquidations([7])] == [5]


def test_rows_that_a_crash_left_without_their_progress_are_told_again_unchanged(database: Engine) -> None:
    for _ in range(2):
        records = Records(database)
        records.last_sequence = 0
        records.on_batch(batch(1, DEFINED, endowed(2, 1_000, 1_000), taken(3)))
        records.flush()
    assert told(records) == [(2, ENDOWED, 1_000, 1_000)]
    assert records.liquidations([7]) == [taken(3)]


def test_a_week_is_kept_and_what_every_fund_had_at_its_begin(database: Engine) -> None:
    records = Records(database)
    early = (endowed(2, 500, 500), endowed(3, 500, 1_000), endowed(4, 7, 7, FAMILY + 1), taken(5))
    records.on_batch(batch(1, DEFINED, *early))
    records.flush()
    later = NOW + KEPT_MS
    records.on_batch(batch(6, endowed(6, 1, 1_001, time_ms=later), taken(7, time_ms=later)))
    assert told(records) == [(6, ENDOWED, 1, 1_001), (3, ENDOWED, 500, 1_000)]
    assert [one.balance for one in records.fund_changes(FAMILY + 1, KINDS)] == [7]
    assert [one.sequence for one in records.liquidations([7])] == [7]


def test_no_storm_fills_the_disk(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(risk_records, "ROWS_MAX", 3)
    records = Records(database)
    records.on_batch(batch(1, *[taken(sequence) for sequence in range(1, 10)]))
    assert [one.sequence for one in records.liquidations([7])] == [9, 8, 7]
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(LiquidationRow)) == 3


def test_balances_at_times_equally_far_apart(database: Engine) -> None:
    records, told_ms = Records(database), [10, 25, 30, 31, 50]
    changes = [endowed(n, 1, ms, time_ms=NOW + ms - n) for n, ms in enumerate(told_ms, start=2)]
    records.on_batch(batch(1, DEFINED, *changes))
    for last_ms in range(75):
        for count in (1, 3, 8):
            times = [last_ms - 10 * number for number in range(count)]
            wanted = [(max(ms for ms in told_ms if ms <= time), time) for time in times if time >= 10]
            found = records.fund_balances(FAMILY, NOW + last_ms, 10, count)
            assert found == [FundBalance(balance, NOW + time) for balance, time in wanted]
    assert records.fund_balances(FAMILY + 1, NOW + DAY_MS, HOUR_MS, 30) == []


def test_peaks_count_what_a_fund_had_before(database: Engine) -> None:
    records = Records(database)
    hours = [NOW + hour * HOUR_MS for hour in range(20)]
    balances = {0: 500, 6: 900, 8: 850, 15: 100}
    events = [endowed(hour + 2, 1, balance, time_ms=hours[hour] - hour - 2) for hour, balance in balances.items()]
    records.on_batch(batch(1, DEFINED, *events))
    changes = records.fund_changes(FAMILY, KINDS)
    assert records.fund_peaks(changes, 8 * HOUR_MS) == [
        # Nothing was higher since 07:00 than what it had then.
        FundBalance(900, hours[6]),
        FundBalance(900, hours[6]),
        FundBalance(900, hours[6]),
        FundBalance(500, hours[0]),
    ]
    alone = FundChange(1, FAMILY + 5, ENDOWED, NOW, 1, 77)
    assert records.fund_peaks([alone], HOUR_MS) == [FundBalance(77, NOW)]


PEAKS: list[tuple[dict[int, int], int, int | None]] = [
    # balances by hour, of which of them the time is asked for, since which hour it stood
    ({0: 500, 6: 900, 8: 850}, 900, 6),
    ({0: 500, 6: 900, 8: 850}, 850, 8),
    ({0: 500, 6: 900, 8: 900}, 900, 6),
    ({0: 900, 6: 500, 8: 400}, 900, 0),
    ({0: 900, 12: 500, 20: 400}, 500, 12),
    ({0: 900, 1: 800, 20: 400}, 900, None),
    ({}, 900, None),
]


@pytest.mark.parametrize(("balances", "peak", "since"), PEAKS)
def test_since_when_a_peak_stood_is_known_also_after_a_restart(
    database: Engine, balances: dict[int, int], peak: int, since: int | None
) -> None:
    records = Records(database)
    events = [
        endowed(place + 2, 1, balance, time_ms=NOW + hour * HOUR_MS - place - 2)
        for place, (hour, balance) in enumerate(balances.items())
    ]
    records.on_batch(batch(1, DEFINED, *events))
    records.flush()
    expected = None if since is None else NOW + since * HOUR_MS
    assert records.fund_peak_ms(FAMILY, peak) == expected
    assert Records(database).fund_peak_ms(FAMILY, peak) == expected


def test_another_history_is_forgotten(database: Engine) -> None:
    records = Records(database)
    records.on_batch(batch(1, DEFINED, endowed(2, 1_000, 1_000), taken(3)))
    records.flush()
    records.on_batch(batch(4, taken(4)))
    records.start_over()
    assert (told(records), records.liquidations([7])) == ([], [])
    records.catch_up([batch(1, DEFINED, moved(2, 400), moved(3, 410))])
    assert told(records) == [(3, GAINED, 10, 410)]
