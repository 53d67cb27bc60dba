"""The screen of ``lonja top`` at every size, and the numbers on it."""

import re
from decimal import Decimal

import pytest
from rich.console import Console

from lonja.cli.markets import SortBy, chosen
from lonja.cli.top_numbers import Between, read_values
from lonja.cli.top_screen import Scene, screen
from lonja.cli.wire import Ticker
from tests.cli.recorded_looks import TICKERS, looks, scene

PAGE = """\
# TYPE lonja_events_total counter
lonja_events_total {events}
# TYPE lonja_operation_seconds histogram
lonja_operation_seconds_bucket{{operation="order",le="0.001"}} {fast}
lonja_operation_seconds_bucket{{operation="order",le="0.01"}} {all}
lonja_operation_seconds_bucket{{operation="order",le="+Inf"}} {all}
lonja_operation_seconds_count{{operation="order"}} {all}
lonja_operation_seconds_sum{{operation="order"}} 1
# TYPE lonja_answers_total counter
lonja_answers_total{{operation="order",code="0"}} {all}
lonja_answers_total{{operation="order",code="51008"}} {refused}
"""


def between(before: dict[str, int], after: dict[str, int], seconds: float = 2.0) -> Between:
    first, second = looks()
    return Between(
        first._replace(seconds=10.0, values=read_values(PAGE.format(**before))),
        second._replace(seconds=10.0 + seconds, values=read_values(PAGE.format(**after))),
    )


def drawn(shown: Scene, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, force_terminal=False)
    with console.capture() as caught:
        console.print(screen(shown, width, height), height=height)
    return caught.get().splitlines()


BEFORE = {"events": 100, "fast": 10, "all": 20, "refused": 0}


def test_rates_and_percentiles_are_of_the_time_between() -> None:
    measured = between(BEFORE, {"events": 150, "fast": 110, "all": 122, "refused": 4})
    assert measured.rate("lonja_events_total") == 25.0
    assert measured.refused_rate() == 2.0
    ((name, times),) = measured.operations()
    assert (name, times.per_second) == ("order", 51.0)
    assert times.half == pytest.approx(0.00051)
    assert times.slow == pytest.approx(0.001 + 0.009 * 0.98 / 2)


def test_a_server_that_started_anew_has_no_negative_rate() -> None:
    measured = between(BEFORE, {"events": 30, "fast": 2, "all": 2, "refused": 0})
    assert measured.rate("lonja_events_total") == 15.0
    assert measured.operations()[0][1].per_second == 1.0


def test_where_nothing_happened_there_are_no_percentiles() -> None:
    measured = between(BEFORE, BEFORE)
    assert measured.operations() == []
    assert measured.times("lonja_operation_seconds", operation="order").half is None
    assert measured.times("no_such_histogram").slow is None


@pytest.mark.parametrize(("width", "height"), [(80, 24), (80, 50), (100, 40), (120, 30), (200, 60)])
def test_the_screen_fits_and_shows_everything(width: int, height: int) -> None:
    lines = drawn(scene(), width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    for shown in (
        "healthy",
        "commands",
        "durable in",
        "lag",
        "CPU",
        "memory",
        "1:07:05",
        "BTC-USDT",
        "66",
        "operations",
    ):
        assert shown in text
    assert "…" not in text, "nothing is cut"
    assert ("book BTC-USDT" in text) is (width >= 118 or height >= 34)


def test_what_is_counted_at_one_moment_is_a_whole_number() -> None:
    text = "\n".join(drawn(scene(), 120, 30))
    for name in ("queue", "lag", "sockets"):
        assert re.search(rf"{name} +[\d,]+( |$)", text), name


@pytest.mark.parametrize("width", [80, 120])
def test_the_screen_says_what_is_wrong_and_how_time_passes(width: int) -> None:
    assert "Nobody answers" in drawn(scene(problem="Nobody answers at http://127.0.0.1:8080."), width, 24)[0]
    assert "frozen" in drawn(scene(speed="0"), width, 24)[0]
    assert " x60" in drawn(scene(speed="60"), width, 24)[0]


def test_an_empty_book_and_an_empty_exchange_are_drawn_too() -> None:
    shown = scene()
    bare = shown._replace(look=shown.look._replace(book=None, book_of="QUIET-USDT"), lines=[], rates=[])
    assert "empty" in "\n".join(drawn(bare, 120, 30))


@pytest.mark.parametrize(
    ("name", "volume", "worth"),
    [("BTC-USDT-SWAP", "2", "100000"), ("BTC-USD-SWAP", "2", "100000"), ("BTC-USDT-261225", "0.5", "25000")],
)
def test_volumes_of_contracts_count_base_currency(name: str, volume: str, worth: str) -> None:
    contract = Ticker(name, last="51000", quote_volume_24h=volume)
    (line,) = chosen([Ticker("BTC-USDT", last="50000"), contract], name, SortBy.NAME)
    assert line.value == Decimal(worth)


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        (SortBy.VOLUME, "BTC-USDT", "QUIET-USDT"),
        (SortBy.NAME, "AAVE-USDT", "XRP-USDT"),
        (SortBy.CHANGE, "DOGE-USDT", "SHIB-USDT"),
        (SortBy.SPREAD, "BCH-USDT", "QUIET-USDT"),
    ],
)
def test_instruments_are_ordered(sort: SortBy, first: str, last: str) -> None:
    names = [line.ticker.instrument_id for line in chosen(TICKERS, "", sort)]
    assert (names[0], names[-1]) == (first, last)


RISK = """\
# TYPE lonja_liquidations_total counter
lonja_liquidations_total{family="BTC-USDT",type="SWAP"} 17
lonja_liquidations_total{family="ETH-USDT",type="SWAP"} 4
# TYPE lonja_fund_peak gauge
lonja_fund_peak{family="BTC-USDT",type="SWAP"} 10000
lonja_fund_peak{family="ETH-USDT",type="SWAP"} 0
# TYPE lonja_fund_balance gauge
lonja_fund_balance{family="BTC-USDT",type="SWAP"} {balance}
lonja_fund_balance{family="ETH-USDT",type="SWAP"} 0
"""


@pytest.mark.parametrize("size", [(80, 24), (120, 30)])
@pytest.mark.parametrize(("balance", "told"), [(10_000, "well"), (8_200, "-18 %"), (-500, "-105 %")])
def test_liquidations_and_the_fund_that_fell_most_are_shown(size: tuple[int, int], balance: int, told: str) -> None:
    shown, (first, second) = scene(), looks()
    after = second._replace(values={**second.values, **read_values(RISK.replace("{balance}", str(balance)))})
    lines = drawn(shown._replace(between=Between(first, after)), *size)
    (line,) = [line for line in lines if "liquidated" in line]
    assert re.search(r"liquidated +21 ", line)
    name = "BTC-USDT " if size[0] >= 118 and told != "well" else ""
    assert re.search(rf"funds +{name}{told} ", line)
