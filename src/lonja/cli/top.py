"""``lonja top``: a running exchange on one screen, renewed every second."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import closing, suppress
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.live import Live

from lonja.adapters.clock import SteadyClock, SystemClock
from lonja.bootstrap.defaults import DEFAULT_DATA
from lonja.cli.client import CaOption, Client, DataOption, ExchangeError, UrlOption, public_client
from lonja.cli.markets import SortBy, chosen
from lonja.cli.top_numbers import Between, Labels, Look, read_values
from lonja.cli.top_screen import Scene, screen
from lonja.cli.wire import Book, ServerTime, Ticker, all_kinds, book_of

DEPTH: Final = 20
RATES_KEPT: Final = 60
TICKERS_MANY: Final = 200
TICKERS_EVERY: Final = 5
"""Of so many looks one renews the tickers, when there are many."""
_PIPE_COLUMNS: Final = 120
_PIPE_LINES: Final = 40


class _Health(msgspec.Struct, frozen=True):
    problem: str


class _Clock(msgspec.Struct, frozen=True):
    speed: str


class _Controlled(msgspec.Struct, frozen=True):
    data: list[_Clock]


def top_command(
    filter_: Annotated[str, typer.Argument(metavar="FILTER", help="Only instruments with this in their names.")] = "",
    data: DataOption = DEFAULT_DATA,
    url: UrlOption = "",
    ca_file: CaOption = None,
    book: Annotated[str, typer.Option("--book", help="Instrument whose book is shown.", show_default="the first")] = "",
    sort: Annotated[SortBy, typer.Option("--sort", help="What to order instruments by.")] = SortBy.VOLUME,
    every: Annotated[float, typer.Option("--every", min=0.2, max=60, help="Seconds between two looks.")] = 1.0,
    once: Annotated[bool, typer.Option("--once", help="Print one screen and end, as into a pipe.")] = False,
) -> None:
    """Watch a running exchange: books, rates, latency, lag. Ctrl+C ends it."""
    watch = Watch(lambda: public_client(data, url, ca_file), filter_, book.upper(), sort)
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, _PIPE_COLUMNS), height=_PIPE_LINES)
    with closing(watch):
        watch.begin()
        if once or not console.is_terminal:
            time.sleep(every)
            _print(console, watch.next())
            return
        with suppress(KeyboardInterrupt), Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                live.update(screen(watch.next(), console.width, console.height), refresh=True)
                time.sleep(every)


class Watch:
    """Looks at a server again and again, through its restarts."""

    def __init__(self, connect: Callable[[], Client], part: str, book: str, sort: SortBy) -> None:
        """``connect`` is asked again whenever the server was gone; ``book`` "" means the first instrument."""
        self._connect = connect
        self._part, self._book, self._sort = part, book, sort
        self._client: Client | None = None
        self._looks: deque[Look] = deque(maxlen=2)
        self._rates: deque[float] = deque(maxlen=RATES_KEPT)
        self._ticker_looks = 0

    def close(self) -> None:
        """Close the connection; the next look opens another."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def begin(self) -> None:
        """The first look. Raises ``ExchangeError`` when there is no server."""
        self._looks.append(self._look())

    def next(self) -> Scene:
        """The next look, or the latest one with the problem that there is now."""
        problem = ""
        try:
            self._looks.append(self._look())
        except ExchangeError as error:
            problem = error.message
            self.close()
        look = self._looks[-1]
        between = Between(self._looks[0], look)
        if not problem:
            self._rates.append(between.rate("lonja_commit_commands_sum"))
        lines = chosen(look.tickers, self._part, self._sort)
        url = self._client.url if self._client is not None else ""
        return Scene(url, look, between, lines, list(self._rates), problem)

    def _look(self) -> Look:
        client = self._client = self._client or self._connect()
        values = _values(client)
        problem = _problem(client)
        tickers = self._tickers(client)
        name = self._book or next((line.ticker.instrument_id for line in chosen(tickers, self._part, self._sort)), "")
        books = client.get("/market/books", Book, book_of(name, DEPTH)) if name else []
        (now,) = client.get("/public/time", ServerTime)
        started = values.get(("process_start_time_seconds", ()), 0.0)
        return Look(
            seconds=SteadyClock().now_ms() / 1_000,
            values=values,
            tickers=tickers,
            book=books[0] if books else None,
            book_of=name,
            problem=problem,
            time_ms=int(now.time_ms),
            speed=_speed(client),
            up_seconds=SystemClock().now_ms() / 1_000 - started if started else 0.0,
        )

    def _tickers(self, client: Client) -> list[Ticker]:
        """All tickers; where they are many, and a long answer keeps orders waiting, only now and then."""
        known = self._looks[-1].tickers if self._looks else []
        self._ticker_looks += 1
        if len(known) > TICKERS_MANY and self._ticker_looks % TICKERS_EVERY:
            return known
        return [ticker for kind in all_kinds() for ticker in client.get("/market/tickers", Ticker, kind)]


def _print(console: Console, scene: Scene) -> None:
    console.print(screen(scene, console.width, console.height), height=console.height)
    if scene.problem:
        raise typer.Exit(1)


def _values(client: Client) -> dict[tuple[str, Labels], float]:
    """The numbers of a house; none of another server of the same API."""
    page = client.page("/metrics")
    return read_values(page.body.decode("utf-8", "replace")) if page.status == HTTPStatus.OK else {}


def _problem(client: Client) -> str:
    """What a house says is wrong with it; "" where nobody says anything."""
    try:
        return msgspec.json.decode(client.page("/healthz").body, type=_Health).problem
    except msgspec.DecodeError:
        return ""


def _speed(client: Client) -> str:
    """How fast the exchange's time passes; "" where nobody can change that."""
    try:
        return msgspec.json.decode(client.page("/sandbox/clock").body, type=_Controlled).data[0].speed
    except (msgspec.DecodeError, IndexError):
        return ""
