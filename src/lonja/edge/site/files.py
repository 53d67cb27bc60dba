"""The files of the built pages, read once into memory.

Why in memory: they are few and small, and nothing of a request reaches the file system, so no path can lead out of the
folder and no disk can hold the event loop up. Invariant: a found file is complete, with its digest and, where the build
made them, its compressed forms.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from lonja.primitives.errors import DataError

BUILT: Final = Path(__file__).parent / "built"
"""Where ``make web`` puts what it builds."""
INDEX: Final = "/index.html"
STAFF_ONLY: Final = "/staff-only.json"
"""Where the build says which files only the pages of staff need; itself it is sent to nobody."""
BYTES_MAX: Final = 64 << 20
FILES_MAX: Final = 5_000
"""Ten times and more of what is built: whatever exceeds it is no site."""

ENCODINGS: Final[Mapping[str, bytes]] = {".br": b"br", ".gz": b"gzip"}
"""Endings of compressed forms, the better one first, and what they are called in a request."""
TYPES: Final[Mapping[str, bytes]] = {
    ".avif": b"image/avif",
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".wasm": b"application/wasm",
    ".webmanifest": b"application/manifest+json",
    ".webp": b"image/webp",
    ".woff2": b"font/woff2",
}
_UNKNOWN_TYPE: Final = b"application/octet-stream"
_INLINE_SCRIPT: Final = re.compile(rb"<script(?:\s[^>]*)?>(.+?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file: its content type, its entity tag, its bytes and its compressed forms by the name of the encoding.

    ``is_of_staff`` says that no page of customers needs it.
    """

    content_type: bytes
    etag: bytes
    body: bytes
    encoded: Mapping[bytes, bytes] = field(default_factory=dict)
    is_of_staff: bool = False


def read_site(folder: Path) -> dict[str, SiteFile]:
    """All files below ``folder`` by their path on the server. Empty when nothing was built. Raises ``DataError``."""
    if not (folder / INDEX[1:]).is_file():
        return {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if len(paths) > FILES_MAX or sum(path.stat().st_size for path in paths) > BYTES_MAX:
        bounds = f"{FILES_MAX} files and {BYTES_MAX >> 20} MiB"
        raise DataError(
            f"{folder} holds more than the pages, which are at most {bounds}.", "Remove it and run: make web"
        )
    contents = {"/" + path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    of_staff = _of_staff(contents.pop(STAFF_ONLY, b"[]"))
    files = {name: _file(name, contents) for name in contents if not _is_form(name, contents)}
    return {name: replace(file, is_of_staff=name in of_staff) for name, file in files.items()}


def _of_staff(told: bytes) -> frozenset[str]:
    try:
        return frozenset(msgspec.json.decode(told, type=list[str]))
    except msgspec.MsgspecError as error:
        raise DataError(f"{STAFF_ONLY[1:]} of the pages cannot be read ({error}).", "Run: make web") from error


def inline_script_sources(html: bytes) -> tuple[bytes, ...]:
    """How a content security policy names the scripts written in ``html``: by their digests, so that no other runs."""
    digests = (hashlib.sha256(found).digest() for found in _INLINE_SCRIPT.findall(html))
    return tuple(b"'sha256-" + base64.b64encode(digest) + b"'" for digest in digests)


def _is_form(name: str, contents: Mapping[str, bytes]) -> bool:
    return any(name.endswith(ending) and name.removesuffix(ending) in contents for ending in ENCODINGS)


def _file(name: str, contents: Mapping[str, bytes]) -> SiteFile:
    body = contents[name]
    encoded = {encoding: contents[name + ending] for ending, encoding in ENCODINGS.items() if name + ending in contents}
    # What does not become smaller is sent as it is.
    smaller = {encoding: form for encoding, form in encoded.items() if len(form) < len(body)}
    etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
    return SiteFile(TYPES.get(Path(name).suffix, _UNKNOWN_TYPE), etag, body, smaller)
