"""Writes the generated pages of ``docs/reference`` from the code they describe; ``--check`` only compares.

Nobody edits those pages by hand: a page that says something else than the code fails ``make check``.
"""

import argparse
import importlib
import inspect
import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog

from lonja.core.commands import COMMAND_KINDS
from lonja.core.events import EVENT_KINDS
from lonja.core.rejections import Rejection
from lonja.edge.errors import MESSAGES, REJECTION_CODES
from lonja.edge.sandbox.app import ROUTES

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
README = ROOT / "README.md"
QUICKSTARTS = ROOT / "docs" / "quickstart"
SHARED = Path(os.environ.get("LONJA_SHARED", ROOT.parent / "shared"))
_SHOWN_FILE = re.compile(r"<!-- file: (?P<name>\S+) -->\n```python\n.*?```\n", re.DOTALL)
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


def sandbox_page() -> str:
    """The controls that only a sandbox has."""
    rows = [
        f"| `{method} /sandbox/{path}` | {_summary(handler)} |"
        for path, methods in ROUTES.items()
        for method, handler in methods.items()
    ]
    return _page(
        "Controls of a sandbox",
        "Unsigned, without a rate limit, answered to programs on the same machine only (unless the sandbox was told "
        "otherwise), and in the envelope of all answers. What to do with them: [the sandbox](../sandbox.md).",
        "| control | what it does |\n| --- | --- |",
        "\n".join(rows),
    )


PAGES: dict[str, Callable[[], str]] = {
    "rejections.md": rejections_page,
    "vocabulary.md": vocabulary_page,
    "doors.md": doors_page,
    "sandbox.md": sandbox_page,
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


def reference_pages() -> dict[str, str]:
    """Pages about the interfaces, with examples that are executed now."""
    sys.path.insert(0, str(ROOT))
    from tools.reference import channels, governance, rest
    from tools.reference.examples import examples

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        rules = {"rules.md": governance.rules_page(), "rule-changes.md": governance.rule_changes_page()}
        return rest.pages(examples()) | channels.pages() | {name: HEADER + text for name, text in rules.items()}
    finally:
        structlog.reset_defaults()


def readme_text() -> str:
    """The README with the counts as they are, if what they are counted against is here."""
    text = README.read_text(encoding="utf-8")
    if not SHARED.is_dir():
        return text
    from tools.reference.counts import counted

    return counted(text, SHARED)


def quickstarts() -> dict[Path, str]:
    """Pages that show files, with the files as they are."""
    return {path: with_files(path.read_text(encoding="utf-8")) for path in sorted(QUICKSTARTS.glob("*.md"))}


def with_files(text: str) -> str:
    """``text`` with each block of code that follows the name of a file filled with that file."""

    def filled(match: re.Match[str]) -> str:
        content = (ROOT / match["name"]).read_text(encoding="utf-8")
        return f"<!-- file: {match['name']} -->\n```python\n{content}```\n"

    return _SHOWN_FILE.sub(filled, text)


def comparable(text: str) -> str:
    """A page without the numbers in its examples, which may depend on when they were made."""
    return re.sub(r"```json.*?```", lambda block: re.sub(r"\d+", "0", block[0]), text, flags=re.DOTALL)


def files() -> dict[Path, str]:
    """Every generated file and its text."""
    texts = {name: make() for name, make in PAGES.items()} | reference_pages()
    return {REFERENCE / name: text for name, text in texts.items()} | quickstarts() | {README: readme_text()}


def left_over(wanted: dict[Path, str]) -> list[Path]:
    """Pages of what there is no longer."""
    return [path for path in REFERENCE.rglob("*") if path.is_file() and path not in wanted]


def main() -> None:
    """Write or compare every page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a page is out of date")
    check = parser.parse_args().check
    wanted = files()
    stale = left_over(wanted)
    if not check:
        for path in stale:
            path.unlink()
    for path, text in wanted.items():
        if not path.is_file() or comparable(path.read_text(encoding="utf-8")) != comparable(text):
            stale.append(path)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if check and stale:
        sys.exit(f"out of date: {', '.join(path.relative_to(ROOT).as_posix() for path in stale)}; run: make docs")


if __name__ == "__main__":
    main()
