"""The screen of ``lonja top``, drawn from what was measured.

Why here: apart from the command, so that it can be drawn in a test, or into a picture, at any size. Invariant: it fits
the width and height it is given, from 80 columns and 24 lines on.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from lonja.cli.markets import Line, amount_text, change_text, color_of
from lonja.cli.top_numbers import Between, Look, Times
from lonja.cli.wire import Book, decimal

WIDE: Final = 118
VERY_WIDE: Final = 150
TALL: Final = 34
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_NUMBERS_ROWS: Final = 7
_OPERATIONS_ROWS: Final = 9
_FEWER_ROWS: Final = 6
_BOOK_COLUMNS: Final = 46
_FALL_SHOWN, _FALL_WORST = 0.01, 0.3
"""How far a Security Fund has fallen when it is shown, and when winners are deleveraged."""
_ENDPOINTS: Final = ("public", "private", "business")


class Scene(NamedTuple):
    """All that a screen shows. ``rates`` are the latest commands per second, oldest first."""

    url: str
    look: Look
    between: Between
    lines: list[Line]
    rates: list[float]
    problem: str = ""


def screen(scene: Scene, width: int, height: int) -> RenderableType:
    """The whole screen."""
    layout = Layout()
    layout.split_column(
        Layout(_header(scene), name="header", size=1),
        Layout(_engine(scene, width), name="engine", size=_NUMBERS_ROWS),
        Layout(name="rest"),
    )
    below = height - 1 - _NUMBERS_ROWS
    rest = layout["rest"]
    if width >= WIDE:
        rest.split_row(
            Layout(_instruments(scene, below, wide=width >= VERY_WIDE)), Layout(name="side", size=_BOOK_COLUMNS)
        )
        rest["side"].split_column(
            Layout(_book(scene, below - _OPERATIONS_ROWS)),
            Layout(_operations(scene, narrow=True), size=_OPERATIONS_ROWS),
        )
    elif height >= TALL:
        upper = below - _OPERATIONS_ROWS - 7
        rest.split_column(Layout(_instruments(scene, upper, wide=False)), Layout(name="lower", size=below - upper))
        rest["lower"].split_row(Layout(_book(scene, below - upper), size=34), Layout(_operations(scene, narrow=True)))
    else:
        rest.split_column(
            Layout(_instruments(scene, below - _FEWER_ROWS, wide=False)),
            Layout(_operations(scene, narrow=False), size=_FEWER_ROWS),
        )
    return layout


def _header(scene: Scene) -> RenderableType:
    look = scene.look
    problem = scene.problem or look.problem
    left = Text.assemble((" lonja top ", "bold reverse"), "  ")
    if problem:
        left.append(f"● {problem}", style="bold red")
        return left
    left.append(f"{scene.url}  ").append("● healthy", style="green")
    right = Text(f"{datetime.fromtimestamp(look.time_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S} UTC", style="dim")
    if look.speed not in ("", "1"):
        right.append("  frozen" if look.speed == "0" else f"  x{look.speed}", style="yellow")
    row = Table.grid(expand=True)
    row.add_column(no_wrap=True, overflow="ellipsis")
    row.add_column(justify="right", no_wrap=True)
    row.add_row(left, right)
    return row


def _engine(scene: Scene, width: int) -> Panel:
    between = scene.between
    commit, apply = between.times("lonja_commit_seconds"), between.times("lonja_apply_seconds")
    sockets = sum(between.now("lonja_open_sockets", endpoint=endpoint) for endpoint in _ENDPOINTS)
    answers, refused = between.rate("lonja_answers_total"), between.refused_rate()
    lag = between.now("lonja_projection_lag_events")
    queue = between.now("lonja_queue_commands")
    columns = [
        [
            ("commands", f"{_count(between.rate('lonja_commit_commands_sum'))}/s"),
            ("events", f"{_count(between.rate('lonja_events_total'))}/s"),
            ("requests", f"{_count(answers)}/s"),
            ("refused", f"{_count(refused)}/s"),
            ("warned", f"{between.total('lonja_margin_warnings_total'):,.0f}"),
        ],
        [
            ("durable in", _pair(commit)),
            ("applied in", _pair(apply)),
            ("commits", f"{_count(commit.per_second)}/s"),
            ("not taken", f"{_count(between.rate('lonja_refused_commands_total'))}/s"),
            ("liquidated", f"{between.total('lonja_liquidations_total'):,.0f}"),
        ],
        [
            ("queue", f"{queue:,.0f}"),
            ("lag", f"{lag:,.0f} events"),
            ("sockets", f"{sockets:,.0f}"),
            ("unsent", _bytes(between.now("lonja_outbox_bytes"))),
            ("ADL", f"{between.total('lonja_deleveraged_positions_total'):,.0f}"),
        ],
        [
            ("CPU", f"{between.rate('process_cpu_seconds_total') * 100:.0f} %"),
            ("memory", _bytes(between.now("process_resident_memory_bytes"))),
            ("up", _uptime(scene)),
            ("", _sparkline(scene.rates, 12)),
            ("funds", _fund(between, is_wide=width >= WIDE)),
        ],
    ]
    grid = Table.grid(expand=True, padding=(0, 1, 0, 0))
    for _ in columns:
        grid.add_column(no_wrap=True, style="dim")
        grid.add_column(no_wrap=True, justify="right")
        if width >= WIDE:
            grid.add_column(width=2)
    for rows in zip(*columns, strict=True):
        cells = [cell for title, value in rows for cell in ((title, value, "") if width >= WIDE else (title, value))]
        grid.add_row(*cells)
    return _panel(grid, "engine", "half of them / 99 of 100, in milliseconds")


def _fund(between: Between, *, is_wide: bool) -> Text:
    """How far the Security Fund that fell most has come down from its peak."""
    peaks, balances = between.labeled("lonja_fund_peak"), between.labeled("lonja_fund_balance")
    falls = [(1 - balances.get(labels, 0.0) / peak, dict(labels)) for labels, peak in peaks.items() if peak > 0]
    worst, labels = max(falls, key=lambda fall: fall[0], default=(0.0, {}))
    if worst < _FALL_SHOWN:
        return Text("well" if falls else "-")
    name = f"{labels['family']} " if is_wide else ""
    return Text(f"{name}-{worst * 100:.0f} %", style="red" if worst >= _FALL_WORST else "yellow")


def _instruments(scene: Scene, height: int, *, wide: bool) -> Panel:
    table = Table(box=None, expand=True, header_style="dim", padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("instrument", no_wrap=True)
    titles = ["last", "24h %", "bid size", "bid", "ask", "ask size", "bps", "24h USDT"]
    shown = titles if wide else ["last", "24h %", "bid", "ask", "bps", "24h USDT"]
    for title in shown:
        table.add_column(title, justify="right", no_wrap=True)
    for line in scene.lines[: max(height - 3, 1)]:
        cells = _cells(line)
        table.add_row(_name(scene, line), *(cells[title] for title in shown))
    hidden = len(scene.lines) - max(height - 3, 1)
    return _panel(table, "instruments", f"{hidden} more" if hidden > 0 else "")


def _name(scene: Scene, line: Line) -> Text:
    name = line.ticker.instrument_id
    return Text(name, style="bold" if name == scene.look.book_of else "")


def _cells(line: Line) -> dict[str, str | Text]:
    ticker = line.ticker
    return {
        "last": Text(ticker.last or "-", style=color_of(line.change)),
        "24h %": change_text(line.change),
        "bid size": ticker.bid_size or "-",
        "bid": ticker.bid_price or "-",
        "ask": ticker.ask_price or "-",
        "ask size": ticker.ask_size or "-",
        "bps": "-" if line.spread_bps is None else f"{line.spread_bps:.1f}",
        "24h USDT": amount_text(line.value),
    }


def _book(scene: Scene, height: int) -> Panel:
    book, depth = scene.look.book, max((height - 3) // 2, 1)
    title = f"book {scene.look.book_of}"
    if book is None or not (book.asks or book.bids):
        return _panel(Text("empty", style="dim"), title, "")
    table = Table(box=None, expand=True, show_header=False, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, no_wrap=True)
    asks, bids = book.asks[:depth], book.bids[:depth]
    largest = max(float(level[1]) for level in (*asks, *bids))
    for level in reversed(asks):
        table.add_row(*_level(level, largest, "red"))
    table.add_row(Text(_spread(book), style="dim"))
    for level in bids:
        table.add_row(*_level(level, largest, "green"))
    return _panel(table, title, "")


def _level(level: list[str], largest: float, color: str) -> tuple[Text, Text, Text]:
    bar = "█" * max(round(float(level[1]) / largest * 14), 1)
    return Text(level[0], style=color), Text(level[1]), Text(bar, style=f"dim {color}")


def _spread(book: Book) -> str:
    ask, bid = (decimal(side[0][0]) if side else None for side in (book.asks, book.bids))
    return f"{ask - bid:f}" if ask is not None and bid is not None else "one side"


def _operations(scene: Scene, *, narrow: bool) -> Panel:
    table = Table(box=None, expand=True, header_style="dim", padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("operation", no_wrap=True, overflow="ellipsis", ratio=1)
    for title in ("per s", "half", "99 %"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, times in scene.between.operations()[: _OPERATIONS_ROWS - 3]:
        short = name.replace("/api/v5/", "") if narrow else name
        table.add_row(short, _count(times.per_second), _ms(times.half), _ms(times.slow))
    return _panel(table, "operations", "ms")


def _panel(content: RenderableType, title: str, subtitle: str) -> Panel:
    return Panel(
        Group(content),
        title=f"[bold default]{title}[/]",
        title_align="left",
        subtitle=f"[default dim]{subtitle}[/]" if subtitle else None,
        subtitle_align="right",
        box=ROUNDED,
        border_style="bright_black",
        padding=(0, 1),
    )


def _pair(times: Times) -> str:
    return f"{_ms(times.half)} / {_ms(times.slow)}"


def _ms(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1_000:.2f}" if seconds < 0.01 else f"{seconds * 1_000:.0f}"


def _count(value: float) -> str:
    if 0 < value < 10:
        return f"{value:.1f}"
    return f"{value:,.0f}"


def _bytes(value: float) -> str:
    for unit, letter in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= unit:
            return f"{value / unit:.1f} {letter}"
    return f"{value:.0f} B"


def _uptime(scene: Scene) -> str:
    seconds = int(scene.look.up_seconds)
    hours, rest = divmod(seconds, 3_600)
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def _sparkline(rates: list[float], width: int) -> str:
    shown = rates[-width:]
    most = max(shown, default=0) or 1
    return "".join(_BLOCKS[min(int(rate / most * 7), 7)] for rate in shown).rjust(width)
