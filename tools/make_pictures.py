"""Draws the terminal screens into ``docs/pictures`` from recorded numbers; ``--check`` only compares.

The numbers are those of ``tests/cli/recorded``, so a picture changes only when the screen does.
"""

import argparse
import re
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from lonja.cli.markets import SortBy, chosen, table_of
from lonja.cli.top_screen import screen

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
PICTURES = ROOT / "docs" / "pictures"
_TOP = (120, 32)
_MARKETS = (80, 14)


def top_picture() -> str:
    """``lonja top``."""
    from tests.cli.recorded_looks import scene

    return _drawn("lonja top", *_TOP, lambda console: console.print(screen(scene(), *_TOP), height=_TOP[1]))


def markets_picture() -> str:
    """``lonja markets``."""
    from tests.cli.recorded_looks import TICKERS

    lines = chosen(TICKERS, "", SortBy.VOLUME)[: _MARKETS[1] - 1]
    return _drawn("lonja markets", *_MARKETS, lambda console: console.print(table_of(lines)))


FILES: dict[str, Callable[[], str]] = {"top.svg": top_picture, "markets.svg": markets_picture}


def _drawn(title: str, width: int, height: int, draw: Callable[[Console], None]) -> str:
    console = Console(width=width, height=height, record=True, file=StringIO(), force_terminal=True)
    draw(console)
    picture = console.export_svg(title=title, theme=MONOKAI, unique_id=title.replace(" ", "-"))
    # Fonts are those of the reader; a picture loads nothing from anywhere.
    return re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL) + "\n"


def main() -> None:
    """Write or compare every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a picture is out of date")
    check = parser.parse_args().check
    stale = []
    for name, draw in FILES.items():
        path, text = PICTURES / name, draw()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.exit(f"out of date: {', '.join(stale)}; run: make docs")


if __name__ == "__main__":
    main()
