"""Writes the generated pages of ``docs/reference`` from the code they describe; ``--check`` only compares.

Nobody edits those pages by hand: a page that says something else than the code fails ``make check``.
"""

import argparse
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lonja.core.commands import COMMAND_KINDS
from lonja.core.events import EVENT_KINDS
from lonja.core.rejections import Rejection
from lonja.edge.errors import MESSAGES, REJECTION_CODES
from lonja.edge.rest import reference

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
HEADER = "<!-- Written by `make docs` from the code; do not edit. -->\n\n"


def rejections_page() -> str:
    """The refusals of the core in the order in which they are checked."""
    rows = []
    for rejection in Rejection:
        if rejection is not Rejection.NONE:
            code, word = REJECTION_CODES[rejection]
            message = MESSAGES[code].format(f"`{word}`" if word else "…", "…", "…")
            rows.append(f"| {rejection.value} | `{rejection.name.lower()}` | {code} | {message} |")
    return _page(
        "Refusals of the core",
        "A refused command changes nothing and replays as the same refusal. When several reasons hold, the first in "
        "this order is given. But an amendment is first refused with `order_not_found`, then `instrument_not_live`, then "
        "`nothing_to_amend`, and with `insufficient_balance` last of all.",
        "| number | rejection | code on the wire | message |\n| --- | --- | --- | --- |",
        "\n".join(rows),
    )


def vocabulary_page() -> str:
    """What the core can be asked and what can happen in it."""
    parts = [
        (
            "Every record is packed in 8-byte words in the order of its fields (`core/layout.py`). Numbers of kinds and "
            "the order of fields never change."
        )
    ]
    for title, kinds in (("Commands", COMMAND_KINDS), ("Events", EVENT_KINDS)):
        parts.append(f"## {title}")
        parts.extend(_record(record, kind) for record, kind in kinds.items())
    return _page("Commands and events", *parts)


def doors_page() -> str:
    """What goes through each door between the parts of the house."""
    parts = ["Whatever is not listed here is private to its package; the import contracts hold everybody to it."]
    for path in sorted((ROOT / "src" / "lonja").rglob("api.py")):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        module = importlib.import_module(name)
        rows = [f"| `{member}` | {_summary(getattr(module, member))} |" for member in sorted(module.__all__)]
        parts.append(f"## `{name}`\n\n{_summary(module)}\n\n| name | what it is |\n| --- | --- |\n" + "\n".join(rows))
    return _page("Doors", *parts)


PAGES: dict[str, Callable[[], str]] = {
    "rejections.md": rejections_page,
    "vocabulary.md": vocabulary_page,
    "doors.md": doors_page,
}


def _record(record: type[Any], kind: int) -> str:
    fields = ", ".join(f"`{name}`" for name in record._fields)
    return f"### {kind} {record.__name__}\n\n{inspect.getdoc(record)}\n\n{fields}"


def _summary(thing: object) -> str:
    """First sentence of a docstring; constants have none of their own."""
    if not (inspect.isclass(thing) or inspect.isroutine(thing) or inspect.ismodule(thing)):
        return "constant or type alias"
    paragraph = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    return paragraph.replace("``", "`").replace("|", "\\|")


def _page(title: str, *parts: str) -> str:
    text = f"# {title}\n\n{HEADER}" + "\n\n".join(parts) + "\n"
    return text.replace("|\n\n|", "|\n|").replace("``", "`")


def main() -> None:
    """Write or compare every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a page is out of date")
    check = parser.parse_args().check
    stale = []
    texts = {name: make() for name, make in PAGES.items()} | reference.pages()
    for name, text in texts.items():
        path = REFERENCE / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.exit(f"out of date: {', '.join(stale)}; run: make docs")


if __name__ == "__main__":
    main()
