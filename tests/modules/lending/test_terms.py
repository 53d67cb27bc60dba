"""Terms of lending are dated rows with a source, the engine takes all of them, and a file that says nonsense is refused."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lonja.core import commands as c
from lonja.core.texts import Text16, Text32
from lonja.modules.lending.api import Terms, missing_definitions
from lonja.modules.lending.terms import PACKAGED
from lonja.modules.sandbox.catalogue import CURRENCIES, INSTRUMENTS, NAMED_COUNT, NAMED_CURRENCIES
from lonja.primitives.errors import DataError
from tests.engine.house import World
from tests.modules.pricing.contracts import NOW

PACKED = PACKAGED.read_text("utf-8")
RATE = """
[[interest]]
of = ["BTC"]
from = 2027-01-01
source = "A test."
yearly_ppm = 70_000
"""
TIERS = """
[[margin]]
of = ["BTC-USDC"]
from = 2027-01-01
source = "A test."
tiers = [[1, 2, 3, 4]]
"""
PAIRS = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "AVAX", "LTC", "BCH", "LINK", "QUIET")


def test_the_closest_and_newest_row_holds() -> None:
    terms = Terms(PACKED + RATE + RATE.replace("2027", "2028").replace("70_000", "90_000"))
    for year, yearly_ppm in ((2017, 30_000), (2026, 30_000), (2027, 70_000), (2028, 90_000)):
        now = int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) * 1_000
        assert (terms.yearly_ppm("BTC", now), terms.yearly_ppm("DOGE", now)) == (yearly_ppm, 200_000)


def test_what_is_not_named_is_neither_borrowed_nor_collateral() -> None:
    terms = Terms(PACKED + TIERS)
    assert (terms.borrowing("FITFI", NOW), terms.discount("FITFI", NOW), terms.margin("FITFI-USDT", NOW)) == (
        None,
        (),
        (),
    )
    assert terms.margin("BTC-USDC", NOW) == ((1, 2, 3, 4),)


async def test_the_engine_takes_all_terms_and_is_told_them_once() -> None:
    world, terms = World(), Terms.of_file()
    engine = world.start()
    named = {fact.name: code for code, fact in enumerate(CURRENCIES[:NAMED_CURRENCIES])}
    listed = [
        c.ListInstrument(instrument_id=Text32(fact.instrument_id), base=named[fact.base], quote=named[fact.quote])
        for fact in INSTRUMENTS[:NAMED_COUNT]
    ]
    made = [c.CreateCurrency(name=Text16(fact.name), scale=fact.scale) for fact in CURRENCIES[:NAMED_CURRENCIES]]
    await engine.submit_many([*made, *listed])
    views, first = engine.views, missing_definitions(engine.views, terms, NOW)
    # A start that was killed on the way is finished by the next.
    for commands, left in ((first[:40], first[40:]), (first[40:], [])):
        assert all(outcome.rejection == 0 for outcome in await engine.submit_many(commands))
        assert missing_definitions(views, terms, NOW) == left
    for code in named.values():
        known = views.currency_terms(code)
        assert known.tiers
        assert known.limit_max
    tiers = {one.instrument_id: views.margin_tiers(one.instrument) for one in views.instruments()}
    assert {name for name, found in tiers.items() if found} == {f"{base}-USDT" for base in PAIRS}
    await engine.stop()


WRONG = [
    ("a = [", "no TOML"),
    (PACKED + RATE.replace("yearly_ppm = 70_000\n", ""), "has exactly"),
    (PACKED + RATE.replace("70_000", "-1"), "whole number"),
    (PACKED + RATE.replace("70_000", "true"), "whole number"),
    (PACKED + RATE.replace('["BTC"]', "[]"), "of must list"),
    (PACKED + RATE.replace('"A test."', '" "'), "source must say"),
    (PACKED + RATE.replace("2027-01-01", "2027-01-01T00:00:00Z"), "from must be a date"),
    (PACKED + RATE + RATE, "another row"),
    (PACKED + RATE.replace("interest", "interests"), "a section is one of"),
    (PACKED + TIERS.replace("[[1, 2, 3, 4]]", "[]"), "rows of 4 numbers"),
    (PACKED + TIERS.replace("3, 4", "3"), "rows of 4 numbers"),
    (PACKED + TIERS.replace("4", "-4"), "tiers must be whole"),
    (RATE, 'no row is of "*"'),
]


@pytest.mark.parametrize(("content", "says"), WRONG, ids=[says for _, says in WRONG])
def test_a_file_that_says_nonsense_is_refused(content: str, says: str) -> None:
    with pytest.raises(DataError) as refused:
        Terms(content)
    assert says in refused.value.message


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        Terms.of_file(tmp_path / "terms.toml")
