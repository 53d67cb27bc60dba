"""What the doctor looks for in the bytes of every file: addresses, numbers and secrets that stand there in plain.

Why by bytes: a value that was deleted or never meant to be there stands in free pages, logs and copies as well. Invariant:
what is found is counted and never shown.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from lonja.bootstrap.defaults import SANDBOX_FILE
from lonja.bootstrap.identity import KEY_FILE_NAME

NEEDLES_MAX: Final = 300
"""For how many opened secrets every file is searched."""
_CHUNK: Final = 1 << 20
_OVERLAP: Final = 512
_NEEDLE_BYTES: Final = range(10, 256)
_EMAIL: Final = re.compile(rb"(?<=[a-z0-9._%+-]{3})@[a-z0-9-]{3,63}(?:\.[a-z0-9-]{2,63})*\.[a-z]{2,24}")
"""From the sign on, which makes the search quick; shorter names than three letters would be found in noise."""
_PHONE: Final = re.compile(rb"\+[1-9][0-9]{8,14}(?![0-9])")
_KEY: Final = re.compile(rb"AGE-SECRET-KEY-1|-----BEGIN [A-Z ]*PRIVATE KEY-----", re.IGNORECASE)
_SHOWN: Final = frozenset({SANDBOX_FILE, KEY_FILE_NAME})
"""Files that hold secrets by their purpose; that nobody else may read them is another check."""
_REMEDY: Final = "Find out what wrote them, delete the file or make it anew, and keep it out of backups."


def needles_of(opened: Sequence[bytes]) -> list[bytes]:
    """What to search for among values that were opened: those that could be told from other text."""
    distinct = {value for value in opened if len(value) in _NEEDLE_BYTES and b" " not in value and _is_telling(value)}
    return sorted(distinct)[:: max(1, len(distinct) // NEEDLES_MAX)][:NEEDLES_MAX]


def examine_plain(root: Path, needles: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    """Grades and sentences about the files of ``root``. Raises ``OSError``."""
    files = is_clean = 0
    for path in sorted(root.rglob("*")):
        if not path.is_file() or path.name in _SHOWN:
            continue
        files += 1
        found = _found(path, needles)
        if found:
            listed = " and ".join(f"{count} {what}" for what, count in found.items())
            yield "bad", f"{path.name} holds {listed} in plain. {_REMEDY}"
        is_clean += not found
    if files and is_clean == files:
        yield "ok", f"no address, number or secret stands in plain in {files} files ({len(needles)} secrets looked for)"


def _found(path: Path, needles: Sequence[bytes]) -> Counter[str]:
    found = Counter[str]()
    try:
        with path.open("rb") as file:
            before = b""
            while chunk := file.read(_CHUNK):
                _search(before + chunk, len(before), path, needles, found)
                before = (before + chunk)[-_OVERLAP:]
    except FileNotFoundError:
        # A server at work removes files, such as a log of writes that was taken over.
        return Counter()
    return found


def _search(window: bytes, seen: int, path: Path, needles: Sequence[bytes], found: Counter[str]) -> None:
    """Count what ends in the new part of ``window``, of which ``seen`` bytes were searched before."""
    lowered = window.lower()
    if b"@" in lowered:
        found["e-mail addresses"] += sum(match.end() > seen for match in _EMAIL.finditer(lowered))
    if b"+" in window:
        found["telephone numbers"] += sum(match.end() > seen for match in _PHONE.finditer(window))
    if path.suffix not in {".pem", ".key"}:
        found["private keys"] += sum(match.end() > seen for match in _KEY.finditer(window))
    for needle in needles:
        at = window.find(needle)
        if at >= 0 and at + len(needle) > seen:
            found["secrets of people"] += 1
    for what in [what for what, count in found.items() if not count]:
        del found[what]


def _is_telling(value: bytes) -> bool:
    return value.isascii() and any(byte in b"0123456789@" for byte in value)
