"""What is in a mail that could do harm: links that lead elsewhere than they say, and files that run.

Invariant: every search is linear in what it searches, and nothing found is opened, fetched or followed.
"""

import io
import ipaddress
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Final
from urllib.parse import urlsplit

from lonja.modules.notices.domains import normalized, registered
from lonja.modules.notices.received.opening import Part

_HTML_LENGTH_MAX: Final = 500_000
_LINKS_MAX: Final = 200
_NAMES_MAX: Final = 200
_ANCHOR: Final = re.compile(r"<a\s([^<>]{0,4000})>", re.IGNORECASE)
_ANCHOR_END: Final = re.compile(r"</a", re.IGNORECASE)
_HREF: Final = re.compile(
    r"""href\s{0,20}=\s{0,20}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))""", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^<>]{0,4000}>")
_PLAIN_URL: Final = re.compile(r"https?://[^\s<>\"')\]]{1,2000}", re.IGNORECASE)
_FORM: Final = re.compile(r"<(form|script|iframe|object|embed)\b", re.IGNORECASE)
_SHOWN_HOST: Final = re.compile(
    r"(?:https?://)?((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?:[/:?#]\S{0,2000})?", re.IGNORECASE
)
_DANGEROUS: Final = frozenset(
    [
        "apk",
        "appx",
        "bat",
        "chm",
        "cmd",
        "com",
        "cpl",
        "dll",
        "dmg",
        "docm",
        "dotm",
        "exe",
        "hta",
        "htm",
        "html",
        "img",
        "iso",
        "jar",
        "js",
        "jse",
        "lnk",
        "mht",
        "mhtml",
        "msi",
        "msix",
        "one",
        "pif",
        "ppam",
        "pptm",
        "ps1",
        "psm1",
        "reg",
        "scf",
        "scr",
        "sct",
        "shtml",
        "svg",
        "sys",
        "url",
        "vb",
        "vbe",
        "vbs",
        "vhd",
        "vhdx",
        "wsf",
        "wsh",
        "xbap",
        "xhtml",
        "xlam",
        "xlsm",
        "xltm",
    ]
)
_HARMLESS: Final = frozenset(
    [
        "bmp",
        "csv",
        "doc",
        "docx",
        "gif",
        "jpeg",
        "jpg",
        "pdf",
        "png",
        "ppt",
        "pptx",
        "rtf",
        "txt",
        "webp",
        "xls",
        "xlsx",
    ]
)
_ARCHIVES: Final = frozenset(["7z", "ace", "arj", "bz2", "cab", "gz", "lzh", "rar", "tar", "tgz", "xz", "z", "zip"])
_PROGRAM_MARKS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads: ``host`` in its normal form, "" when it has none; ``shown`` is the host that it shows."""

    target: str = field(repr=False)
    host: str
    shown: str
    problem: str = ""


def links_in(parts: Sequence[Part]) -> list[Link]:
    """The links of all texts, at most two hundred."""
    found: dict[Link, None] = {}
    for part in parts:
        if part.kind not in ("text/html", "text/plain", "application/xhtml+xml"):
            continue
        text = part.text[:_HTML_LENGTH_MAX]
        for link in _anchors(text) if "html" in part.kind else _plain_links(text):
            found[link] = None
            if len(found) >= _LINKS_MAX:
                return list(found)
    return list(found)


def active_elements(parts: Sequence[Part]) -> list[str]:
    """Names of elements in HTML that do more than show text."""
    names = {found[1].lower() for part in parts if "html" in part.kind for found in _FORM.finditer(part.text)}
    return sorted(names)


def readable_text(parts: Sequence[Part]) -> str:
    """All texts as a reader sees them, HTML without its tags."""
    texts = []
    for part in parts:
        if part.kind == "text/plain":
            texts.append(part.text)
        elif "html" in part.kind:
            texts.append(unescape(_TAG.sub(" ", part.text[:_HTML_LENGTH_MAX])))
    return "\n".join(texts)


def _anchors(html: str) -> Iterator[Link]:
    for anchor in _ANCHOR.finditer(html):
        href = _HREF.search(anchor[1])
        if href is None:
            continue
        end = _ANCHOR_END.search(html, anchor.end(), anchor.end() + 5_000)
        inner = html[anchor.end() : end.start() if end else anchor.end()]
        target = unescape(href[1] or href[2] or href[3] or "").strip()
        yield _link(target, " ".join(unescape(_TAG.sub(" ", inner)).split()))


def _plain_links(text: str) -> Iterator[Link]:
    for found in _PLAIN_URL.finditer(text):
        yield _link(found[0].rstrip(".,;"), "")


def _link(target: str, text: str) -> Link:
    # Browsers skip control characters inside an address, and so must who judges it.
    plain = "".join(char for char in target if char.isprintable() and not char.isspace())
    shown = _SHOWN_HOST.fullmatch(text)
    shown_host = normalized(shown[1]) if shown else ""
    scheme = plain.partition(":")[0].lower()
    if scheme in ("javascript", "data", "vbscript", "file"):
        return Link(plain[:200], "", shown_host, f"a link runs {scheme} instead of leading somewhere")
    if scheme not in ("http", "https"):
        return Link(plain[:200], "", shown_host)
    try:
        parts = urlsplit(plain.replace("\\", "/"))
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return Link(plain[:200], "", shown_host, "a link is malformed")
    if _is_address(host):
        return Link(plain[:200], host, shown_host, "a link leads to a bare network address")
    name = normalized(host)
    if parts.username is not None:
        return Link(plain[:200], name, shown_host, "a link hides its target behind a name before an @")
    if shown_host and name and registered(shown_host) != registered(name):
        return Link(plain[:200], name, shown_host, f"a link shows {shown_host} and leads to {name}")
    return Link(plain[:200], name, shown_host)


def _is_address(host: str) -> bool:
    if host.isdigit() or host.lower().startswith("0x"):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# -- Attachments -----------------------------------------------------------------------------------------------------


def attachment_problems(parts: Sequence[Part]) -> list[str]:
    """What is wrong with attached files, as parts of sentences."""
    problems: dict[str, None] = {}
    for part in parts:
        if not part.name and not part.is_attached:
            continue
        for problem in _file_problems(part):
            problems[problem] = None
    return list(problems)


def archives_in(parts: Sequence[Part]) -> bool:
    """Whether a file is an archive, which may hold anything."""
    return any(_endings(part.name)[-1:] and _endings(part.name)[-1] in _ARCHIVES for part in parts)


def _file_problems(part: Part) -> Iterator[str]:
    yield from _name_problems(part.name)
    if part.content.startswith(_PROGRAM_MARKS) and not part.kind.startswith("text/"):
        yield "a file is a program, whatever it is called"
    if part.content.startswith(b"PK\x03\x04"):
        yield from _archive_problems(part.content)


def _name_problems(name: str) -> Iterator[str]:
    if any(unicodedata.category(char) == "Cf" for char in name):
        yield "a file's name hides its real ending"
    endings = _endings(name)
    if not endings:
        return
    if endings[-1] in _DANGEROUS:
        before = endings[-2:-1]
        if before and before[0] in _HARMLESS:
            yield f"a file poses as .{before[0]} and is .{endings[-1]}"
        else:
            yield f"a file of a type that can run (.{endings[-1]})"


def _archive_problems(content: bytes) -> Iterator[str]:
    """Only the list of names is read; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, UnicodeError, MemoryError):
        return
    if len(entries) > _NAMES_MAX:
        yield "an archive holds countless files"
    for entry in entries[:_NAMES_MAX]:
        if entry.flag_bits & 1:
            yield "an archive is encrypted, so that nobody can look into it on the way"
        for problem in _name_problems(entry.filename):
            yield f"inside an archive: {problem}"
        if entry.file_size > 1000 * max(entry.compress_size, 1) and entry.file_size > 100_000_000:
            yield "an archive is made to burst"


def _endings(name: str) -> list[str]:
    plain = "".join(char for char in name if unicodedata.category(char) != "Cf").lower().rstrip(". ")
    return [ending.strip() for ending in plain.split(".")[1:][-3:]]
