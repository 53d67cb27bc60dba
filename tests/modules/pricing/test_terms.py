"""Terms are dated rows with a source; files that say nonsense are refused with the place of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lonja.modules.pricing.terms import PACKAGED, Terms
from lonja.primitives.errors import DataError
from tests.modules.pricing.contracts import NOW

PACKED = PACKAGED.read_text("utf-8")
ROW = """
[[delivery]]
of = ["BTC"]
from = 2027-01-01
source = "A test."
window_minutes = 60
period_ms = 200
fee_rate_ppm = 100
"""


def test_the_closest_and_newest_row_holds() -> None:
    terms = Terms(PACKED + ROW + ROW.replace("2027-01-01", "2028-01-01").replace("60", "15"))
    for year, underlying, minutes in ((2026, "BTC-USD", 60), (2027, "BTC-USD", 60), (2028, "BTC-USD", 15)):
        now = int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) * 1_000
        assert terms.delivery(underlying, now).window_minutes == minutes
        assert terms.delivery("SOL-USDT", now).window_minutes == 30


def test_an_underlying_comes_before_its_base() -> None:
    terms = Terms.of_file()
    assert terms.funding("USDC-USDT", NOW).interest == 0
    assert terms.funding("USDC-USD", NOW).interest == 300_000_000


def test_sources_that_are_not_named_weigh_as_others() -> None:
    own = '[[weights]]\nof = ["BTC-USDT"]\nfrom = 2018-01-01\nsource = "A test."\nothers = 2\nfirst = 0\n'
    terms = Terms(PACKED + own)
    assert [terms.weight("BTC-USDT", name, NOW) for name in ("first", "second")] == [0, 2]
    assert terms.weight("ETH-USDT", "first", NOW) == 1


WRONG = [
    ("a = [", "no TOML"),
    (PACKED + ROW.replace("period_ms = 200\n", ""), "has exactly"),
    (PACKED + ROW.replace("200", "-200"), "whole number"),
    (PACKED + ROW.replace("200", "true"), "whole number"),
    (PACKED + ROW.replace('["BTC"]', "[]"), "of must list"),
    (PACKED + ROW.replace('"A test."', '" "'), "source must say"),
    (PACKED + ROW.replace("2027-01-01", "2027-01-01T00:00:00Z"), "from must be a date"),
    (PACKED + ROW + ROW, "another row"),
    (PACKED + ROW.replace("delivery", "deliveries"), "a section is one of"),
    (PACKED.replace("interval_hours = 8", "interval_hours = 3"), "must be one of 8, 4, 2, 1"),
    (PACKED.replace("others = 1", "first = 1"), "others must say"),
    (ROW, 'no row is of "*"'),
]


@pytest.mark.parametrize(("content", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_file_that_says_nonsense_is_refused(content: str, says: str) -> None:
    with pytest.raises(DataError) as refused:
        Terms(content)
    assert says in refused.value.message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        Terms.of_file(tmp_path / "terms.toml")
