"""Two looks at a real sandbox under a little load, kept, so that screens can be drawn without one."""

import json
from pathlib import Path

import msgspec

from lonja.cli.markets import SortBy, chosen
from lonja.cli.top_numbers import Between, Look, read_values
from lonja.cli.top_screen import Scene
from lonja.cli.wire import Book, Ticker

RECORDED = json.loads((Path(__file__).parent / "recorded" / "looks.json").read_text())
TICKERS = msgspec.convert(RECORDED["tickers"], list[Ticker])
RATES = [31.0, 28.5, 40.0, 36.0, 52.5, 77.0, 64.0, 49.0, 81.0, 90.5, 72.0, 68.0]


def looks() -> tuple[Look, Look]:
    """The earlier and the later one."""
    first, second = (
        Look(
            seconds=look["seconds"],
            values=read_values("\n".join(look["metrics"]) + "\n"),
            tickers=TICKERS,
            book=msgspec.convert(RECORDED["book"][0], Book),
            book_of="BTC-USDT",
            problem="",
            time_ms=RECORDED["time_ms"],
            speed="1",
            up_seconds=4_025.0,
        )
        for look in RECORDED["looks"]
    )
    return first, second


def scene(problem: str = "", speed: str = "1") -> Scene:
    """What the screen shows of them."""
    first, second = looks()
    lines = chosen(TICKERS, "", SortBy.VOLUME)
    return Scene("http://127.0.0.1:8080", second._replace(speed=speed), Between(first, second), lines, RATES, problem)
