"""Lists of those whom nobody may deal with, or only with care: read from files, as their publishers write them.

Two forms: the files of the US Treasury's list (OFAC SDN: ``sdn.csv``, ``alt.csv``, with or without a line of headings,
``-0-`` for empty), and ``pep.csv`` of ours for people in public office: name, aliases, birth_dates, countries, position,
where several are parted by ``;``. Invariant: a list is read whole or not at all.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Final

from lonja.primitives.errors import DataError

_EMPTY: Final = "-0-"
_SDN_COLUMNS: Final = 12
_ALT_COLUMNS: Final = 5
_PEP_COLUMNS: Final = ("name", "aliases", "birth_dates", "countries", "position")
_REMARK_YEAR: Final = re.compile(
    r"\bDOB (?:circa )?(?:\d{1,2} )?(?:[A-Z][a-z]{2} )?(\d{4})(?: to (?:\d{1,2} )?(?:[A-Z][a-z]{2} )?(\d{4}))?"
)
_REMARK_ALIAS: Final = re.compile(r"\ba\.k\.a\. '([^']+(?:'[^'\s;.][^']*)*)'")
_REMARK_WALLET: Final = re.compile(r"Digital Currency Address - ([A-Z0-9]{2,10}) ([A-Za-z0-9]{20,110})")
_FIELD_MAX: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody, or something, on a list; ships and aircraft are neither people nor organizations.

    ``key`` is stable over editions; years are what is said of births.
    """

    key: str
    is_person: bool
    names: tuple[str, ...]
    birth_years: tuple[int, ...]
    about: str
    wallets: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    is_organization: bool = False


@dataclass(frozen=True, slots=True)
class NameLists:
    """All lists together; ``edition`` tells whether they changed."""

    entries: tuple[Entry, ...]
    edition: str


def read_lists(folder: Path) -> NameLists:
    """The lists in ``folder``; none for a folder that is not there. Raises ``DataError`` naming file and line."""
    try:
        files = {path.name: path.read_text("utf-8-sig") for path in sorted(folder.glob("*.csv"))}
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The lists in {folder} cannot be read: {error}.", "Check the files.") from error
    return lists_of(files)


def lists_of(files: Mapping[str, str]) -> NameLists:
    """The lists in ``files``, by name. Raises ``DataError``."""
    edition = sha256("\0".join(f"{name}\0{files[name]}" for name in sorted(files)).encode()).hexdigest()[:16]
    found = [*_sdn(files), *_pep(files)]
    return NameLists(tuple(found), edition)


def _sdn(files: Mapping[str, str]) -> Iterator[Entry]:
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows("alt.csv", files, _ALT_COLUMNS):
        aliases[row[0]].append(row[3])
    for name in ("sdn.csv", "sdn_with_crypto_addresses.csv"):
        for row in _rows(name, files, _SDN_COLUMNS):
            number, listed, kind, program, remarks = row[0], row[1], row[2], row[3], row[11]
            names = (listed, *aliases[number], *_REMARK_ALIAS.findall(remarks))
            yield Entry(
                key=f"sdn:{number}",
                is_person=kind == "individual",
                names=tuple(dict.fromkeys(filter(None, names))),
                birth_years=tuple(_birth_years(remarks)),
                about=f"OFAC SDN {number}, {program}",
                wallets=tuple(_REMARK_WALLET.findall(remarks)),
                is_organization=kind in ("", "entity"),
            )


def _pep(files: Mapping[str, str]) -> Iterator[Entry]:
    for row in _rows("pep.csv", files, len(_PEP_COLUMNS)):
        name, aliases, births, _, position = row
        years = tuple(int(day[:4]) for day in aliases_of(births) if day[:4].isdigit())
        key = sha256(f"{name}|{births}".encode()).hexdigest()[:16]
        yield Entry(f"pep:{key}", True, (name, *aliases_of(aliases)), years, f"Public office: {position}")


def aliases_of(text: str) -> list[str]:
    """The parts of a field that holds several."""
    return [part.strip() for part in text.split(";") if part.strip()]


def _rows(name: str, files: Mapping[str, str], columns: int) -> Iterator[list[str]]:
    # Old lists end with the end-of-file character of another age.
    content = files.get(name, "").replace("\x1a", "")
    try:
        for number, row in enumerate(csv.reader(StringIO(content), strict=True), 1):
            if not row or (number == 1 and row[0] in ("ent_num", _PEP_COLUMNS[0])):
                continue
            if len(row) != columns or any(len(cell) > _FIELD_MAX for cell in row):
                raise DataError(f"{name}, row {number} has {len(row)} fields, not {columns}.", "Fetch the list anew.")
            yield ["" if cell.strip() == _EMPTY else cell.strip() for cell in row]
    except csv.Error as error:
        raise DataError(f"The list {name} is damaged: {error}.", "Fetch it anew.") from error


def _birth_years(remarks: str) -> Iterator[int]:
    for first, last in _REMARK_YEAR.findall(remarks):
        yield from range(int(first), int(last or first) + 1)
