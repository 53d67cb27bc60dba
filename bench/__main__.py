"""``make bench``: the budgets of the floor plan, each figure beside its baseline in the same run.

``python -m bench [--markdown] [PART ...]``. Parts: kernel, core, contracts, margin, rest, ws, fan-out, live, scale, sign-in, look-ups; all when none is named.
And ``pages``, when it is named: it takes ``--minutes`` and a browser.
Progress goes to standard error, the table to standard output.
"""

import argparse
import sys
import time

from bench.contracts import contract_rows
from bench.core import core_rows
from bench.exchange import ROWS as EXCHANGE_PARTS
from bench.exchange import exchange_rows
from bench.kernel_rows import kernel_rows
from bench.live import live_rows
from bench.lookups import look_up_rows
from bench.machine import take_load_core
from bench.margin import margin_rows
from bench.pages import page_rows
from bench.report import Row, print_markdown, print_table
from bench.scale import scale_rows
from bench.sign_in import sign_in_rows
from lonja.bootstrap.large_pages import use_large_pages

PARTS = ("kernel", "core", "contracts", "margin", *EXCHANGE_PARTS, "live", "scale", "sign-in", "look-ups")

PAGES = "pages"


def note(text: str) -> None:
    """Say on standard error what is being done."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def measured(parts: list[str]) -> list[Row]:
    """The rows of the named parts, in the order of the floor plan."""
    rows: list[Row] = []
    if "kernel" in parts:
        note("book kernel")
        rows += kernel_rows()
    if "core" in parts:
        note("core and replay")
        rows += core_rows()
    if "contracts" in parts:
        note("order flow of contracts")
        rows += contract_rows()
    if "margin" in parts:
        note("a mark price over many positions")
        rows += margin_rows()
    exchange = [part for part in EXCHANGE_PARTS if part in parts]
    if exchange:
        rows += exchange_rows(exchange, note)
    if "live" in parts:
        note("a whole sandbox at work")
        rows += live_rows()
    if "scale" in parts:
        note("memory and snapshot")
        rows += scale_rows()
    if "sign-in" in parts:
        note("people who sign in while others trade")
        take_load_core()
        rows += sign_in_rows()
    if "look-ups" in parts:
        rows += look_up_rows(note)
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all of these; or {PAGES}"
    )
    parser.add_argument("--markdown", action="store_true", help="print the table as it stands in the README")
    parser.add_argument("--minutes", type=float, default=10.0, help=f"how long the book of {PAGES} changes")
    given = parser.parse_args()
    unknown = set(given.parts) - {*PARTS, PAGES}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    rows = measured(given.parts or list(PARTS))
    if PAGES in given.parts:
        note("the trading terminal in a browser")
        rows += page_rows(given.minutes)
    (print_markdown if given.markdown else print_table)(rows)


if __name__ == "__main__":
    use_large_pages()  # as a house that people start does
    main()
