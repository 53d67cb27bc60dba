"""``lonja markets``: what a running exchange trades, as a table or as JSON."""

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.cli.client import CaOption, DataOption, UrlOption, public_client
from lonja.cli.wire import Ticker, all_kinds, decimal, pair_of, worth

VALUED_IN: Final = "USDT"
_PIPE_COLUMNS: Final = 120
_ENDLESS: Final = 10_000


class SortBy(StrEnum):
    """What a table of instruments is ordered by."""

    VOLUME = "volume"
    CHANGE = "change"
    SPREAD = "spread"
    NAME = "name"


class Line(NamedTuple):
    """One instrument as people see it; None where there is nothing to say.

    ``change`` is a fraction of the price a day ago, ``spread_bps`` is in ten-thousandths of the middle, ``value`` is
    the day's volume in ``VALUED_IN``.
    """

    ticker: Ticker
    change: Decimal | None
    spread_bps: Decimal | None
    value: Decimal | None


def markets_command(
    filter_: Annotated[str, typer.Argument(metavar="FILTER", help="Part of a name, such as BTC or -USDC.")] = "",
    data: DataOption = DEFAULT_DATA,
    url: UrlOption = "",
    ca_file: CaOption = None,
    sort: Annotated[SortBy, typer.Option("--sort", help="What to order by.")] = SortBy.VOLUME,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Show so many at most.", show_default="all")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the instruments of a running exchange with price, change, spread and volume."""
    with closing(public_client(data, url, ca_file)) as client:
        tickers = [ticker for kind in all_kinds() for ticker in client.get("/market/tickers", Ticker, kind)]
    lines = chosen(tickers, filter_, sort)
    shown = lines[:limit]
    if as_json:
        for line in shown:
            typer.echo(json.dumps(as_object(line)))
        return
    if not shown:
        typer.echo(f"No instrument of {len(tickers)} has {filter_.upper()!r} in its name.", err=True)
        raise typer.Exit(1)
    show(*(table_of(shown, with_book=with_book) for with_book in (True, False)))


def chosen(tickers: list[Ticker], part: str, sort: SortBy) -> list[Line]:
    """The instruments with ``part`` in their names, ordered."""
    values = worth(tickers, VALUED_IN)
    found = [line_of(ticker, values) for ticker in tickers if part.upper() in ticker.instrument_id]
    return sorted(found, key=_ORDERS[sort])


def line_of(ticker: Ticker, values: Mapping[str, Decimal]) -> Line:
    """What follows from a ticker, with the worth of each currency."""
    last, opened = decimal(ticker.last), decimal(ticker.open_24h)
    bid, ask = decimal(ticker.bid_price), decimal(ticker.ask_price)
    base, quote, is_contract = pair_of(ticker.instrument_id)
    # The second volume of a contract counts base currency, that of a pair quote currency.
    volume, unit = decimal(ticker.quote_volume_24h), values.get(base if is_contract else quote)
    return Line(
        ticker,
        None if last is None or not opened else last / opened - 1,
        None if bid is None or ask is None or not bid + ask else (ask - bid) / (ask + bid) * 20_000,
        None if volume is None or unit is None else volume * unit,
    )


def as_object(line: Line) -> dict[str, str | None]:
    """A line for programs; numbers are text, as in the API."""
    ticker = line.ticker
    return {
        "instrument": ticker.instrument_id,
        "last": ticker.last or None,
        "bid": ticker.bid_price or None,
        "ask": ticker.ask_price or None,
        "change_percent": None if line.change is None else f"{line.change * 100:.4f}",
        "spread_bps": None if line.spread_bps is None else f"{line.spread_bps:.4f}",
        "volume": ticker.volume_24h or None,
        "volume_usdt": None if line.value is None else f"{line.value:.2f}",
    }


def table_of(lines: list[Line], *, with_book: bool = True) -> Table:
    """A table of instruments, with their best prices or without, which is narrower."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("instrument", no_wrap=True)
    prices = ("bid", "ask") if with_book else ()
    for title in ("last", "24h %", *prices, "spread bps", f"24h {VALUED_IN}"):
        table.add_column(title, justify="right", no_wrap=True)
    for line in lines:
        ticker = line.ticker
        table.add_row(
            ticker.instrument_id,
            Text(ticker.last or "-", style=color_of(line.change)),
            change_text(line.change),
            *((ticker.bid_price or "-", ticker.ask_price or "-") if with_book else ()),
            "-" if line.spread_bps is None else f"{line.spread_bps:.1f}",
            amount_text(line.value),
        )
    return table


def show(*tables: Table) -> None:
    """Print the first table that fits, or the last; a pipe gets whole lines."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, _PIPE_COLUMNS))
    unbounded = console.options.update(max_width=_ENDLESS)
    fitting = (table for table in tables if console.measure(table, options=unbounded).maximum <= console.width)
    console.print(next(fitting, tables[-1]))


def change_text(change: Decimal | None) -> Text:
    """A change in percent, with its sign, in its color."""
    return Text("-" if change is None else f"{change * 100:+.2f}", style=color_of(change))


def color_of(change: Decimal | None) -> str:
    """Green for up, red for down."""
    return "" if not change else "green" if change > 0 else "red"


def amount_text(value: Decimal | None) -> str:
    """An amount in five characters or so: 1.23K, 45.6M."""
    if value is None:
        return "-"
    for unit, letter in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")):
        if value >= unit:
            return f"{value / unit:.2f}{letter}"
    return f"{value:.0f}"


def _largest(number: Decimal | None) -> tuple[bool, Decimal]:
    return number is None, -(number or Decimal(0))


_ORDERS: Final[dict[SortBy, Callable[[Line], tuple[object, ...]]]] = {
    SortBy.VOLUME: lambda line: (*_largest(line.value), line.ticker.instrument_id),
    SortBy.CHANGE: lambda line: (*_largest(line.change), line.ticker.instrument_id),
    SortBy.SPREAD: lambda line: (*_largest(line.spread_bps), line.ticker.instrument_id),
    SortBy.NAME: lambda line: (line.ticker.instrument_id,),
}
